import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { havengate, inProcess } from './demo-for-tests.ts';

let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'havengate-cli-'));
});

afterAll(() => rm(scratch, { recursive: true }));

const VERBS = [
  ['init'],
  ['serve'],
  ...['add', 'list', 'show', 'disable', 'enable', 'reset', 'totp'].map((verb) => ['account', verb]),
  ['token', 'add'],
  ['project', 'add'],
  ['share', 'add'],
  ['share', 'member', 'add'],
  ['share', 'member', 'remove'],
  ['file', 'list'],
  ['file', 'show'],
  ['receipt', 'export'],
  ['receipt', 'verify'],
  ['file', 'remove'],
  ['file', 'destroy'],
  ['file', 'admit'],
  ['retention', 'plan'],
  ['retention', 'run'],
  ['hold', 'place'],
  ['hold', 'lift'],
  ['hold', 'list'],
  ['certificate', 'export'],
  ['certificate', 'verify'],
  ['certificate', 'page'],
  ['clock', 'show'],
  ['clock', 'accept'],
  ['audit', 'verify'],
  ['audit', 'export'],
  ['doctor'],
];

describe('help', () => {
  test('shows every noun, the exit codes and first steps', async () => {
    const { code, stdout, stderr } = await havengate(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    for (const [noun = ''] of VERBS) expect(stdout).toMatch(new RegExp(`^ {2}${noun}\\b`, 'm'));
    expect(stdout).toContain('Exit codes');
    expect(stdout).toContain('havengate init --dir');
  });

  test.each(VERBS.map((verb) => verb.join(' ')))('exists for %s', async (verb) => {
    const { code, stdout } = await inProcess([...verb.split(' '), '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: havengate ${verb}`);
    expect(stdout).toContain('--config <file>');
  });
});

describe('what is not understood ends with 2 and names what is near', () => {
  test.each<[string[], string]>([
    [['acount', 'list'], 'Did you mean account?'],
    [['account', 'lst'], 'Did you mean list?'],
    [['account', 'list', '--jsn'], 'Did you mean --json?'],
    [
      ['account', 'add', 'eve', '--full-name', 'E', '--email', 'e@x', '--role', 'reseacher'],
      'Did you mean researcher?',
    ],
    [['token', 'add', 'eve', '--scope', 'uplod', '--expires', '7d'], 'Did you mean upload?'],
    [['token', 'add', 'eve', '--scope', 'upload', '--expires', 'soon'], 'a duration such as'],
    [['file', 'list', '--state', 'arived'], 'Did you mean arrived?'],
    [['serve', '--roles', 'worker'], 'Did you mean workers?'],
    [['account', 'show'], "missing required argument 'name'"],
    [['account', 'show', 'a', 'b'], 'too many arguments'],
    [['retention', 'pln'], 'Did you mean plan?'],
    [['retention', 'plan', '--as-of', 'tomorrow'], 'a day or time such as'],
    [['retention', 'plan', '--as-of', '2026-02-30T25:00Z'], 'a day or time such as'],
    [['hold', 'place', '--by', 'dana'], "required option '--reason <text>' not specified"],
    [['certificate', 'veryfy', 'x'], 'Did you mean verify?'],
    [['init'], "required option '--dir <dir>' not specified"],
  ])('%j', async (args, hint) => {
    const { code, stdout, stderr } = await inProcess(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(hint);
    const json = await inProcess(['--json', ...args]);
    expect(json.code).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({
      error: { code: 'usage', message: expect.stringContaining(hint) },
    });
  });

  test('and so does the real program', async () => {
    const { code, stdout, stderr } = await havengate(['acount', 'list']);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining('Did you mean account?')]);
  });

  test('a noun without a verb shows its help', async () => {
    const { code, stdout, stderr } = await havengate(['account']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: havengate account');
  });
});

describe('the configuration', () => {
  test('is named with its faults, each with its line', async () => {
    const file = join(scratch, 'wrong.yaml');
    await writeFile(file, 'doors: []\nreatention: { arrivals: 3d }\nscan: yes\n');
    const { code, stdout, stderr } = await havengate(['account', 'list', '--config', file]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`${file} has 2 faults`);
    expect(stderr).toContain('line 2: unknown key "reatention"; did you mean "retention"?');
    expect(stderr).toContain('line 3: scan is "yes"; expected off');
    const json = await havengate(['serve', '--config', file, '--json']);
    expect(json.code).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({
      error: { code: 'config-invalid' },
      faults: [{}, {}].map(() => expect.any(String)),
    });
  });

  test('that is missing is missed in words', async () => {
    const missing = await havengate(['account', 'list'], { cwd: scratch });
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain(
      `${join(scratch, 'havengate.yaml')}: there is no such file; \`havengate init`,
    );
    const folder = await havengate(['account', 'list', '--config', scratch]);
    expect(folder.stderr).toContain('this is a folder');
  });

  test('comes from --config, else HAVENGATE_CONFIG, and --config may stand before the verb', async () => {
    const file = join(scratch, 'named.yaml');
    await writeFile(file, 'doors: []\nnonsense: 1\n');
    const fromEnvironment = await havengate(['audit', 'verify'], { env: { HAVENGATE_CONFIG: file } });
    expect(fromEnvironment.stderr).toContain(`${file}: line 2: unknown key "nonsense"`);
    const before = await havengate(['--config', file, 'audit', 'verify'], {
      env: { HAVENGATE_CONFIG: 'other.yaml' },
    });
    expect(before.stderr).toContain(`${file}: line 2: unknown key "nonsense"`);
  });

  test('without a ledger makes none', async () => {
    const file = join(scratch, 'havengate-without.yaml');
    await writeFile(file, 'doors: []\n');
    const { code, stderr } = await havengate(['account', 'list', '--config', file]);
    expect(code).toBe(1);
    expect(stderr).toContain(`there is no ledger at ${join(scratch, 'ledger.sqlite3')}`);
  });

  test('is the one that the environment changes', async () => {
    const file = join(scratch, 'havengate-env.yaml');
    await writeFile(file, 'doors: []\n');
    const { code, stderr } = await havengate(['account', 'list', '--config', file], {
      env: { HAVENGATE_SCANN: 'off' },
    });
    expect([code, stderr]).toEqual([2, expect.stringContaining('did you mean HAVENGATE_SCAN?')]);
  });
});
