import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeEd25519Key, makeRsaKey } from '../../src/app/keys/openssh-key.ts';
import { ROOT } from '../support/source-files.ts';
import { debian13, run } from './openssh.ts';
import { openOutsideDoor } from './outside-door.ts';

const KINDS = ['kex', 'key', 'enc', 'mac'] as const;
const LEVELS = ['fail', 'warn'] as const;

interface Audited {
  readonly algorithm: string;
  readonly notes: { readonly [Level in 'fail' | 'warn' | 'info']?: readonly string[] };
}

/** The part of ssh-audit's report that is looked at here. */
type Report = { readonly [Kind in (typeof KINDS)[number]]: readonly Audited[] } & {
  readonly compression: readonly string[];
  readonly cves: readonly unknown[];
};

const page = readFileSync(join(ROOT, 'docs/ssh.md'), 'utf8');

/** The rows of a table of the page, without its head. */
function rows(heading: string): readonly (readonly string[])[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(heading)) ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(1).map((line) =>
    line
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.replaceAll('`', '')),
  );
}

async function audit(algorithms: 'modern' | 'compatible'): Promise<Report> {
  const hostKeys = [makeEd25519Key('host'), makeRsaKey('host')].map(({ privateText }) => privateText);
  await using door = await openOutsideDoor({ algorithms, hostKeys });
  const args = ['-j', '--skip-rate-test', '-p', String(door.door.port), '127.0.0.1'];
  const { out, err } = await run(debian13('ssh-audit'), args);
  expect(out, err).toMatch(/^\{/);
  return JSON.parse(out) as Report;
}

const offered = (report: Report) =>
  KINDS.flatMap((kind) => report[kind].map(({ algorithm }) => [kind, algorithm] as const));

const findings = (report: Report) =>
  KINDS.flatMap((kind) =>
    report[kind].flatMap(({ algorithm, notes }) =>
      LEVELS.flatMap((level) => (notes[level] ?? []).map((finding) => [algorithm, level, finding])),
    ),
  );

/** Without the order of the kinds, which is the page's own. */
const sorted = (list: readonly (readonly string[])[]) => list.map((one) => one.join(' ')).toSorted();

describe('what ssh-audit says of a door', () => {
  test('has no finding when the site chose nothing else', async () => {
    const report = await audit('modern');
    expect(report.kex[0]?.algorithm).toBe('mlkem768x25519-sha256');
    expect(findings(report)).toEqual([]);
    expect(report.cves).toEqual([]);
    expect(report.compression).toEqual(['none']);
    const modern = rows('Algorithms').filter(([, , choice]) => choice === 'modern');
    expect(sorted(offered(report))).toEqual(sorted(modern.map((row) => row.slice(0, 2))));
  });

  test('is in the documents, with the reason, where the site lets old clients in', async () => {
    const report = await audit('compatible');
    expect(sorted(offered(report))).toEqual(sorted(rows('Algorithms').map((row) => row.slice(0, 2))));
    expect(sorted(findings(report))).toEqual(sorted(rows('Findings').map((row) => row.slice(0, 3))));
    for (const [algorithm, , , why] of rows('Findings')) expect(why, algorithm).toMatch(/\w/);
    expect(report.cves).toEqual([]);
  });
});
