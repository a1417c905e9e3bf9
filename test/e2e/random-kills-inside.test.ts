import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Dice, diceOf } from '../../scripts/soaking/dice.ts';
import { digestOf, sftp, sftpInside } from '../support/clients.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';
import type { ListedFile } from '../support/listed-file.ts';
import { SEED } from '../support/seed.ts';
import { eventuallyIn } from '../support/wait.ts';

const KILLS = 15;

let site: Installation;
let work: string;

beforeAll(async () => {
  site = await makeInstallation({ intake: '{ settle: 200ms }', drives: '{ rescan: 1s }' });
  work = await mkdtemp(join(tmpdir(), 'havengate-work-'));
});

afterAll(async () => {
  await rm(work, { recursive: true, force: true });
  await site?.remove();
});

/** Uploads from outside until the daemon is gone; returns what was acknowledged, with its digest. */
async function upload(daemon: Daemon, round: number, dice: Dice): Promise<[string, string][]> {
  const acknowledged: [string, string][] = [];
  for (let n = 0; ; n++) {
    const name = `in-${round}-${n}.bin`;
    const path = join(work, name);
    await writeFile(path, randomBytes(dice.between(1, 500_000)));
    const put = await sftp(site, daemon, 'alice', `put ${path} ${name}`);
    if (put.code !== 0) return acknowledged;
    acknowledged.push([name, await digestOf(path)]);
  }
}

/** Moves whatever has arrived to the share, and sends it out from there, until the daemon is gone. */
async function moveAndSend(daemon: Daemon): Promise<void> {
  for (;;) {
    const listed = await sftpInside(site, daemon, 'alice', 'ls -1 /arrivals');
    if (listed.code !== 0) return;
    const names = listed.stdout.match(/in-\d+-\d+\.bin/g) ?? [];
    for (const name of names) {
      const moved = await sftpInside(
        site,
        daemon,
        'alice',
        `-rename /arrivals/${name} /shares/cohort/${name}`,
        `-rename /shares/cohort/${name} /outbound/cohort/${name}`,
      );
      if (moved.code !== 0) return;
    }
    await sleep(50);
  }
}

describe(`with the seed ${SEED}`, () => {
  test(`SIGKILL at ${KILLS} random moments of uploading, moving and sending keeps every invariant`, {
    timeout: 400_000,
  }, async () => {
    const dice = diceOf(SEED);
    const acknowledged = new Map<string, string>();
    for (let round = 0; round < KILLS; round++) {
      const daemon = await startDaemon(site);
      const working = Promise.all([upload(daemon, round, dice.of(`${round}`)), moveAndSend(daemon)]);
      await sleep(dice.between(500, 3000));
      await daemon.end('SIGKILL');
      const [some] = await working;
      for (const [name, digest] of some) acknowledged.set(name, digest);
    }
    expect(acknowledged.size).toBeGreaterThan(KILLS / 2);

    const daemon = await startDaemon(site);
    try {
      const files = await eventuallyIn(
        site,
        'nothing is under way',
        async () => {
          const all = await site.json<ListedFile[]>('file', 'list', '--limit', '10000');
          return (
            all.every(({ state }) =>
              ['arrived', 'shared', 'released', 'abandoned', 'receiving'].includes(state),
            ) && all
          );
        },
        90_000,
      );
      const places = {
        arrived: join(site.dir, 'data/arrivals/alice'),
        shared: join(site.dir, 'data/shares/cohort'),
      };
      for (const [name, digest] of acknowledged) {
        const file = files.find(
          (one) => one.name === name && (one.state === 'arrived' || one.state === 'shared'),
        );
        expect(file, name).toMatchObject({ sha256: digest });
        const place = file?.state === 'shared' ? places.shared : places.arrived;
        expect(await digestOf(join(place, name))).toBe(digest);
      }
      // In one place only: nothing that was moved stayed behind.
      const moved = files.filter(({ state }) => state === 'shared').map(({ name }) => name);
      const left = await readdir(places.arrived);
      expect(left.filter((name) => moved.includes(name))).toEqual([]);
      for (const file of files.filter(({ state }) => state === 'released')) {
        expect(await digestOf(join(site.dir, 'data/outbound/cohort/alice', file.name))).toBe(file.sha256);
      }
    } finally {
      await daemon.end('SIGTERM');
    }
    expect(await site.havengate('audit', 'verify')).toMatchObject({ code: 0 });
    expect(await site.havengate('doctor')).toMatchObject({ code: 0 });
  });
});
