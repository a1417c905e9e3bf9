import { appendFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { leafHash } from '../../src/core/audit/leaf.ts';
import { appendLeaf, EMPTY_TREE } from '../../src/core/audit/tree.ts';
import { type Haven, havengate, makeHaven } from './demo-for-tests.ts';

let haven: Haven;
/** A copy of the keyring and of the checkpoints, as an auditor has them elsewhere. */
let keyring: string;
let anchor: string;

beforeAll(async () => {
  haven = await makeHaven();
  keyring = join(haven.parent, 'their-keys');
  anchor = join(haven.parent, 'anchor');
  await writeFile(keyring, await readFile(join(haven.dir, 'keys/checkpoint-keys')));
});

afterAll(() => haven.remove());

const tokens = async (at: Haven, count: number) => {
  for (let i = 0; i < count; i++) {
    const added = await at.run(['token', 'add', 'alice', '--scope', 'upload', '--expires', '1d']);
    expect(added.code).toBe(0);
  }
};

/** Changes rows past every guard, and makes every hash fit again. */
function rewrite(at: Haven, statement: string): void {
  const raw = new DatabaseSync(join(at.dir, 'ledger.sqlite3'), { enableForeignKeyConstraints: false });
  const guards = raw.prepare("select name, sql from sqlite_schema where type = 'trigger'").all();
  for (const { name } of guards) raw.exec(`drop trigger ${String(name)}`);
  raw.exec(statement);
  let head = EMPTY_TREE;
  for (const { seq, entry } of raw.prepare('select seq, entry from audit_log order by seq').all()) {
    const hash = leafHash(String(entry));
    raw.prepare('update audit_log set leaf_hash = ? where seq = ?').run(hash, Number(seq));
    head = appendLeaf(head, hash);
  }
  raw.prepare('update audit_head set size = ?, edge = ?').run(head.size, head.edge.join(' '));
  for (const { sql } of guards) raw.exec(String(sql));
  raw.close();
}

describe('audit checkpoint', () => {
  test('prints a note, and the same one again until something else happens', async () => {
    const first = await haven.run(['audit', 'checkpoint']);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^havengate\/[0-9a-f]{16}\n\d+\n\S{44}\n\n\u2014 havengate\/\S+ \S+\n$/);
    expect((await haven.run(['audit', 'checkpoint'])).stdout).toBe(first.stdout);
    await tokens(haven, 1);
    const { answer } = await haven.json(['audit', 'checkpoint']);
    expect(answer).toMatchObject({ isNew: true, anchors: [], root: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(answer['checkpoint']).not.toBe(first.stdout);
    await writeFile(anchor, first.stdout + String(answer['checkpoint']));
  });

  test('goes to every anchor; one that fails is told, written the next time, and a warning of the doctor', async () => {
    const own = await haven.copy();
    const [good, bad] = [join(own.parent, 'good'), join(own.parent, 'missing/bad')];
    const anchors = `[{ kind: file, path: ${good} }, { kind: file, path: ${bad} }]`;
    await appendFile(join(own.dir, 'havengate.yaml'), `\naudit: { anchors: ${anchors} }\n`);
    await tokens(own, 1);
    const made = await own.run(['audit', 'checkpoint']);
    expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining(`warning: ${bad}: ENOENT`) });
    expect(await readFile(good, 'utf8')).toBe(made.stdout);
    expect((await own.run(['doctor'])).stdout).toMatch(/checkpoints +warning +\S+missing\/bad: .*its last/);

    await mkdir(join(own.parent, 'missing'));
    await own.run(['audit', 'checkpoint']);
    expect(await readFile(bad, 'utf8')).toBe(made.stdout);
    expect(await readFile(good, 'utf8')).toBe(made.stdout);
    expect((await own.run(['doctor'])).stdout).toMatch(/checkpoints +ok +\S+missing\/bad is up to date/);

    // A crash in the middle of a note, then the next note: the anchor has that one, and says where the torn one is.
    await appendFile(good, made.stdout.slice(0, 40));
    await tokens(own, 1);
    const next = await own.run(['audit', 'checkpoint']);
    expect(await readFile(good, 'utf8')).toBe(`${made.stdout}${made.stdout.slice(0, 40)}\n\n${next.stdout}`);
    const verified = await own.run(['audit', 'verify', '--checkpoint', good]);
    expect(verified).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^checkpoints +2 compared/m),
      stderr: expect.stringMatching(/passed over: \S+good, line 6: this is no checkpoint/),
    });
    await own.remove();
  });

  test('leaves the private key to its owner, and the public ones to everybody', async () => {
    const mode = async (name: string) =>
      ((await stat(join(haven.dir, 'keys', name))).mode & 0o777).toString(8);
    expect([await mode('checkpoint-key.pem'), await mode('checkpoint-keys')]).toEqual(['600', '644']);
  });
});

