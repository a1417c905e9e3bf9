import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { TYPE_VERSION } from '../../src/inspect/content-type.ts';
import { checkType } from '../../src/inspect/type-check.ts';
import { createTypeReader, type TypeReader } from '../../src/inspect/type-reader.ts';
import { fileName, noise, quiet, zip } from './inspect-fixtures.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=',
  'base64',
);
const PDF = Buffer.from('%PDF-1.7\n%âãÏÓ\n1 0 obj\n<<>>\nendobj\n');
const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const DOCX = zip('[Content_Types].xml', Buffer.from(`<Override ContentType="${WORD}.main+xml"/>`));

describe('the version', () => {
  test('is that of the package', async () => {
    const text = await readFile(
      join(import.meta.dirname, '../../node_modules/file-type/package.json'),
      'utf8',
    );
    expect(TYPE_VERSION).toBe(`file-type ${(JSON.parse(text) as { version: string }).version}`);
  });
});

describe('a name and its content', () => {
  let reader: TypeReader;

  beforeAll(() => {
    reader = createTypeReader({ log: quiet });
  });
  afterAll(() => reader.close());

  test.each<[string, Uint8Array, string | null]>([
    ['scan.png', PNG, 'image/png'],
    ['SCAN.PNG', PNG, 'image/png'],
    ['paper.pdf', PDF, 'application/pdf'],
    ['paper', PDF, 'application/pdf'],
    ['paper.unheard-of', PDF, 'application/pdf'],
    ['letter.docx', DOCX, WORD],
    ['letter.zip', DOCX, WORD],
    ['letter.docx', zip('other', Buffer.from('x')), 'application/zip'],
    ['data.zip', zip('data.csv', Buffer.from('a,b')), 'application/zip'],
    ['data.csv.gz', gzipSync('a,b\n'), 'application/gzip'],
    ['data.csv', Buffer.from('a,b\n1,2\n'), null],
    ['data.csv', Buffer.from('BMI,age\n21,40\n'), null],
    ['data.csv', Buffer.from('MZ,age\n21,40\n'), null],
    ['data.csv', Buffer.from('größe,alter\n21,40\n'), null],
    ['data.xml', Buffer.from('<?xml version="1.0"?><a/>'), 'application/xml'],
    ['.bashrc', Buffer.from('alias ls'), null],
    ['empty.pdf', Buffer.alloc(0), null],
    ['image.nii', noise(1000), null],
  ])('%s agrees', async (name, bytes, contentType) => {
    const finding = checkType(fileName(name), bytes.byteLength, await reader.read(bytes));
    expect(finding).toEqual({ outcome: 'pass', detail: contentType, contentType });
  });

  test.each<[string, Uint8Array, string]>([
    ['paper.pdf', zip('a', Buffer.from('x')), 'named .pdf, content looks like application/zip'],
    ['data.csv', PNG, 'named .csv, content looks like image/png'],
    ['data.csv', PDF, 'named .csv, content looks like application/pdf'],
    ['photo.JPG', PNG, 'named .JPG, content looks like image/png'],
    ['data.txt', gzipSync('a,b\n'), 'named .txt, content looks like application/gzip'],
    ['paper.pdf', Buffer.from('not a paper'), 'named .pdf, content looks like nothing that is called so'],
  ])('%s disagrees', async (name, bytes, detail) => {
    const finding = checkType(fileName(name), bytes.byteLength, await reader.read(bytes));
    expect(finding).toMatchObject({ outcome: 'finding', detail });
  });

  test('many files are answered in their order', async () => {
    const heads = Array.from({ length: 30 }, (_, n) =>
      n % 3 === 0 ? PNG : n % 3 === 1 ? PDF : noise(65_536),
    );
    const types = await Promise.all(heads.map((head) => reader.read(head)));
    expect(types.map((one) => (one.known ? (one.type?.ext ?? null) : 'unknown'))).toEqual(
      heads.map((_, n) => ['png', 'pdf', null][n % 3]),
    );
  });
});

describe('the process that reads types', () => {
  let folder: string;
  let reader: TypeReader | null = null;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'havengate-types-'));
  });
  afterEach(() => reader?.close());
  afterAll(() => rm(folder, { recursive: true }));

  /** A reader whose child behaves as told for every head: a line of JavaScript with `head` in it. */
  async function readerWith(behaviour: string, patience = 300): Promise<TypeReader> {
    const script = join(folder, `child-${Math.random()}.mjs`);
    await writeFile(script, `process.on('message', async ({ head }) => { ${behaviour} });`);
    reader = createTypeReader({ log: quiet, script, patience, startUp: 10_000 });
    return reader;
  }

  const PNG_ANSWER = `process.send({ type: { ext: 'png', mime: 'image/png' } });`;
  const bad = Buffer.from('bad').toString('base64');

  test.each([
    ['crashes', 'process.exit(1)', /crashed/],
    ['kills itself', `process.kill(process.pid, 'SIGSEGV')`, /crashed/],
    ['throws', `throw new Error('x')`, /crashed/],
    ['answers nonsense', `process.send('<script>')`, /nonsense/],
    [
      'answers a type that is none',
      `process.send({ type: { ext: 'png', mime: 'image/png\\nX: y' } })`,
      /nonsense/,
    ],
    ['answers an array', `process.send({ type: ['png'] })`, /nonsense/],
    ['eats memory', `const all = []; for (;;) all.push(new Array(1e6).fill({}))`, /crashed/],
  ])('that %s leaves the type unknown; the next file is read by a new one', async (_, behaviour, why) => {
    const one = await readerWith(`if (head === '${bad}') { ${behaviour} } else { ${PNG_ANSWER} }`, 20_000);
    const readings = await Promise.all([one.read(PNG), one.read(Buffer.from('bad')), one.read(PNG)]);
    expect(readings[0]).toEqual({ known: true, type: { ext: 'png', mime: 'image/png' } });
    expect(readings[1]).toEqual({ known: false, why: expect.stringMatching(why) });
    expect(readings[2]).toEqual(readings[0]);
  });

  test('that turns for ever is killed after its time', async () => {
    const one = await readerWith(`if (head === '${bad}') for (;;); ${PNG_ANSWER}`);
    expect(await one.read(PNG)).toMatchObject({ known: true });
    expect(await one.read(Buffer.from('bad'))).toEqual({
      known: false,
      why: 'the content took longer than 300 ms to read',
    });
    expect(await one.read(PNG)).toMatchObject({ known: true });
  });

  test('that was killed while idle is started again', async () => {
    const one = await readerWith(`${PNG_ANSWER} setTimeout(() => process.exit(), 50)`);
    expect(await one.read(PNG)).toMatchObject({ known: true });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await one.read(PNG)).toMatchObject({ known: true });
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
      process.send({ type: { ext: 'x', mime: 'could/' + (could.join('-') || 'nothing') } });`;
    const one = await readerWith(probe, 10_000);
    expect(await one.read(PNG)).toEqual({ known: true, type: { ext: 'x', mime: 'could/nothing' } });
    delete process.env['HAVENGATE_SECRET'];
  });

  test('is not started again after closing', async () => {
    const one = await readerWith(PNG_ANSWER);
    one.close();
    expect(await one.read(PNG)).toEqual({ known: false, why: 'the daemon is stopping' });
  });
});
