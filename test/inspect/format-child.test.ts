import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RESEARCH_FORMATS } from '../../src/core/custody/verdict.ts';
import type { Sha256 } from '../../src/core/kit/digest.ts';
import { createFormatCheck, type FormatCheck } from '../../src/inspect/format-check.ts';
import { beginFormatRun, type FormatReading } from '../../src/inspect/format-reader.ts';
import { bamContent, bamRecord, bgzf, vcf } from './formats/genomes.ts';
import { digest, noise, pieces, quiet } from './inspect-fixtures.ts';

const VCF = vcf(20, 20_000);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'havengate-formats-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Reads bytes by the real child, or by one that is a line of JavaScript. */
async function read(
  bytes: Buffer,
  { behaviour, patience = 20_000 }: { behaviour?: string; patience?: number } = {},
): Promise<FormatReading> {
  const script = behaviour === undefined ? {} : { script: await scriptOf(behaviour) };
  const run = beginFormatRun({ formats: RESEARCH_FORMATS, patience, ...script });
  // A piece is written over once it was taken, as that of a zone is.
  const buffer = Buffer.alloc(1024 * 1024);
  for await (const piece of pieces(bytes)) {
    buffer.set(piece);
    await run.send(buffer.subarray(0, piece.byteLength));
    buffer.fill(0);
  }
  return await run.finish();
}

async function scriptOf(behaviour: string): Promise<string> {
  const script = join(folder, `child-${Math.random()}.mjs`);
  await writeFile(script, behaviour);
  return script;
}

/** Reads everything, and then says so. */
const thenSay = (answer: string): string =>
  `for await (const piece of process.stdin); process.stdout.write(${JSON.stringify(answer)}, () => process.exit())`;

describe('the process that reads structures', () => {
  test.each<[string, Buffer, FormatReading]>([
    ['a large text', VCF, { known: true, format: 'vcf', fault: null }],
    ['a large gzip', gzipSync(VCF), { known: true, format: 'vcf', fault: null }],
    [
      'BGZF',
      bgzf(bamContent(Array.from({ length: 20_000 }, () => bamRecord())), 60_000),
      { known: true, format: 'bam', fault: null },
    ],
    [
      'a text that is cut short',
      VCF.subarray(0, -1),
      { known: true, format: 'vcf', fault: 'line 20003 does not end: the file is cut short' },
    ],
    [
      'what it knows at once, with 20 MiB to come',
      noise(20 * 1024 * 1024),
      { known: true, format: null, fault: 'it begins as none of the formats that are admitted unscanned' },
    ],
    ['nothing', Buffer.alloc(0), { known: true, format: null, fault: expect.stringContaining('none') }],
  ])('answers on %s', async (_, bytes, reading) => {
    expect(await read(bytes)).toEqual(reading);
  });

  test.each([
    ['crashes at once', 'process.exit(1)', /crashed/],
    ['crashes in the middle', `process.stdin.once('data', () => process.exit(1))`, /crashed/],
    ['kills itself', `process.kill(process.pid, 'SIGSEGV')`, /crashed/],
    ['throws', `for await (const piece of process.stdin) throw new Error('x')`, /crashed/],
    ['eats memory', 'const all = []; for (;;) all.push(new Array(1e6).fill({}))', /crashed/],
    ['answers nothing', 'for await (const piece of process.stdin);', /crashed/],
    ['answers nonsense', thenSay('<script>'), /nonsense/],
    ['answers without end', `setInterval(() => process.stdout.write('x'.repeat(1000)), 1)`, /nonsense/],
    ['answers a format that there is not', thenSay('{"format":"exe","fault":null}'), /nonsense/],
    ['finds nothing wrong with no format', thenSay('{"format":null,"fault":null}'), /nonsense/],
    ['answers a fault with an escape sequence', thenSay('{"format":"vcf","fault":"\\u001b[2J"}'), /nonsense/],
    ['answers a fault that is none', thenSay('{"format":"vcf","fault":{}}'), /nonsense/],
    ['finds nothing wrong without a count', thenSay('{"format":"vcf","fault":null}'), /nonsense/],
    [
      'finds nothing wrong with some of the bytes',
      `process.stdin.once('data', (piece) => process.stdout.write(
        JSON.stringify({ format: 'vcf', fault: null, bytes: piece.length }), () => process.exit()))`,
      /nonsense/,
    ],
    ['answers half', thenSay('{"format":"vcf"}'), /nonsense/],
  ])('that %s leaves the structure unknown', async (_, behaviour, why) => {
    expect(await read(VCF, { behaviour })).toEqual({ known: false, why: expect.stringMatching(why) });
  });

  test.each([
    ['reads nothing', 'setInterval(() => {}, 1000)'],
    ['turns for ever', 'for (;;);'],
    ['reads everything, and does not answer', 'process.stdin.resume(); setInterval(() => {}, 1000)'],
  ])('that %s is killed after its time', async (_, behaviour) => {
    expect(await read(VCF, { behaviour, patience: 500 })).toEqual({
      known: false,
      why: 'the structure took longer than 500 ms to read',
    });
  });

  test('has no environment, no file, no process and no worker', async () => {
    process.env['HAVENGATE_SECRET'] = 'in the environment';
    const secret = join(folder, 'secret');
    await writeFile(secret, 'in a file');
    const probe = `
      const tries = {
        environment: async () => { if (process.env.HAVENGATE_SECRET === undefined) throw new Error(); },
        read: async () => (await import('node:fs')).readFileSync('${secret}'),
        write: async () => (await import('node:fs')).writeFileSync('${secret}', ''),
        spawn: async () => (await import('node:child_process')).execFileSync('true'),
        worker: async () => new (await import('node:worker_threads')).Worker('1', { eval: true }),
      };
      const could = [];
      for (const [name, attempt] of Object.entries(tries)) await attempt().then(() => could.push(name), () => {});
      for await (const piece of process.stdin);
      const fault = 'could ' + (could.join(' ') || 'nothing');
      process.stdout.write(JSON.stringify({ format: 'vcf', fault }), () => process.exit());`;
    const reading = await read(VCF, { behaviour: probe });
    delete process.env['HAVENGATE_SECRET'];
    expect(reading).toEqual({ known: true, format: 'vcf', fault: 'could nothing' });
  });
});

