import { existsSync } from 'node:fs';
import { open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../src/core/kit/clock.ts';
import { startDaemon } from '../support/daemon.ts';
import type { ListedFile } from '../support/listed-file.ts';
import { makeRetentionSite, type RetentionSite } from '../support/retention-site.ts';
import { eventually } from '../support/wait.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

interface Plan {
  readonly id: string;
  readonly files: number;
  readonly of: number;
  readonly needsConfirmation: boolean;
  readonly due?: readonly { readonly id: string; readonly outcome: string }[];
}

/** A site with files of alice (and bob), which arrived at `start`. */
async function siteWith(alice: readonly string[], bob: readonly string[] = []) {
  const haven = await makeRetentionSite();
  const daemon = await startDaemon(haven.site);
  const start = haven.time.now();
  const files = new Map<string, ListedFile>();
  try {
    for (const file of await haven.arrive(daemon, 'alice', alice)) files.set(file.name, file);
    if (bob.length > 0) for (const file of await haven.arrive(daemon, 'bob', bob)) files.set(file.name, file);
  } finally {
    await daemon.end('SIGTERM');
  }
  const end = haven.time.now();
  const idOf = (name: string) => files.get(name)?.id ?? '';
  return { haven, files, idOf, start, end };
}

/** The installation keeps every promise. */
async function expectSound({ site }: RetentionSite): Promise<void> {
  expect(await site.havengate('doctor')).toMatchObject({ code: 0, stderr: '' });
  expect(await site.havengate('audit', 'verify')).toMatchObject({ code: 0 });
}

describe('the way of two files to their end', () => {
  let scene: Awaited<ReturnType<typeof siteWith>>;
  beforeAll(async () => {
    scene = await siteWith(['one.csv', 'two.csv']);
  });
  afterAll(() => scene?.haven.remove());

  test('22 days and 23 h 59 min: nobody is warned', async () => {
    const { haven, start } = scene;
    expect(await haven.visit(start + 23 * DAY - MINUTE)).toMatchObject({ warned: 0, due: 0 });
  });

  test('7 days before: one mail warns of both, once', async () => {
    const { haven, end, files } = scene;
    await haven.visit(end + 23 * DAY + MINUTE, async (_, looked) => {
      expect(looked).toMatchObject({ warned: 2, due: 0 });
      await eventually('the mail', async () => (await haven.mails('About to be destroyed')).length > 0);
    });
    expect(await haven.visit(end + 23 * DAY + 2 * MINUTE)).toMatchObject({ warned: 0 });
    const mails = await haven.mails('About to be destroyed');
    expect(mails).toHaveLength(1);
    expect(mails[0]).toContain('2 files about to be destroyed');
    for (const { name, sha256 } of files.values()) {
      expect(mails[0]).toContain(name);
      expect(mails[0]).toContain(sha256);
    }
  });

  test('1 day before: a second mail, once', async () => {
    const { haven, end } = scene;
    await haven.visit(end + 29 * DAY + MINUTE, async (_, looked) => {
      expect(looked).toMatchObject({ warned: 2, due: 0 });
      await eventually('the mail', async () => (await haven.mails('About to be destroyed')).length === 2);
    });
    expect(await haven.visit(end + 29 * DAY + 2 * MINUTE)).toMatchObject({ warned: 0 });
    expect(await haven.mails('About to be destroyed')).toHaveLength(2);
  });

  test('29 days, 23 h and 59 min: nothing is destroyed', async () => {
    const { haven, start } = scene;
    expect(await haven.visit(start + 30 * DAY - MINUTE)).toMatchObject({ warned: 0, due: 0, begun: 0 });
    expect(await readFile(haven.arrivals('alice', 'one.csv'), 'utf8')).toContain('the bytes of one.csv');
  });

  test('after 30 days: both are destroyed, and certified in a mail that verifies offline', async () => {
    const { haven, end, files, idOf } = scene;
    const { site, work } = haven;
    await haven.visit(end + 30 * DAY + MINUTE, async (_, looked) => {
      expect(looked).toMatchObject({ due: 2, begun: 2 });
      for (const name of files.keys()) await haven.becomes(idOf(name), 'destroyed');
      await eventually('the mail', async () => (await haven.mails('Destroyed:')).length > 0);
    });
    const path = join(work, 'certificate.json');
    for (const { id, name, sha256 } of files.values()) {
      expect(existsSync(haven.arrivals('alice', name))).toBe(false);
      const exported = await site.havengate('certificate', 'export', id);
      await writeFile(path, exported.stdout);
      const key = join(site.dir, 'keys/certificate-public.pem');
      expect(await site.json('certificate', 'verify', path, '--key', key)).toMatchObject({
        valid: true,
        certificate: {
          file: { id, path: name, sha256 },
          owner: { name: 'alice' },
          rule: 'arrivals/v1',
          method: 'unlink',
          linkCount: 0,
        },
      });
      await writeFile(path, exported.stdout.replace('"unlink"', '"shred"'));
      expect(await site.havengate('certificate', 'verify', path)).toMatchObject({ code: 1 });
    }
    const mails = (await haven.mails('Destroyed:')).join('\n');
    expect(mails.match(/cert_[0-9a-z]{26}\.json/g)).not.toBeNull();
    await expectSound(haven);
  });
});

describe('a clock that is wrong', () => {
  let scene: Awaited<ReturnType<typeof siteWith>>;
  beforeAll(async () => {
    scene = await siteWith(['clock.csv', 'second.csv']);
  });
  afterAll(() => scene?.haven.remove());

  test('jumps 31 days ahead while the daemon runs: nothing is destroyed until somebody accepts it', async () => {
    const { haven, idOf } = scene;
    const { site, time } = haven;
    await time.setAhead(0);
    const daemon = await startDaemon(site);
    try {
      await time.setAhead(31 * DAY);
      expect(await daemon.logged('clock-suspect')).toMatchObject({ level: 'error' });
      expect(await site.json('clock', 'show')).toMatchObject({ suspect: true });
      const run = await site.havengate('retention', 'run', '--json');
      expect([run.code, JSON.parse(run.stdout)]).toMatchObject([1, { error: { code: 'clock-suspect' } }]);
      expect((await site.havengate('doctor')).stdout).toContain('the clock is suspect');
      expect((await haven.file(idOf('clock.csv'))).state).toBe('arrived');
      expect(existsSync(haven.arrivals('alice', 'clock.csv'))).toBe(true);

      // Set right again: a jump too, and still nothing goes.
      await time.setAhead(0);
      await daemon.logged('clock-suspect', (line) => String(line['why']).includes('back'));
      expect(await site.json('clock', 'accept')).toMatchObject({ accepted: true });
      expect(await site.json('retention', 'run')).toMatchObject({ begun: 0 });
      expect((await haven.file(idOf('clock.csv'))).state).toBe('arrived');
    } finally {
      await daemon.end('SIGTERM');
    }
  });

  test('jumps a day back while the daemon runs', async () => {
    const { haven, idOf } = scene;
    const { site, time } = haven;
    const daemon = await startDaemon(site);
    try {
      await time.setAhead(-DAY);
      await daemon.logged('clock-suspect');
      expect((await haven.file(idOf('clock.csv'))).state).toBe('arrived');
    } finally {
      await time.setAhead(0);
      await daemon.end('SIGTERM');
    }
    expect(await site.json('clock', 'accept')).toMatchObject({ accepted: true });
  });

  test.each([
    ['1970', Date.UTC(1970, 0, 2)],
    ['2099', Date.UTC(2099, 5, 1)],
  ])('is in %s at the start', async (_, instant) => {
    const { haven, idOf } = scene;
    const { site, time } = haven;
    await time.setTo(instant);
    const daemon = await startDaemon(site);
    try {
      expect(await daemon.logged('clock-suspect')).toMatchObject({ level: 'error' });
      expect(await daemon.logged('retention-refused')).toMatchObject({ refusal: 'clock-suspect' });
    } finally {
      await daemon.end('SIGTERM');
    }
    await time.setAhead(0);
    const again = await startDaemon(site);
    try {
      expect(await again.logged('clock-suspect')).toMatchObject({ level: 'error' });
      expect(await site.json('clock', 'accept')).toMatchObject({ accepted: true });
    } finally {
      await again.end('SIGTERM');
    }
    expect((await haven.file(idOf('clock.csv'))).state).toBe('arrived');
  });

  test('goes on when it was accepted', async () => {
    const { haven, idOf, end } = scene;
    const { site, time } = haven;
    expect(await site.json('clock', 'accept')).toMatchObject({ accepted: false });
    const daemon = await startDaemon(site);
    try {
      await time.setTo(end + 31 * DAY);
      await daemon.logged('clock-suspect');
      expect(await site.json('clock', 'accept')).toMatchObject({ accepted: true });
      expect(await site.json('retention', 'run')).toMatchObject({ begun: 2, daemonTold: true });
      await haven.becomes(idOf('clock.csv'), 'destroyed');
    } finally {
      await daemon.end('SIGTERM');
    }
    await expectSound(haven);
  });
});

describe('a hold', () => {
  let scene: Awaited<ReturnType<typeof siteWith>>;
  beforeAll(async () => {
    scene = await siteWith(['held.csv', 'free.csv'], ['bob.csv']);
  });
  afterAll(() => scene?.haven.remove());

  const place = (scene_: typeof scene, ...target: string[]) =>
    scene_.haven.site.json<{ id: string }>('hold', 'place', '--by', 'dana', '--reason', 'audit', ...target);

  test('on a file, a person or a project keeps what it covers, until it is lifted', async () => {
    const { haven, idOf, end } = scene;
    const { site } = haven;
    const onFile = await place(scene, '--file', idOf('held.csv'));
    const onBob = await place(scene, '--account', 'bob');
    const onProject = await place(scene, '--project', 'DEMO-1');
    expect(await haven.visit(end + 31 * DAY)).toMatchObject({ due: 0 });
    const lift = (hold: string) =>
      site.havengate('hold', 'lift', hold, '--by', 'olly', '--reason', 'it is over');
    expect(await lift(onProject.id)).toMatchObject({ code: 0 });
    await haven.visit(end + 31 * DAY + HOUR, async (_, looked) => {
      expect(looked).toMatchObject({ due: 1, begun: 1 });
      await haven.becomes(idOf('free.csv'), 'destroyed');
    });
    const refused = await site.havengate('file', 'remove', idOf('held.csv'), '--by', 'alice', '--json');
    expect([refused.code, JSON.parse(refused.stdout)]).toMatchObject([1, { error: { code: 'held-back' } }]);
    expect(existsSync(haven.arrivals('alice', 'held.csv'))).toBe(true);
    for (const hold of [onFile, onBob]) expect(await lift(hold.id)).toMatchObject({ code: 0 });
    expect(await site.json('hold', 'list')).toEqual([]);
    expect(await site.json('hold', 'list', '--all')).toHaveLength(3);
    await haven.visit(end + 31 * DAY + 2 * HOUR, async (_, looked) => {
      expect(looked).toMatchObject({ begun: 2 });
      await haven.becomes(idOf('held.csv'), 'destroyed');
      await haven.becomes(idOf('bob.csv'), 'destroyed');
    });
    await expectSound(haven);
  });
});

describe('a large purge', () => {
  const names = Array.from({ length: 25 }, (_, i) => `many-${i}.csv`);
  let scene: Awaited<ReturnType<typeof siteWith>>;
  beforeAll(async () => {
    scene = await siteWith(names);
  });
  afterAll(() => scene?.haven.remove());

  test('stops and asks; a changed plan is refused, the new one goes', async () => {
    const { haven, idOf, end } = scene;
    const { site } = haven;
    await haven.visit(end + 31 * DAY, async (daemon, looked) => {
      expect(looked).toMatchObject({ event: 'retention-refused', refusal: 'needs-confirmation' });
      expect(daemon.log.some((line) => line.event === 'retention-stopped')).toBe(true);
      const plan = await site.json<Plan>('retention', 'plan', '--files');
      expect(plan).toMatchObject({ files: 25, of: 25, needsConfirmation: true });
      expect(plan.due).toHaveLength(25);
      expect(await site.havengate('retention', 'run')).toMatchObject({ code: 1 });
      await place(haven, idOf('many-3.csv'));
      const changed = await site.havengate('retention', 'run', '--confirm', plan.id, '--json');
      expect([changed.code, JSON.parse(changed.stdout)]).toMatchObject([
        1,
        { error: { code: 'plan-changed' } },
      ]);
      expect(existsSync(haven.arrivals('alice', 'many-0.csv'))).toBe(true);
      const again = await site.json<Plan>('retention', 'plan');
      expect(again.files).toBe(24);
      expect(await site.json('retention', 'run', '--confirm', again.id)).toMatchObject({ begun: 24 });
      for (const name of names.filter((one) => one !== 'many-3.csv')) {
        await haven.becomes(idOf(name), 'destroyed');
      }
    });
    expect((await haven.file(idOf('many-3.csv'))).state).toBe('arrived');
    await expectSound(haven);
  });

  const place = (haven: RetentionSite, file: string) =>
    haven.site.json('hold', 'place', '--by', 'dana', '--reason', 'wanted', '--file', file);
});

describe('what is destroyed', () => {
  let scene: Awaited<ReturnType<typeof siteWith>>;
  beforeAll(async () => {
    scene = await siteWith(['read.csv', 'replaced.csv', 'removed.csv'], ['locked-out.csv']);
  });
  afterAll(() => scene?.haven.remove());

  test('is removed by its holder at any time, and by nobody else', async () => {
    const { haven, idOf } = scene;
    const { site } = haven;
    await haven.visit(scene.end, async () => {
      const other = await site.havengate('file', 'remove', idOf('removed.csv'), '--by', 'bob', '--json');
      expect([other.code, JSON.parse(other.stdout)]).toMatchObject([1, { error: { code: 'not-holder' } }]);
      expect(await site.json('file', 'remove', idOf('removed.csv'), '--by', 'alice')).toMatchObject({
        state: 'removed',
        daemonTold: true,
      });
      await eventually('it is gone', async () => !existsSync(haven.arrivals('alice', 'removed.csv')));
    });
  });

  test('stays readable for who has it open; a path that another file has is left alone, and held', async () => {
    const { haven, idOf, end } = scene;
    const { site } = haven;
    await site.json('account', 'disable', 'bob');
    const reader = await open(haven.arrivals('alice', 'read.csv'));
    const replaced = haven.arrivals('alice', 'replaced.csv');
    await rename(replaced, join(site.dir, 'taken-away.csv'));
    await writeFile(replaced, 'somebody else wrote this\n');
    try {
      await haven.visit(end + 30 * DAY + HOUR, async (_, looked) => {
        expect(looked).toMatchObject({ due: 3, begun: 2, extended: 1 });
        await haven.becomes(idOf('read.csv'), 'destroyed');
        await haven.becomes(idOf('replaced.csv'), 'held');
      });
      expect(existsSync(haven.arrivals('alice', 'read.csv'))).toBe(false);
      expect(await reader.readFile('utf8')).toBe('the bytes of read.csv\n');
    } finally {
      await reader.close();
    }
    expect(await readFile(replaced, 'utf8')).toBe('somebody else wrote this\n');
    expect(await haven.file(idOf('replaced.csv'))).toMatchObject({ reason: 'bytes-differ' });
  });

  test('waits once for a holder who is locked out, and the owner of their project is told', async () => {
    const { haven, idOf, end } = scene;
    const { expiresAt } = await haven.file(idOf('locked-out.csv'));
    expect(Date.parse(expiresAt ?? '')).toBeGreaterThanOrEqual(end + 60 * DAY);
    await haven.visit(end + 59 * DAY + 23 * HOUR, async () => {
      await eventually('a mail to alice', async () =>
        (await haven.mails('alice@example.org', 'given more time')).some((mail) =>
          mail.includes('locked-out.csv'),
        ),
      );
    });
    expect((await haven.file(idOf('locked-out.csv'))).state).toBe('arrived');
    await haven.visit(end + 60 * DAY + 3 * HOUR, async (_, looked) => {
      expect(looked).toMatchObject({ begun: 1, extended: 0 });
      await haven.becomes(idOf('locked-out.csv'), 'destroyed');
    });
  });
});
