import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TOP } from '../../src/core/custody/names.ts';
import { MESSAGE } from '../../src/doors/sftp/wire/message-types.ts';
import { type Haven, makeHaven } from './haven.ts';
import { connectSsh, RawClient, uint32 } from './raw-client.ts';
import * as filezilla from './sequences/filezilla.ts';
import { replay, type Step } from './sequences/step.ts';
import * as winscp from './sequences/winscp.ts';

/*
 * Clients that do not run here, packet by packet. Every answer is compared: a client that gets another one stops, asks
 * the person, or does something else.
 */

let haven: Haven;
let bytes: Buffer;

beforeAll(async () => {
  haven = await makeHaven();
  bytes = randomBytes(300_000);
});

afterAll(async () => haven[Symbol.asyncDispose]());

async function connect(version: number): Promise<RawClient> {
  const client = await RawClient.over(await connectSsh(haven.outside, haven.alice), false);
  client.send(MESSAGE.INIT, uint32(version));
  const answer = await client.next(() => client.replies.find(({ type }) => type === MESSAGE.VERSION));
  expect(answer.id).toBe(3);
  return client;
}

async function play(version: number, steps: readonly Step[]): Promise<number> {
  await using client = await connect(version);
  return await replay(client, steps);
}

const received = (path: string) => haven.outside.file(haven.alice, path);

async function expectReceived(path: string, content = bytes): Promise<void> {
  const file = await received(path);
  expect(file).toMatchObject({ state: 'received', size: content.length });
  expect((await haven.outside.bytes(file)).equals(content)).toBe(true);
}

/** Sends a beginning, and drops the connection without a word. */
async function cut(version: number, steps: readonly Step[], path: string): Promise<number> {
  const client = await connect(version);
  await replay(client, steps);
  client.cut();
  await expect.poll(() => received(path)).toMatchObject({ state: 'receiving', size: 100_000 });
  return 100_000;
}

describe('WinSCP', () => {
  const asWinscp = (steps: readonly Step[]) => play(winscp.WINSCP_VERSION, steps);

  test('looks around, makes a folder, and sends a file that is complete with its last name', async () => {
    await asWinscp([...winscp.browse([]), ...winscp.uploadFolder('/arrivals/w', 'scan.bin', bytes)]);
    await expectReceived('w/scan.bin');
    const file = await received('w/scan.bin');
    expect(file?.settlesAt).toBeLessThanOrEqual(Date.now());
    expect(file?.clientMtime).toBe(1_600_000_000_000);
    await asWinscp(winscp.browse(['w']));
  });

  test('goes on with its part after a cut', async () => {
    const path = '/arrivals/w-cut.bin';
    const beginning = winscp.uploadBeginning(path, bytes.subarray(0, 100_000), bytes.length);
    const there = await cut(winscp.WINSCP_VERSION, beginning, 'w-cut.bin.filepart');
    await asWinscp(winscp.uploadRest(path, bytes, there));
    await expectReceived('w-cut.bin');
    expect((await received('w-cut.bin'))?.generation).toBe(2);
  });

  test('overwrites what has arrived, and the old file stays in Arrivals', async () => {
    const old = await haven.arrive(haven.alice, 'w-old.bin', 'the old bytes');
    await asWinscp(winscp.overwrite('/arrivals/w-old.bin', bytes, old.size));
    await expectReceived('w-old.bin');
    expect(await haven.file(old.id)).toEqual(old);
    expect(readFileSync(haven.data('arrivals', 'alice', 'w-old.bin'), 'utf8')).toBe('the old bytes');
  });

  test('overwrites a small file that has arrived, and the old one stays', async () => {
    const old = await haven.arrive(haven.alice, 'w-small.csv', 'old');
    const small = bytes.subarray(0, 1000);
    await asWinscp(winscp.overwriteSmall('/arrivals/w-small.csv', small, old.size));
    await expectReceived('w-small.csv', small);
    expect(await haven.file(old.id)).toEqual(old);
  });

  test('takes back what the person gave up', async () => {
    await asWinscp(winscp.cancelSmall('/arrivals/w-given-up.csv', bytes.subarray(0, 500)));
    expect(await received('w-given-up.csv')).toMatchObject({ state: 'removed' });
  });

  test('adds to what has arrived, in a new file that begins with it', async () => {
    const old = await haven.arrive(haven.alice, 'w-more.bin', bytes.subarray(0, 250_000));
    await asWinscp(winscp.append('/arrivals/w-more.bin', bytes.subarray(250_000), old.size));
    await expectReceived('w-more.bin');
    expect(await received('w-more.bin')).toMatchObject({ continues: old.id });
  });

  test('does not remove what has arrived, and is told why', async () => {
    const old = await haven.arrive(haven.alice, 'w-mirrored.csv', 'kept');
    await asWinscp(winscp.removeSettled('/arrivals/w-mirrored.csv', old.size));
    expect(await haven.file(old.id)).toEqual(old);
  });

  test('downloads what was released', async () => {
    await haven.release(haven.alice, 'cohort', 'w-result.bin', bytes);
    const steps = winscp.download('/outbound/cohort/w-result.bin', bytes);
    expect(await asWinscp(steps)).toBe(steps.length);
  });
});

describe('FileZilla', () => {
  const VERSION = 3;

  test('browses on one connection while it transfers on another', async () => {
    await using browsing = await connect(VERSION);
    const names = async (): Promise<string[]> => {
      const files = await haven.outside.intake.ledger.listFolder(
        { owner: haven.alice.id, leavesBy: null },
        TOP,
        { listedSince: 0, after: null, limit: 100 },
      );
      return (files ?? []).map(({ name }) => name);
    };
    await play(VERSION, filezilla.upload('/arrivals/f', 'scan.bin', bytes));
    await replay(browsing, filezilla.browse(await names()));
    await expectReceived('f/scan.bin');
    expect((await received('f/scan.bin'))?.clientMtime).toBe(1_600_000_000_000);
  });

  test('goes on after a cut', async () => {
    const path = '/arrivals/f-cut.bin';
    const beginning = filezilla.uploadBeginning(path, bytes.subarray(0, 100_000));
    const there = await cut(VERSION, beginning, 'f-cut.bin');
    await play(VERSION, filezilla.resume(path, bytes, there));
    await expectReceived('f-cut.bin');
    expect((await received('f-cut.bin'))?.generation).toBe(2);
  });

  test('goes on with what has arrived', async () => {
    const old = await haven.arrive(haven.alice, 'f-more.bin', bytes.subarray(0, 120_000));
    await play(VERSION, filezilla.resume('/arrivals/f-more.bin', bytes, old.size));
    await expectReceived('f-more.bin');
    expect(await haven.file(old.id)).toEqual(old);
  });

  test('downloads what was released', async () => {
    await haven.release(haven.alice, 'cohort', 'f-result.bin', bytes);
    const steps = filezilla.download('/outbound/cohort/f-result.bin', bytes);
    expect(await play(VERSION, steps)).toBe(steps.length);
  });
});
