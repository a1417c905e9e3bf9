import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MESSAGE, STATUS } from '../../src/doors/sftp/wire/message-types.ts';
import { type Haven, makeHaven } from './haven.ts';
import { RawClient, type RawReply, string, uint32, uint64 } from './raw-client.ts';

const READ = 1;

let haven: Haven;
let inside: RawClient;
let outside: RawClient;

beforeAll(async () => {
  haven = await makeHaven();
  inside = await RawClient.connect(haven.inside, haven.alice);
  outside = await RawClient.connect(haven.outside, haven.alice);
});

afterAll(async () => {
  await inside[Symbol.asyncDispose]();
  await outside[Symbol.asyncDispose]();
  await haven[Symbol.asyncDispose]();
});

interface Question {
  readonly algorithms?: string;
  readonly start?: number;
  readonly length?: number;
  readonly block?: number;
}

function check(
  raw: RawClient,
  name: string,
  of: string | Buffer,
  { algorithms = 'md5,sha256', start = 0, length = 0, block = 0 }: Question = {},
): Promise<RawReply> {
  const question = [string(algorithms), uint64(start), uint64(length), uint32(block)];
  return raw.ask(MESSAGE.EXTENDED, string(name), string(of), ...question);
}

/** What answers for these bytes: the extension, the algorithm, the digest (section 3 of the draft). */
function answerFor(content: string): Partial<RawReply> {
  const digest = createHash('sha256').update(content).digest();
  return {
    type: MESSAGE.EXTENDED_REPLY,
    body: Buffer.concat([string('check-file'), string('sha256'), digest]),
  };
}

describe('check-file', () => {
  test('is announced', () => {
    const version = outside.replies[0]?.body.toString('latin1') ?? '';
    for (const name of ['check-file', 'check-file-handle', 'check-file-name'])
      expect(version).toContain(string(name).toString('latin1'));
  });

  test('by name tells the SHA-256 of what arrived, on both sides, and of what was released', async () => {
    await haven.arrive(haven.alice, 'scan.csv', 'arrived');
    await haven.release(haven.alice, 'cohort', 'results.csv', 'released');
    for (const raw of [inside, outside])
      expect(await check(raw, 'check-file-name', '/arrivals/scan.csv')).toMatchObject(answerFor('arrived'));
    const released = await check(outside, 'check-file-name', '/outbound/cohort/results.csv');
    expect(released).toMatchObject(answerFor('released'));
  });

  test.each(['check-file-handle', 'check-file'])(
    'by handle as %s tells it for as long as the file is there to be read',
    async (name) => {
      const file = await haven.release(haven.alice, 'cohort', `by-${name}`, 'mine');
      const handle = await outside.open(`/outbound/cohort/by-${name}`, READ);
      expect(await check(outside, name, handle)).toMatchObject(answerFor('mine'));
      await haven.revoke(file);
      await new Promise((resolve) => setTimeout(resolve, 250));
      expect(await check(outside, name, handle)).toMatchObject({
        type: MESSAGE.STATUS,
        code: STATUS.NO_SUCH_FILE,
      });
      await outside.close(handle);
    },
  );

  test.each<Question>([
    { algorithms: 'md5,sha1' },
    { algorithms: '' },
    { start: 1 },
    { length: 3 },
    { block: 256 },
  ])('refuses %j in words', async (question) => {
    await haven.arrive(haven.alice, `asked-${JSON.stringify(question)}`, 'bytes');
    const path = `/arrivals/asked-${JSON.stringify(question)}`;
    expect(await check(inside, 'check-file-name', path, question)).toMatchObject({
      code: STATUS.OP_UNSUPPORTED,
      message: expect.stringContaining('only the SHA-256 of a whole file'),
    });
  });

  test('reads nothing: what has no kept digest is refused in words', async () => {
    writeFileSync(haven.data('shares', 'cohort', 'work'), 'work');
    const working = await inside.open('/shares/cohort/work', READ);
    for (const reply of [
      await check(inside, 'check-file-name', '/shares/cohort/work'),
      await check(inside, 'check-file-handle', working),
    ])
      expect(reply).toMatchObject({
        code: STATUS.FAILURE,
        message: expect.stringContaining('sha256sum PATH'),
      });
    const upload = await outside.open('new.csv');
    await outside.write(upload, 0, 'new');
    for (const reply of [
      await check(outside, 'check-file-handle', upload),
      await check(outside, 'check-file-name', 'new.csv'),
    ])
      expect(reply).toMatchObject({ message: expect.stringContaining('not complete yet') });
    await outside.close(upload);
    expect(await check(outside, 'check-file-name', 'new.csv')).toMatchObject({
      message: expect.stringContaining('ask again when it is inspected'),
    });
    expect(await check(outside, 'check-file-name', '/arrivals')).toMatchObject({ code: STATUS.FAILURE });
    expect(await check(outside, 'check-file-name', '/nowhere')).toMatchObject({ code: STATUS.NO_SUCH_FILE });
  });
});
