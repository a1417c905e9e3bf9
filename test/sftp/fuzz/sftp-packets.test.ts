import { readdirSync, readlinkSync } from 'node:fs';
import fc from 'fast-check';
import type { Client } from 'ssh2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkCustody } from '../../../src/core/custody/check-custody.ts';
import { MESSAGE, STATUS } from '../../../src/doors/sftp/wire/message-types.ts';
import { type Haven, makeHaven } from '../haven.ts';
import { type OutsideDoor, takeErrors } from '../outside-door.ts';
import { connectSsh, packet, RawClient, string, uint32 } from '../raw-client.ts';
import { FUZZ_TIMEOUT, forSeconds } from './fuzz-budget.ts';
import { anyBreak, anyScript, type Step } from './packet-scripts.ts';

const REPLIES: readonly number[] = [
  MESSAGE.VERSION,
  MESSAGE.STATUS,
  MESSAGE.HANDLE,
  MESSAGE.DATA,
  MESSAGE.NAME,
  MESSAGE.ATTRS,
  MESSAGE.EXTENDED_REPLY,
];

/** What the process may grow by in one test: the budget of a door, and what is not collected yet. */
const GROWTH = 400 * 2 ** 20;

let haven: Haven;

beforeAll(async () => {
  haven = await makeHaven({ custody: { largest: 2 ** 40 } });
  await haven.addShare('other');
  await haven.arrive(haven.alice, 'came.bin', Buffer.alloc(100_000, 1));
  await haven.release(haven.alice, 'cohort', 'out.bin', Buffer.alloc(100_000, 2));
});
afterAll(async () => haven[Symbol.asyncDispose]());

/** Files of the haven's data that this process has open. */
function openFiles(): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const file = readlinkSync(`/proc/self/fd/${fd}`);
      return file.startsWith(haven.data()) && !file.includes('ledger') ? [file] : [];
    } catch {
      return [];
    }
  });
}

const describeStep = (step: Step) => `${step.type} ${step.body([]).toString('hex').slice(0, 200)}`;

/** Sends what a script says, and checks that each request is answered once, a refusal in words. */
async function follow(raw: RawClient, script: readonly (readonly Step[])[]): Promise<void> {
  const handles: Buffer[] = [];
  for (const batch of script) {
    const before = raw.replies.length;
    const packets: Buffer[] = [];
    const ids = batch.map((step, i) => {
      const id = before * 1000 + i + 1;
      packets.push(packet(step.type, Buffer.concat([uint32(id), step.body(handles)])));
      return id;
    });
    raw.sendBytes(Buffer.concat(packets));
    await raw.next(() => (raw.replies.length >= before + ids.length ? true : undefined));
    const replies = raw.replies.slice(before);
    expect(replies.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(ids);
    for (const { type, code, message, body } of replies) {
      expect(REPLIES).toContain(type);
      if (type === MESSAGE.HANDLE) handles.push(body.subarray(4));
      if (code !== null && code !== STATUS.OK) expect(message, `status ${code}`).toMatch(/\w{2,}/);
    }
  }
}

/** Ends a session, by the end of what is sent or by bytes that break it; says how the door took it. */
async function leave(raw: RawClient, end: Buffer | null): Promise<string> {
  if (end === null) raw.channel.end();
  else raw.sendBytes(end);
  await raw.closed;
  return `${raw.exitStatus} ${raw.stderr}`;
}

async function faults(): Promise<readonly string[]> {
  const { findings } = await checkCustody(haven.outside.intake);
  return findings.filter(({ severity }) => severity === 'fault').map((finding) => JSON.stringify(finding));
}

/** Tries scripts on one side of the haven, while somebody else works at the same door; returns how many. */
async function fuzz(door: OutsideDoor, what: string, seconds: number): Promise<number> {
  let runs = 0;
  let client: Client | null = null;
  await using other = await RawClient.connect(door, haven.bob);
  // The files that the haven begins with have no verdicts.
  const before = await faults();
  const memory = process.memoryUsage().rss;
  const run = async (script: readonly (readonly Step[])[], end: Buffer | null): Promise<void> => {
    runs++;
    client ??= (await connectSsh(door, haven.alice)).setMaxListeners(0);
    const raw = await RawClient.over(client);
    try {
      await follow(raw, script);
      expect((await raw.ask(MESSAGE.REALPATH, string('.'))).type).toBe(MESSAGE.NAME);
      expect(await leave(raw, end)).toMatch(end === null ? /^0 $/ : /^1 an SFTP packet cannot be/);
    } catch (error) {
      client.destroy();
      client = null;
      throw error;
    }
    expect((await other.ask(MESSAGE.STAT, string('/'))).type).toBe(MESSAGE.ATTRS);
    expect(takeErrors(door)).toEqual([]);
  };
  const script = anyScript.map((batches) => ({
    batches,
    [fc.toStringMethod]: () =>
      JSON.stringify(
        batches.map((batch) => batch.map(describeStep)),
        null,
        1,
      ),
  }));
  await fc.assert(
    fc.asyncProperty(script, fc.option(anyBreak), ({ batches }, end) => run(batches, end)),
    forSeconds(what, seconds),
  );
  (client as Client | null)?.end();
  console.info(`${runs} scripts, ${Math.round((process.memoryUsage().rss - memory) / 2 ** 20)} MiB more`);
  expect(process.memoryUsage().rss - memory).toBeLessThan(GROWTH);
  await expect.poll(openFiles, { timeout: 10_000 }).toEqual([]);
  expect((await faults()).filter((fault) => !before.includes(fault))).toEqual([]);
  return runs;
}

test(
  'outside, every request is answered once or the session ends with a reason, and nothing else is hurt',
  async () => expect(await fuzz(haven.outside, 'SFTP outside', 5)).toBeGreaterThan(0),
  FUZZ_TIMEOUT,
);

test(
  'inside, the same, with working files, arrivals and outbound',
  async () => expect(await fuzz(haven.inside, 'SFTP inside', 5)).toBeGreaterThan(0),
  FUZZ_TIMEOUT,
);
