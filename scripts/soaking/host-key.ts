import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Haven } from './haven.ts';

/** The fingerprint of the door's first host key, as PuTTY wants it; empty when there is none. */
export function hostKeyOf({ site }: Haven): string {
  const folder = join(site.dir, 'keys');
  const name = readdirSync(folder).find((one) => one.startsWith('ssh-') && one.endsWith('.pub'));
  if (name === undefined) return '';
  const [, blob = ''] = readFileSync(join(folder, name), 'utf8').split(' ');
  const digest = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64');
  return `SHA256:${digest.replace(/=+$/, '')}`;
}