describe('the check of structures', () => {
  const CRASH = 'process.exit(1)';
  const sha = digest(VCF) as Sha256;

  async function ask(check: FormatCheck, bytes = VCF) {
    const run = check.begin();
    await run.send(bytes);
    return await run.finish(digest(bytes) as Sha256);
  }

  test('says the format, with its version', async () => {
    const check = createFormatCheck({ formats: ['vcf'], log: quiet });
    expect(await ask(check)).toEqual({
      answered: true,
      said: { outcome: 'pass', detail: 'vcf', version: 'Havengate structures 1' },
    });
  });

  test('says in words what is wrong', async () => {
    const check = createFormatCheck({ formats: ['vcf'], log: quiet });
    const { said } = (await ask(check, VCF.subarray(0, -1))) as { said: { outcome: string; detail: string } };
    expect(said).toMatchObject({
      outcome: 'finding',
      detail: expect.stringMatching(/^VCF: line 20003 .* cut short$/),
    });
  });

  test('does not know twice, and then says that it cannot know', async () => {
    const check = createFormatCheck({ formats: ['vcf'], log: quiet, script: await scriptOf(CRASH) });
    const notYet = { answered: false, why: 'the reader of formats crashed on the content' };
    const other = Buffer.from('other');
    expect([await ask(check), await ask(check, other), await ask(check)]).toEqual([notYet, notYet, notYet]);
    expect(await ask(check)).toMatchObject({
      answered: true,
      said: {
        outcome: 'finding',
        detail: 'the structure is not known: the reader of formats crashed on the content',
      },
    });
    expect(await ask(check, other)).toEqual(notYet);
  });

  test('has no answer once it is closed, whatever it was asked before', async () => {
    const check = createFormatCheck({ formats: ['vcf'], log: quiet });
    const runs = [check.begin(), check.begin()];
    check.close();
    for (const run of runs)
      expect(await run.finish(sha)).toEqual({ answered: false, why: 'the daemon is stopping' });
  });
});
