import { existsSync } from 'node:fs';
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { DAY, MINUTE } from '../../src/core/kit/clock.ts';
import { sftp } from '../support/clients.ts';
import { startDaemon } from '../support/daemon.ts';
import type { ListedFile } from '../support/listed-file.ts';
import { makeRetentionSite, type RetentionSite } from '../support/retention-site.ts';
import { eventuallyIn } from '../support/wait.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** Thirty days from here hold a leap day, and the night in which New York's clocks go forward. */
const ARRIVAL = Date.parse('2028-02-20T12:00:00Z');

/** What the client says of each file's last change. */
const CLAIMS = { 'old.csv': '1990-01-01T00:00:00Z', 'new.csv': '2090-01-01T00:00:00Z' } as const;

let haven: RetentionSite;
let files: readonly ListedFile[];

beforeAll(async () => {
  haven = await makeRetentionSite();
  await haven.time.setTo(ARRIVAL);
  // More than 90 days after it was made: somebody has to say that the clock is right.
  await haven.site.json('clock', 'accept');
  const daemon = await startDaemon(haven.site, { TZ: 'Europe/London' });
  try {
    files = await arriveWithClaims(daemon);
  } finally {
    await daemon.end('SIGTERM');
  }
});

afterAll(() => haven?.remove());

async function arriveWithClaims(daemon: Awaited<ReturnType<typeof startDaemon>>): Promise<ListedFile[]> {
  const names = Object.keys(CLAIMS);
  for (const [name, claim] of Object.entries(CLAIMS)) {
    await writeFile(join(haven.work, name), `the bytes of ${name}\n`);
    await utimes(join(haven.work, name), new Date(claim), new Date(claim));
  }
  const puts = names.map((name) => `put -p ${join(haven.work, name)} ${name}`);
  const put = await sftp(haven.site, daemon, 'alice', ...puts);
  if (put.code !== 0) throw new Error(`the upload failed: ${put.stderr}`);
  return eventuallyIn(haven.site, 'both have arrived', async () => {
    const listed = await haven.site.json<ListedFile[]>(
      'file',
      'list',
      '--owner',
      'alice',
      '--state',
      'arrived',
    );
    return listed.length === names.length && listed;
  });
}

/** Starts the daemon in a zone at an instant, and says what retention began when it looked. */
async function begunAt(instant: number, zone: string): Promise<unknown> {
  await haven.time.setTo(instant);
  const daemon = await startDaemon(haven.site, { TZ: zone });
  try {
    const looked = await daemon.logged('retention-looked');
    if (looked['begun'] !== 0) {
      for (const { id } of files) await haven.becomes(id, 'destroyed');
    }
    return looked['begun'];
  } finally {
    await daemon.end('SIGTERM');
  }
}

test('what a client claims of the last change of a file says nothing about its end', () => {
  const ends = files.map(({ expiresAt }) => Date.parse(expiresAt ?? ''));
  for (const end of ends) expect(Math.abs(end - ARRIVAL - 30 * DAY)).toBeLessThan(2 * MINUTE);
});

test('a minute before 30 × 24 h nothing is destroyed, in whatever zone the machine is by then', async () => {
  expect(await begunAt(ARRIVAL + 30 * DAY - MINUTE, 'Pacific/Auckland')).toBe(0);
  expect(await begunAt(ARRIVAL + 30 * DAY - MINUTE / 2, 'America/New_York')).toBe(0);
  for (const { name } of files) expect(existsSync(haven.arrivals('alice', name))).toBe(true);
});

test('after 30 × 24 h it is, over a leap day and a changed clock', async () => {
  expect(await begunAt(ARRIVAL + 30 * DAY + 2 * MINUTE, 'America/New_York')).toBe(2);
  for (const { name } of files) expect(existsSync(haven.arrivals('alice', name))).toBe(false);
  expect(await haven.site.havengate('doctor')).toMatchObject({ code: 0 });
});
