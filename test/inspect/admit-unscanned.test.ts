import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { sftp } from '../support/clients.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { type Installation, makeInstallation } from '../support/installation.ts';
import type { ListedFile } from '../support/listed-file.ts';
import { eventually, eventuallyIn } from '../support/wait.ts';
import { startClamd, type TestClamd } from './clamd-for-tests.ts';
import { bamContent, bamRecord, bgzf, fastq, vcf } from './formats/genomes.ts';

const LABEL = 'not-scanned: too large, structure checked as BAM (Havengate structures 1)';

let site: Installation;
let daemon: Daemon;
let work: string;
let clamd: TestClamd;

// Each test runs several programs.
vi.setConfig({ testTimeout: 120_000 });

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'havengate-unscanned-'));
  clamd = await startClamd(join(work, 'clamd'));
  site = await makeInstallation({
    scan: `{ clamd: ${clamd.socket}, too_large: hold, encrypted: hold, max_stream: 64KiB, unscanned: [bam, vcf] }`,
    intake: '{ settle: 100ms }',
    notify: '{ gather: 100ms }',
  });
  daemon = await startDaemon(site);
});

afterAll(async () => {
  await daemon?.end('SIGTERM');
  await clamd?.stop();
  await rm(work, { recursive: true, force: true });
  await site?.remove();
});

interface Shown extends ListedFile {
  readonly unscanned: string | null;
  readonly verdicts: { check: string; outcome: string; detail: string | null; version: string }[];
}

async function put(name: string, bytes: Buffer): Promise<void> {
  await writeFile(join(work, name), bytes);
  expect(await sftp(site, daemon, 'alice', `put ${join(work, name)} ${name}`)).toMatchObject({ code: 0 });
}

/** What became of a file once it has gone as far as it goes by itself. */
async function became(name: string): Promise<Shown> {
  const { id } = await eventuallyIn(site, `${name} is decided about`, async () => {
    const files = await site.json<ListedFile[]>('file', 'list', '--owner', 'alice');
    return files.find((file) => file.name === name && ['arrived', 'held'].includes(file.state));
  });
  return await site.json<Shown>('file', 'show', id);
}

test('a large file in a listed format arrives unscanned, and everything says so', async () => {
  const bytes = bgzf(bamContent(Array.from({ length: 20_000 }, (_, n) => bamRecord(0, (n % 2) - 1))), 90);
  expect(bytes.byteLength).toBeGreaterThan(100_000);
  await put('reads.bam', bytes);
  const file = await became('reads.bam');
  expect(file).toMatchObject({ state: 'arrived', reason: null, scan: 'too-large', unscanned: LABEL });
  expect(file.verdicts.at(-1)).toMatchObject({ check: 'format', outcome: 'pass', detail: 'bam' });
  const arrived = await readFile(join(site.dir, 'data/arrivals/alice/reads.bam'));
  expect(createHash('sha256').update(arrived).digest('hex')).toBe(file.sha256);

  const { stdout: receipt } = await site.havengate('receipt', 'export', file.id);
  await writeFile(join(work, 'receipt.json'), receipt);
  expect(JSON.parse(receipt)).toMatchObject({ body: { scan: 'on', unscanned: LABEL } });
  expect(await site.havengate('receipt', 'verify', join(work, 'receipt.json'))).toMatchObject({ code: 0 });
  expect((await site.havengate('file', 'list')).stdout).toContain(LABEL);
  await eventually('the mail says so', async () => {
    const names = await readdir(join(site.dir, 'mail'));
    const mails = await Promise.all(names.map((name) => readFile(join(site.dir, 'mail', name), 'utf8')));
    return mails.some((mail) => mail.includes('malware   not-scanned: too large, structure checked as BAM'));
  });
  const { stdout: audit } = await site.havengate('audit', 'export');
  expect(audit).toMatch(/admission-begun.*"unscanned":"bam"|"unscanned":"bam".*admission-begun/);
});

test('a large file whose structure is not whole is held, with the reason in words', async () => {
  await put('cut.vcf', vcf(20, 2000).subarray(0, -1));
  expect(await became('cut.vcf')).toMatchObject({
    state: 'held',
    reason: 'too-large',
    unscanned: 'not-scanned: too large',
    verdicts: expect.arrayContaining([
      expect.objectContaining({
        check: 'format',
        outcome: 'finding',
        detail: 'VCF: line 2003 does not end: the file is cut short',
      }),
    ]),
  });
  await eventually('the mail says what was found', async () => {
    const names = await readdir(join(site.dir, 'mail'));
    const mails = await Promise.all(names.map((name) => readFile(join(site.dir, 'mail', name), 'utf8')));
    return mails.some((mail) => mail.replaceAll('=\r\n', '').includes('found     VCF: '));
  });
});

test('a large file in a format that is not listed is held', async () => {
  await put('reads.fastq', fastq(5000));
  expect(await became('reads.fastq')).toMatchObject({ state: 'held', reason: 'too-large' });
});

test('a file that the scanner takes is scanned, whatever its format', async () => {
  await put('small.vcf.gz', gzipSync(vcf()));
  const file = await became('small.vcf.gz');
  expect(file).toMatchObject({ state: 'arrived', scan: 'pass', unscanned: null });
  expect(file.verdicts.map(({ check }) => check)).toEqual(['digest', 'type', 'malware']);
});

test('the doctor finds no broken invariant', async () => {
  expect(await site.havengate('doctor')).toMatchObject({ code: 0 });
});
