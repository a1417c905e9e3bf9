import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Haven, makeHaven } from './demo-for-tests.ts';
import { putFile } from './put-file.ts';

let haven: Haven;

beforeAll(async () => {
  haven = await makeHaven();
});

afterAll(() => haven.remove());

const list = async (...args: readonly string[]) => (await haven.json(args)).answer as unknown as Answer[];

/** A file in alice's Arrivals, on disk too: linking looks at its size and inode. */
async function arrived(name: string, within = haven) {
  const file = await putFile(within.dir, 'alice', name, 'arrived');
  const home = join(within.dir, 'data/arrivals/alice');
  await mkdir(home, { recursive: true });
  await writeFile(join(home, name), '7 bytes', { mode: 0o640 });
  return file;
}

const inShare = (...path: readonly string[]) => join(haven.dir, 'data/shares', ...path);

describe('a demo', () => {
  test('has the folder of its share', async () => {
    expect((await stat(inShare('cohort'))).isDirectory()).toBe(true);
    expect(await list('share', 'list')).toMatchObject([
      {
        name: 'cohort',
        project: 'DEMO-1',
        status: 'open',
        members: [
          { name: 'alice', rights: ['read', 'write', 'outbound'] },
          { name: 'bob', rights: ['read'] },
        ],
      },
    ]);
  });
});

describe('project', () => {
  test('list and show tell who answers for it, and which shares it owns', async () => {
    expect(await list('project', 'list')).toMatchObject([{ caseRef: 'DEMO-1', iao: 'alice' }]);
    const { answer } = await haven.json(['project', 'show', 'DEMO-1']);
    expect(answer).toMatchObject({ caseRef: 'DEMO-1', iao: 'alice', shares: [{ name: 'cohort' }] });
    const { stdout } = await haven.run(['project', 'show', 'DEMO-1']);
    expect(stdout).toMatch(/cohort +DEMO-1 +open +alice, bob/);
    expect((await haven.json(['project', 'show', 'NONE'])).answer).toMatchObject({
      error: { code: 'project-unknown' },
    });
  });
});

describe('share', () => {
  test('add makes its folder with the group and mode of the configuration, and remove closes it', async () => {
    const config = join(haven.dir, 'havengate.yaml');
    const before = await readFile(config, 'utf8');
    await writeFile(
      config,
      `${before}\nshares: [{ name: heart, mode: "0640", group: ${process.getgid?.()} }]\n`,
    );
    const added = await haven.json(['share', 'add', 'heart', '--project', 'DEMO-1']);
    await writeFile(config, before);
    expect(added.answer).toMatchObject({ name: 'heart', project: 'DEMO-1', status: 'open', members: [] });
    const folder = await stat(inShare('heart'));
    expect(folder.mode & 0o7777).toBe(0o2750);
    await haven.run(['share', 'member', 'add', 'heart', 'bob']);
    expect(await list('share', 'member', 'list', 'heart')).toEqual([
      { name: 'bob', rights: ['read', 'write'] },
    ]);
    const { code, stdout } = await haven.run(['share', 'remove', 'heart']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('its folder stays')]);
    expect((await stat(inShare('heart'))).isDirectory()).toBe(true);
    expect((await haven.json(['share', 'show', 'heart'])).answer).toMatchObject({
      status: 'closed',
      closedAt: expect.stringMatching(/Z$/),
    });
    for (const args of [
      ['share', 'remove', 'heart'],
      ['share', 'member', 'add', 'heart', 'alice'],
    ]) {
      expect((await haven.json(args)).answer, args.join(' ')).toMatchObject({
        error: { code: 'share-closed' },
      });
    }
  });

  test('add ends before there is a row when its group is unknown', async () => {
    const config = join(haven.dir, 'havengate.yaml');
    const before = await readFile(config, 'utf8');
    await writeFile(config, `${before}\nshares: [{ name: lung, group: no-such-group }]\n`);
    const { code, stderr } = await haven.run(['share', 'add', 'lung', '--project', 'DEMO-1']);
    await writeFile(config, before);
    expect(code).not.toBe(0);
    expect(stderr).toContain('there is no group "no-such-group"');
    expect((await haven.json(['share', 'show', 'lung'])).answer).toMatchObject({
      error: { code: 'share-unknown' },
    });
  });
});

