import type { Initialised } from './initialise.ts';

/** What `init` tells people when it is done. */
export function describeInitialised({ dir, config, scan, hostKeys, people }: Initialised): string {
  const prints = hostKeys.map(
    ({ side, type, fingerprint }) => `  ${side.padEnd(8)}${type.padEnd(9)}${fingerprint}`,
  );
  return [
    `made an installation in ${dir}`,
    `scan: ${scan}`,
    'host keys, to compare at the first connection:',
    ...prints,
    ...(people.length === 0 ? [] : [`sign in as ${people.join(', ')} with the files in ${dir}/demo`]),
    '',
    `next: havengate serve --config ${config}`,
  ].join('\n');
}
