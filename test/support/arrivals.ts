import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sftp } from './clients.ts';
import type { Daemon } from './daemon.ts';
import type { Installation } from './installation.ts';
import type { ListedFile } from './listed-file.ts';
import { eventually, eventuallyIn } from './wait.ts';

/** The newest file of a demo person with that name, once it is in that state. */
export function fileIn(
  site: Installation,
  owner: string,
  name: string,
  state: string,
  within?: number,
): Promise<ListedFile> {
  return eventuallyIn(
    site,
    `${name} of ${owner} is ${state}`,
    async () => {
      const files = await site.json<ListedFile[]>('file', 'list', '--owner', owner);
      return files.find((file) => file.name === name && file.state === state);
    },
    within,
  );
}

/** Uploads a file from outside and waits until it has arrived. */
export async function arrive(
  site: Installation,
  daemon: Daemon,
  owner: string,
  path: string,
  name: string,
): Promise<ListedFile> {
  const put = await sftp(site, daemon, owner, `put "${path}" "${name}"`);
  if (put.code !== 0) throw new Error(`put failed: ${put.stderr}`);
  return fileIn(site, owner, name, 'arrived');
}

/** The text of the first mail that holds all of these words, once there is one. */
export function mailWith(site: Installation, ...words: string[]): Promise<string> {
  return eventually(`a mail with ${words.join(', ')}`, async () => {
    const names = await readdir(join(site.dir, 'mail')).catch(() => []);
    // Others are being written.
    for (const name of names.filter((one) => one.endsWith('.eml'))) {
      const text = (await readFile(join(site.dir, 'mail', name), 'utf8')).replaceAll('=\r\n', '');
      if (words.every((word) => text.includes(word))) return text;
    }
    return null;
  });
}