describe('audit verify', () => {
  test('compares the log with the checkpoints that an auditor has, by their copy of the keys', async () => {
    const { code, answer } = await haven.json(['audit', 'verify', '--checkpoint', anchor, '--key', keyring]);
    expect([code, answer]).toEqual([0, expect.objectContaining({ matched: 2, faults: [], ignored: [] })]);
    const folder = join(haven.parent, 'folder');
    await mkdir(folder);
    await writeFile(join(folder, 'one'), await readFile(anchor));
    await writeFile(join(folder, 'two'), await readFile(anchor));
    const all = await haven.json(['audit', 'verify', '--checkpoint', folder, anchor]);
    expect(all.answer).toMatchObject({ matched: 6 });
  });

  test('by itself compares it with the newest one', async () => {
    expect((await haven.json(['audit', 'verify'])).answer).toMatchObject({ matched: 1, faults: [] });
  });

  test.each([
    [
      'an edited row',
      `update audit_log set entry = replace(entry, 'console', 'nobody') where seq = 2`,
      /rows 0 to \d+ are not as signed: the checkpoint of \d+ rows has another root; of the larger ones 1 differ/,
    ],
    [
      'rows that were cut off',
      'delete from audit_personal; delete from audit_log where seq >= 5',
      /rows 5 to \d+ are signed and not there: a checkpoint has \d+ rows, the log 5/,
    ],
  ])('finds %s, by an export too', async (_, statement, fault) => {
    const own = await haven.copy();
    rewrite(own, statement);
    const found = await own.run(['audit', 'verify', '--checkpoint', anchor, '--key', keyring]);
    expect([found.code, found.stderr]).toEqual([1, expect.stringMatching(fault)]);
    const byItself = await own.run(['audit', 'verify']);
    expect(byItself.code).toBe(1);

    const file = join(own.parent, 'audit.jsonl');
    await writeFile(file, (await own.run(['audit', 'export'])).stdout);
    const args = ['audit', 'verify', file, '--checkpoints', anchor, '--key', keyring];
    // Offline: there is no installation here.
    const offline = await havengate(args, { cwd: own.parent });
    expect([offline.code, offline.stderr]).toEqual([1, expect.stringMatching(fault)]);
    await own.remove();
  });

  test('reads an export offline, in either form, and finds what was done to it', async () => {
    const text = (await haven.run(['audit', 'export'])).stdout;
    const array = (await haven.run(['audit', 'export', '--json'])).stdout;
    const lines = text.trimEnd().split('\n');
    const verify = async (content: string) => {
      const file = join(haven.parent, 'export');
      await writeFile(file, content);
      return havengate(['audit', 'verify', file, '--checkpoints', anchor, '--key', keyring, '--json']);
    };
    for (const whole of [text, array]) {
      const { code, stdout } = await verify(whole);
      expect([code, JSON.parse(stdout)]).toEqual([
        0,
        expect.objectContaining({ size: lines.length, matched: 2, faults: [] }),
      ]);
    }
    const faultsOf = async (changed: readonly string[]) => {
      const { code, stdout } = await verify(`${changed.join('\n')}\n`);
      expect(code).toBe(1);
      return (JSON.parse(stdout) as { faults: string[] }).faults.join('\n');
    };
    expect(await faultsOf(lines.with(3, (lines[3] ?? '').replace('console', 'system')))).toMatch(
      /^row 3 was changed: its hash does not match/,
    );
    expect(await faultsOf(lines.toSpliced(4, 1))).toMatch(
      /^row 4 is missing or out of place \(found 5\)\nrows 0 to/,
    );
    expect(await faultsOf(lines.toSpliced(4, 2, lines[5] ?? '', lines[4] ?? ''))).toMatch(
      /^row 4 is missing or out of place \(found 5\)\nrow 6 is missing or out of place \(found 4\)/,
    );
    expect(await faultsOf(lines.slice(0, 4))).toMatch(/^rows 4 to \d+ are signed and not there/);
    expect(await faultsOf(lines.with(2, 'nonsense'))).toMatch(/^line 3 is no row of an audit log/);
  });

  test('finds a checkpoint that was changed, and takes none that proves nothing', async () => {
    const changed = join(haven.parent, 'changed');
    await writeFile(
      changed,
      (await readFile(anchor, 'utf8')).replace(/^(\d+)$/m, (size) => String(Number(size) + 1)),
    );
    const found = await haven.run(['audit', 'verify', '--checkpoint', changed]);
    expect([found.code, found.stderr]).toEqual([
      1,
      expect.stringMatching(/changed, line 1: its signature does not match: it was changed/),
    ]);
    await writeFile(changed, 'nothing of the kind\n');
    const none = await haven.json(['audit', 'verify', '--checkpoint', changed]);
    expect([none.code, none.answer]).toEqual([
      1,
      { error: expect.objectContaining({ code: 'no-checkpoint' }) },
    ]);
    const missing = await haven.json(['audit', 'verify', '--checkpoint', join(haven.parent, 'absent')]);
    expect(missing.answer).toEqual({ error: expect.objectContaining({ code: 'file-unreadable' }) });
  });

  test('finds an older ledger that was put back, and so does the doctor', async () => {
    const older = await haven.copy();
    await tokens(haven, 1);
    const newer = join(haven.parent, 'newer');
    await writeFile(newer, (await haven.run(['audit', 'checkpoint'])).stdout);
    expect((await haven.run(['audit', 'verify', '--checkpoint', newer])).code).toBe(0);
    await appendFile(
      join(older.dir, 'havengate.yaml'),
      `\naudit: { anchors: [{ kind: file, path: ${newer} }] }\n`,
    );
    const found = await older.run(['audit', 'verify']);
    expect([found.code, found.stderr]).toEqual([1, expect.stringContaining('an older copy was put back')]);
    const doctor = await older.run(['doctor']);
    expect([doctor.code, doctor.stderr]).toEqual([
      1,
      expect.stringMatching(/checkpoints +broken +.*was an older ledger put back/),
    ]);
    await older.remove();
  });
});