describe('file move', () => {
  test('moves to the share, into a folder, and to a new name', async () => {
    const [one, two, three] = [await arrived('1.csv'), await arrived('2.csv'), await arrived('3.csv')];
    const moved = await haven.json(['file', 'move', one.id, '--to', 'cohort']);
    expect(moved.answer).toMatchObject({ state: 'shared', working: 'cohort/1.csv', done: true });
    expect(await readFile(inShare('cohort/1.csv'), 'utf8')).toBe('7 bytes');
    const { stdout } = await haven.run(['file', 'move', two.id, '--to', 'cohort/raw/deep/']);
    expect(stdout).toContain('moved to cohort/raw/deep/2.csv');
    await haven.run(['file', 'move', three.id, '--to', 'cohort/raw/deep']);
    expect(await readFile(inShare('cohort/raw/deep/3.csv'), 'utf8')).toBe('7 bytes');
    const four = await arrived('4.csv');
    await haven.run(['file', 'move', four.id, '--to', 'cohort/raw/new.csv']);
    expect(await readFile(inShare('cohort/raw/new.csv'), 'utf8')).toBe('7 bytes');
    const listed = await haven.run(['file', 'list', '--state', 'shared']);
    expect(listed.stdout).toContain('4.csv -> cohort/raw/new.csv');
    const custody = (await haven.json(['file', 'show', four.id])).answer['custody'] as Answer[];
    expect(custody.at(-1)).toMatchObject({ type: 'file-shared' });
  });

  test.each<[string, string, string, string]>([
    ['a name that is taken', 'cohort/taken', 'exists', 'nothing was overwritten'],
    ['no share', 'none', 'share-unknown', 'alice is a member of no open share "none"'],
    ['no path', '/x', 'share-unknown', 'open share ""'],
    ['a way out', 'cohort/../x', 'name-invalid', '".."'],
  ])('refuses %s, and leaves the file', async (name, to, code, words) => {
    await writeFile(inShare('cohort/taken'), 'theirs');
    const file = await arrived(`${name}.csv`);
    const refused = await haven.json(['file', 'move', file.id, '--to', to]);
    expect([refused.code, refused.answer]).toEqual([
      1,
      { error: { code, message: expect.stringContaining(words) } },
    ]);
    expect((await haven.json(['file', 'show', file.id])).answer).toMatchObject({ state: 'arrived' });
    expect(await readFile(inShare('cohort/taken'), 'utf8')).toBe('theirs');
  });

  test('is refused without the right, and under a hold', async () => {
    const file = await arrived('held.csv');
    await haven.run(['hold', 'place', '--file', file.id, '--reason', 'x', '--by', 'dana']);
    const held = await haven.json(['file', 'move', file.id, '--to', 'cohort']);
    expect(held.answer).toMatchObject({ error: { code: 'held-back' } });
    const other = await haven.copy();
    const free = await arrived('free.csv', other);
    await other.run(['share', 'member', 'add', 'cohort', 'alice', '--rights', 'read']);
    const refused = await other.json(['file', 'move', free.id, '--to', 'cohort']);
    expect(refused.answer).toMatchObject({
      error: { code: 'no-right', message: expect.stringContaining('alice has no right to write in cohort') },
    });
    await other.remove();
  });

  test('to another file system is begun, and says who ends it', async () => {
    const other = await haven.copy();
    const elsewhere = await mkdtemp('/dev/shm/havengate-app-');
    const shares = join(other.dir, 'data/shares');
    await cp(shares, elsewhere, { recursive: true });
    await rm(shares, { recursive: true });
    await symlink(elsewhere, shares);
    const file = await arrived('far.csv', other);
    const { stdout } = await other.run(['file', 'move', file.id, '--to', 'cohort']);
    expect(stdout).toContain('on its way to cohort/far.csv; a running daemon does it within a minute');
    expect((await other.json(['file', 'show', file.id])).answer).toMatchObject({
      state: 'moving',
      working: 'cohort/far.csv',
    });
    await other.remove();
    await rm(elsewhere, { recursive: true });
  });
});
