import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sftp } from './clients.ts';
import { type Daemon, type LogLine, startDaemon } from './daemon.ts';
import { type FakeTime, makeFakeTime } from './fake-time.ts';
import { type Installation, makeInstallation } from './installation.ts';
import type { ListedFile } from './listed-file.ts';
import { eventuallyIn } from './wait.ts';

/** An installation whose clock a test sets, with a daemon that is started whenever there is something to see. */
export interface RetentionSite {
  readonly site: Installation;
  readonly time: FakeTime;
  /** A folder for the test's own files. */
  readonly work: string;
  /** Starts the daemon at an instant, waits until retention has looked, does `then`, and stops it. */
  visit<T>(at: number, then?: (daemon: Daemon, looked: LogLine) => Promise<T>): Promise<LogLine>;
  /** Uploads files and waits until they are in Arrivals. Returns them in the order of their names. */
  arrive(daemon: Daemon, owner: string, names: readonly string[]): Promise<readonly ListedFile[]>;
  /** The file of an id, now. */
  file(id: string): Promise<ListedFile & { readonly expiresAt: string | null }>;
  /** Waits until a file has that state. */
  becomes(id: string, state: string): Promise<void>;
  /** The path of a file in Arrivals. */
  arrivals(owner: string, name: string): string;
  /** The texts of all mails so far that hold the words, with soft line breaks undone. */
  mails(...words: readonly string[]): Promise<readonly string[]>;
  remove(): Promise<void>;
}

/** What retention says when it has looked. */
const LOOKED = ['retention-looked', 'retention-refused'] as const;

/** Makes such a site; `settings` as for `makeInstallation`. */
export async function makeRetentionSite(
  settings: Readonly<Record<string, string>> = {},
): Promise<RetentionSite> {
  const time = await makeFakeTime();
  const quick = { intake: '{ settle: 100ms }', notify: '{ gather: 100ms }' };
  const site = await makeInstallation({ ...quick, ...settings }, time.env);
  const work = await mkdtemp(join(tmpdir(), 'havengate-work-'));
  const file: RetentionSite['file'] = (id) => site.json('file', 'show', id);
  return {
    site,
    time,
    work,
    file,
    async visit(at, then) {
      await time.setTo(at);
      const daemon = await startDaemon(site);
      try {
        const looked = await Promise.race(LOOKED.map((event) => daemon.logged(event)));
        await then?.(daemon, looked);
        return looked;
      } finally {
        await daemon.end('SIGTERM');
      }
    },
    async arrive(daemon, owner, names) {
      for (const name of names) await writeFile(join(work, name), `the bytes of ${name}\n`);
      const puts = names.map((name) => `put ${join(work, name)} ${name}`);
      const put = await sftp(site, daemon, owner, ...puts);
      if (put.code !== 0) throw new Error(`the upload failed: ${put.stderr}`);
      return eventuallyIn(site, `${names.join(', ')} arrived`, async () => {
        const files = await site.json<ListedFile[]>('file', 'list', '--owner', owner, '--state', 'arrived');
        const found = names.map((name) => files.find((one) => one.name === name));
        return found.every((one) => one !== undefined) && found;
      });
    },
    becomes: (id, state) =>
      eventuallyIn(site, `${id} is ${state}`, async () => (await file(id)).state === state).then(
        () => undefined,
      ),
    arrivals: (owner, name) => join(site.dir, 'data/arrivals', owner, name),
    async mails(...words) {
      const folder = join(site.dir, 'mail');
      // Others are being written.
      const written = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.eml'));
      const names = written.toSorted((a, b) => (a < b ? -1 : 1));
      const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
      return texts
        .map((text) => text.replaceAll('=\r\n', ''))
        .filter((text) => words.every((word) => text.includes(word)));
    },
    async remove() {
      await site.remove();
      await time.remove();
      await rm(work, { recursive: true, force: true });
    },
  };
}