describe('audit prove', () => {
  test('proves a row offline; a proof that was changed proves nothing', async () => {
    const file = join(haven.parent, 'proof.json');
    const { stdout } = await haven.run(['audit', 'prove', '2']);
    await writeFile(file, stdout);
    const check = () => havengate(['audit', 'check-proof', file, '--key', keyring], { cwd: haven.parent });
    expect(await check()).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^the proof is good\n\nseq +2$/m),
    });
    await writeFile(file, stdout.replace('"type": "', '"type": "not-'));
    expect(await check()).toMatchObject({ code: 1, stderr: expect.stringContaining('do not make the root') });
  });

  test('is refused for a row that no checkpoint covers, and for what is no row', async () => {
    const { size } = (await haven.json(['audit', 'verify'])).answer as { size: number };
    const refused = await haven.run(['audit', 'prove', String(size - 1)]);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('`havengate audit checkpoint` signs one'),
    ]);
    for (const args of [[String(size)], ['two'], [], ['1', '--receipt', 'x']])
      expect((await haven.run(['audit', 'prove', ...args])).code).toBe(1);
  });
});

describe('audit rotate-key', () => {
  test('retires the old key, and verification takes what either has signed in its time', async () => {
    const own = await haven.copy();
    await writeFile(join(own.parent, 'all'), (await own.run(['audit', 'checkpoint'])).stdout);
    const keyFile = join(own.dir, 'keys/checkpoint-key.pem');
    const before = await readFile(keyFile, 'utf8');
    const rotated = await own.json(['audit', 'rotate-key']);
    expect(rotated).toMatchObject({
      code: 0,
      answer: { oldKey: expect.any(String), newKey: expect.any(String) },
    });
    expect(await readFile(keyFile, 'utf8')).not.toBe(before);
    const { oldKey, newKey, size } = rotated.answer as { oldKey: string; newKey: string; size: number };
    const ring = await readFile(join(own.dir, 'keys/checkpoint-keys'), 'utf8');
    expect(ring).toMatch(new RegExp(`\\+${oldKey}\\+\\S+ from 0 to ${size}\n`));
    expect(ring).toMatch(new RegExp(`\\+${newKey}\\+\\S+ from ${size}\n$`));
    await tokens(own, 1);
    const last = await own.run(['audit', 'checkpoint']);
    await appendFile(join(own.parent, 'all'), last.stdout);
    const verified = await own.json(['audit', 'verify', '--checkpoint', join(own.parent, 'all')]);
    expect(verified).toMatchObject({ code: 0, answer: { matched: 2, faults: [] } });
    const byOldRing = await own.run([
      'audit',
      'verify',
      '--checkpoint',
      join(own.parent, 'all'),
      '--key',
      keyring,
    ]);
    expect([byOldRing.code, byOldRing.stderr]).toEqual([
      1,
      expect.stringContaining('none of the keys given has signed it'),
    ]);
    expect((await own.run(['doctor'])).stdout).toMatch(/checkpoints +ok +the newest has/);
    await own.remove();
  });

  test('that was cut short is gone on with, wherever it stopped', async () => {
    const own = await haven.copy();
    const keys = join(own.dir, 'keys');
    const save = async () => ({
      key: await readFile(join(keys, 'checkpoint-key.pem')),
      ring: await readFile(join(keys, 'checkpoint-keys')),
    });
    const before = await save();
    const first = await own.json(['audit', 'rotate-key']);
    const after = await save();
    const undo = async (ring: Buffer) => {
      await writeFile(join(keys, 'checkpoint-key-next.pem'), after.key, { mode: 0o600 });
      await writeFile(join(keys, 'checkpoint-key.pem'), before.key);
      await writeFile(join(keys, 'checkpoint-keys'), ring);
    };
    // Before the key was put in its place, and before the keyring was written.
    for (const ring of [after.ring, before.ring]) {
      await undo(ring);
      const signing = await own.run(['audit', 'checkpoint']);
      expect(signing.code).not.toBe(0);
      const again = await own.json(['audit', 'rotate-key']);
      expect(again.answer).toMatchObject({
        newKey: first.answer['newKey'],
        oldKey: first.answer['oldKey'],
        size: first.answer['size'],
      });
      expect(await save()).toEqual(after);
      await expect(stat(join(keys, 'checkpoint-key-next.pem'))).rejects.toThrow('ENOENT');
    }
    expect((await own.run(['audit', 'verify'])).code).toBe(0);
    await own.remove();
  });

  test('and signing are refused without the key', async () => {
    const own = await haven.copy();
    await rm(join(own.dir, 'keys/checkpoint-key.pem'));
    for (const verb of ['checkpoint', 'rotate-key']) {
      const { code, stderr } = await own.run(['audit', verb]);
      expect([code, stderr]).toEqual([1, expect.stringContaining('checkpoint-key.pem: this key is missing')]);
    }
    await own.remove();
  });
});
