import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Dice, diceOf } from '../../scripts/soaking/dice.ts';
import { digestOf, sftp, tusUpload } from '../support/clients.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';
import type { ListedFile } from '../support/listed-file.ts';
import { SEED } from '../support/seed.ts';
import { eventuallyIn } from '../support/wait.ts';

const KILLS = 50;

let site: Installation;
let work: string;

beforeAll(async () => {
  site = await makeInstallation({ intake: '{ settle: 200ms }' });
  work = await mkdtemp(join(tmpdir(), 'havengate-work-'));
});

afterAll(async () => {
  await rm(work, { recursive: true, force: true });
  await site?.remove();
});

/** Uploads until the daemon is gone; returns the names that were acknowledged, with their digests. */
async function uploadUntilKilled(
  daemon: Daemon,
  round: number,
  door: 'sftp' | 'tus',
  dice: Dice,
): Promise<[string, string][]> {
  const acknowledged: [string, string][] = [];
  for (let n = 0; ; n++) {
    const name = `${door}-${round}-${n}.bin`;
    const path = join(work, name);
    await writeFile(path, randomBytes(dice.between(1, 3_000_000)));
    const digest = await digestOf(path);
    const done =
      door === 'sftp'
        ? (await sftp(site, daemon, 'alice', `put ${path} ${name}`)).code === 0
        : await tusUpload(site, daemon, 'alice', { path, as: name, chunkSize: 500_000 }).then(
            () => true,
            () => false,
          );
    if (!done) return acknowledged;
    acknowledged.push([name, digest]);
  }
}

describe(`with the seed ${SEED}`, () => {
  test(`SIGKILL at ${KILLS} random moments of mixed uploads loses nothing that was acknowledged`, {
    timeout: 600_000,
  }, async () => {
    const dice = diceOf(SEED);
    const acknowledged = new Map<string, string>();
    for (let round = 0; round < KILLS; round++) {
      const daemon = await startDaemon(site);
      const uploads = (['sftp', 'tus'] as const).map((door) =>
        uploadUntilKilled(daemon, round, door, dice.of(`${door} ${round}`)),
      );
      await sleep(dice.between(20, 1200));
      await daemon.end('SIGKILL');
      for (const [name, digest] of (await Promise.all(uploads)).flat()) acknowledged.set(name, digest);
    }
    expect(acknowledged.size).toBeGreaterThan(KILLS / 2);

    const daemon = await startDaemon(site);
    try {
      await eventuallyIn(
        site,
        'everything that was acknowledged has arrived',
        async () => {
          const files = await site.json<ListedFile[]>(
            'file',
            'list',
            '--owner',
            'alice',
            '--state',
            'arrived',
            '--limit',
            '10000',
          );
          const arrived = new Map(files.map((file) => [file.name, file.sha256]));
          return [...acknowledged].every(([name, digest]) => arrived.get(name) === digest);
        },
        60_000,
      );
      for (const [name, digest] of acknowledged) {
        expect(await digestOf(join(site.dir, 'data/arrivals/alice', name))).toBe(digest);
      }
    } finally {
      await daemon.end('SIGTERM');
    }
    expect(await site.havengate('audit', 'verify')).toMatchObject({ code: 0 });
    expect(await site.havengate('doctor')).toMatchObject({ code: 0 });
  });
});
