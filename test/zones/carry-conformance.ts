import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync, renameSync } from 'node:fs';
import {
  chown,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Carriage, CarryOutcome } from '../../src/core/custody/shares/ports.ts';
import type { Zones } from '../../src/core/custody/zone-ports.ts';
import { type Failpoint, onFailpoint } from '../../src/core/kit/failpoint.ts';
import { arrived, everything, exists } from './share-fixtures.ts';
import { arrivalPath, bytesOf, digest, IS_ROOT, PUBLISHED, SHARES } from './zone-fixtures.ts';
import type { Layout } from './zones-conformance.ts';

const MIB = 1024 * 1024;
const GROUP = SHARES.attributesOf().gid;

/** What every layout has to do when files are carried. `copies`: the share is on another file system than Arrivals. */
export function describeCarrying(name: string, copies: boolean, arrange: () => Promise<Layout>): void {
  describe(`carrying on ${name}`, () => {
    let layout: Layout;
    let zones: Zones;

    beforeEach(async () => {
      layout = await arrange();
      zones = layout.zones;
      await zones.shares.make('cohort');
    });

    afterEach(async () => {
      onFailpoint(null);
      await layout.remove();
    });

    const inArrivals = (...names: string[]): string => join(layout.data, 'arrivals', 'alice', ...names);
    const inShare = (...names: string[]): string => join(layout.data, 'shares', 'cohort', ...names);
    const scan = (): string => inShare('wave 1', 'scan.csv');
    const arrival = (): string => inArrivals('raw', 'scan.csv');
    const inAirlock = (file: string): string => join(layout.data, 'airlock', 'files', file);
    const carry = (carriage: Carriage): Promise<CarryOutcome> =>
      zones.shares.carry(carriage, () => undefined);
    const incoming = async (): Promise<string[]> =>
      (await exists(inShare('.havengate-incoming'))) ? await readdir(inShare('.havengate-incoming')) : [];
    const left = async (): Promise<string[]> => [
      ...(await incoming()),
      ...(await readdir(join(layout.data, 'airlock', 'doomed'))),
      ...(await readdir(join(layout.data, 'airlock', 'files'))),
    ];

    /** Resolves when this process has the file open. */
    async function whileOpen(path: string): Promise<void> {
      const { ino, dev } = await lstat(path);
      const isOpen = async (fd: string): Promise<boolean> => {
        const handle = await lstat(readlinkSync(`/proc/self/fd/${fd}`)).catch(() => null);
        return handle?.ino === ino && handle.dev === dev;
      };
      const open = async (): Promise<boolean> => {
        const all = readdirSync('/proc/self/fd').map((fd) => isOpen(fd).catch(() => false));
        return (await Promise.all(all)).includes(true);
      };
      while (!(await open())) await setImmediate();
    }

    test('knows whether files can be linked', async () => {
      expect(await zones.shares.canLink('cohort')).toBe(!copies);
      expect(await everything(inShare())).toEqual([]);
    });

    test('gives the bytes a name in the share first, then takes the old one and gives mode and group', async () => {
      const points: string[] = [];
      const carriage = await arrived(zones, bytesOf(2_500_000));
      const { ino } = await lstat(arrival());
      onFailpoint((point) => points.push(point));
      expect(await carry(carriage)).toBe('carried');
      expect(points).toEqual(['move.folder-made', 'move.linked', 'move.folder-synced']);
      expect(digest(await readFile(scan()))).toBe(carriage.sha256);
      expect((await lstat(arrival())).mode & 0o777).toBe(PUBLISHED.mode);
      // Whoever could write to it now would write to Arrivals.
      expect((await lstat(scan())).mode & 0o022).toBe(0);
      expect((await lstat(inShare('wave 1'))).mode & 0o7777).toBe(0o2770);
      expect((await lstat(inShare('wave 1'))).gid).toBe(GROUP);

      await zones.shares.finishCarrying(carriage);
      expect(points.slice(3)).toEqual(['move.source-unlinked', 'move.attributes-set']);
      const stats = await lstat(scan());
      expect([stats.mode & 0o777, stats.gid, stats.nlink]).toEqual([0o660, GROUP, 1]);
      expect(stats.ino === ino).toBe(!copies);
      expect(digest(await readFile(scan()))).toBe(carriage.sha256);
      expect(await readdir(inArrivals())).toEqual([]);
      expect(await left()).toEqual([]);
    });

    test('finds its own work again, in another process, at every step', async () => {
      const steps: Failpoint[] = [
        'move.folder-made',
        'move.linked',
        'move.folder-synced',
        'move.source-unlinked',
        'move.attributes-set',
      ];
      for (const step of steps) {
        const carriage = await arrived(zones, bytesOf(100_000), arrivalPath('scan.csv', step));
        const run = async (): Promise<void> => {
          expect(await carry(carriage)).toBe('carried');
          await zones.shares.finishCarrying(carriage);
        };
        onFailpoint((point) => {
          if (point === step) throw new Error('crash');
        });
        await expect(run()).rejects.toThrow('crash');
        onFailpoint(null);
        zones = await layout.reopen();
        await run();
        await run();
        const stats = await lstat(inShare(step, 'scan.csv'));
        expect([stats.mode & 0o777, stats.gid, stats.nlink]).toEqual([0o660, GROUP, 1]);
        expect(digest(await readFile(inShare(step, 'scan.csv')))).toBe(carriage.sha256);
        expect(await readdir(inArrivals())).toEqual([]);
        expect(await left()).toEqual([]);
      }
    });

    test('clears the copy that a dead process left, before and after it got its name', async () => {
      const carriage = await arrived(zones, bytesOf(100_000));
      await zones.shares.canLink('cohort');
      const copy = inShare('.havengate-incoming', `${carriage.file}-0123456789abcdef`);
      await writeFile(copy, 'half a co');
      expect(await carry(carriage)).toBe('carried');
      // Nothing is copied where files are linked, and nothing is looked for.
      expect(await exists(copy)).toBe(!copies);
      await rm(copy, { force: true });
      if (copies) await link(scan(), copy);
      zones = await layout.reopen();
      expect(await carry(carriage)).toBe('carried');
      await zones.shares.finishCarrying(carriage);
      expect((await lstat(scan())).nlink).toBe(1);
      expect((await lstat(scan())).mode & 0o777).toBe(0o660);
    });

    test('never replaces what has the name, whatever it is, and leaves Arrivals as it was', async () => {
      const carriage = await arrived(zones, bytesOf(100));
      await mkdir(inShare('wave 1'));
      const occupants: [string, () => unknown][] = [
        ['a file', () => writeFile(scan(), 'the work of a week')],
        ['other bytes of the same size', () => writeFile(scan(), Buffer.alloc(100))],
        ['a folder', () => mkdir(scan())],
        ['a dangling link', () => symlink('/nowhere', scan())],
        ['a link to the bytes', () => symlink(arrival(), scan())],
        ['a pipe', () => execFileSync('mkfifo', [scan()])],
      ];
      for (const [what, make] of occupants) {
        await make();
        const { ino } = await lstat(scan());
        expect(await carry(carriage), what).toBe('name-occupied');
        expect((await lstat(scan())).ino).toBe(ino);
        expect(digest(await readFile(arrival()))).toBe(carriage.sha256);
        await rm(scan(), { recursive: true });
      }
      expect(await carry(carriage)).toBe('carried');
    });

    test('never goes through a link or a file in place of a folder', async () => {
      const elsewhere = join(layout.data, 'elsewhere');
      await mkdir(elsewhere);
      const carriage = await arrived(zones, bytesOf(100));
      await symlink(elsewhere, inShare('wave 1'));
      expect(await carry(carriage)).toBe('name-occupied');
      expect(await carry({ ...carriage, to: arrivalPath('x', 'wave 1/deep') })).toBe('name-occupied');
      await unlink(inShare('wave 1'));
      await writeFile(inShare('wave 1'), '');
      expect(await carry(carriage)).toBe('name-occupied');
      expect(await readdir(elsewhere)).toEqual([]);
    });

    test('goes nowhere when the folder turns into a link and back, at any instant', async () => {
      const elsewhere = join(layout.data, 'elsewhere');
      await mkdir(elsewhere);
      await mkdir(inShare('real'));
      let done = false;
      const spot = inShare('spot');
      const swap = async (): Promise<void> => {
        await rename(inShare('real'), spot);
        await rename(spot, inShare('real'));
        await symlink(elsewhere, spot);
        await unlink(spot);
      };
      const swapping = (async () => {
        // The carrying makes the folder where it is missing: then it is in the way of the link.
        while (!done) await swap().catch(() => rm(spot, { recursive: true, force: true }));
      })();
      const carriage = await arrived(zones, bytesOf(100));
      for (let round = 0; round < 60; round++) {
        const to = arrivalPath(`scan ${round}`, 'spot');
        // A folder that is made, and gone before it can be opened, is a fault: the job is tried again.
        await carry({ ...carriage, to }).catch(() => undefined);
      }
      done = true;
      await swapping;
      expect(await readdir(elsewhere)).toEqual([]);
      expect(digest(await readFile(arrival()))).toBe(carriage.sha256);
    });

    test('says when Arrivals holds nothing, no file, or something else', async () => {
      const carriage = await arrived(zones, bytesOf(100));
      await unlink(arrival());
      expect(await carry(carriage)).toBe('bytes-missing');
      await symlink('/etc/passwd', arrival());
      expect(await carry(carriage)).toBe('bytes-missing');
      await unlink(arrival());
      await writeFile(arrival(), 'other');
      expect(await carry(carriage)).toBe('bytes-differ');
      await rm(inArrivals('raw'), { recursive: true });
      expect(await carry(carriage)).toBe('bytes-missing');
      expect(await everything(inShare())).toEqual([]);
    });

    test.runIf(IS_ROOT)(
      'copies what somebody else has put into Arrivals, and compares its bytes (only root can give a file to another user)',
      async () => {
        const carriage = await arrived(zones, bytesOf(100_000));
        await chown(arrival(), 65534, 65534);
        expect(await carry({ ...carriage, sha256: digest(bytesOf(3)) })).toBe('bytes-differ');
        expect(await everything(inShare())).toEqual(['wave 1']);
        expect(await carry(carriage)).toBe('carried');
        expect((await lstat(scan())).uid).toBe(process.getuid?.());
        expect((await lstat(scan())).nlink).toBe(1);
        await zones.shares.finishCarrying(carriage);
        expect(await exists(arrival())).toBe(false);
        expect((await lstat(scan())).mode & 0o777).toBe(0o660);
      },
    );

    test('copies a file that has a name which nobody knows: it would be a way to write to it', async () => {
      const carriage = await arrived(zones, bytesOf(1000));
      const other = join(layout.data, 'other-name');
      await link(arrival(), other);
      expect(await carry(carriage)).toBe('carried');
      await zones.shares.finishCarrying(carriage);
      expect((await lstat(other)).ino).not.toBe((await lstat(scan())).ino);
      expect((await lstat(other)).mode & 0o777).toBe(PUBLISHED.mode);
      expect((await lstat(scan())).mode & 0o777).toBe(0o660);
      expect(await exists(arrival())).toBe(false);
    });

    test("takes the airlock's name as well, when it was never cleared", async () => {
      const carriage = await arrived(zones, bytesOf(1000));
      await link(arrival(), inAirlock(carriage.file));
      expect(await carry(carriage)).toBe('carried');
      await zones.shares.finishCarrying(carriage);
      const stats = await lstat(scan());
      expect([stats.nlink, stats.mode & 0o777]).toEqual([1, 0o660]);
      expect(await left()).toEqual([]);
    });

    test('leaves a file under its id in the airlock that has other bytes', async () => {
      const carriage = await arrived(zones, bytesOf(1000));
      await writeFile(inAirlock(carriage.file), 'other');
      expect(await carry(carriage)).toBe('carried');
      await zones.shares.finishCarrying(carriage);
      expect(await readFile(inAirlock(carriage.file), 'utf8')).toBe('other');
    });

    test('leaves alone what has taken the name in Arrivals since', async () => {
      const carriage = await arrived(zones, bytesOf(1000));
      expect(await carry(carriage)).toBe('carried');
      for (const other of ['other', Buffer.alloc(1000)]) {
        await rm(arrival(), { force: true });
        await writeFile(arrival(), other);
        await zones.shares.finishCarrying(carriage);
        expect((await readFile(arrival())).equals(Buffer.from(other))).toBe(true);
      }
      expect((await lstat(scan())).mode & 0o777).toBe(0o660);
      expect(await left()).toEqual([]);
    });

    test('puts back what was swapped in while the name in Arrivals was read', async () => {
      const carriage = await arrived(zones, bytesOf(24 * MIB));
      expect(await carry(carriage)).toBe('carried');
      // Another process knows nothing of the carriage: it reads all of the file first.
      await rename(scan(), inShare('moved.csv'));
      zones = await layout.reopen();
      await writeFile(inArrivals('theirs'), 'the work of a week');
      const { ino } = await lstat(inArrivals('theirs'));
      const finishing = zones.shares.finishCarrying(carriage);
      await whileOpen(arrival());
      renameSync(arrival(), inArrivals('mine'));
      renameSync(inArrivals('theirs'), arrival());
      await finishing;
      expect((await lstat(arrival())).ino).toBe(ino);
      expect(digest(await readFile(inArrivals('mine')))).toBe(carriage.sha256);
      expect(await left()).toEqual([]);
    });

    test('takes up what a crash left between the rename and the unlink, and gives back what is not ours', async () => {
      const carriage = await arrived(zones, bytesOf(1000));
      const aside = join(layout.data, 'airlock', 'doomed', `${carriage.file}-carried`);
      expect(await carry(carriage)).toBe('carried');
      await rename(arrival(), aside);
      zones = await layout.reopen();
      await zones.shares.finishCarrying(carriage);
      expect(await left()).toEqual([]);
      expect((await lstat(scan())).mode & 0o777).toBe(0o660);
      await mkdir(inArrivals('raw'));
      await writeFile(aside, 'the work of a week');
      await zones.shares.finishCarrying(carriage);
      expect(await readFile(arrival(), 'utf8')).toBe('the work of a week');
      await writeFile(aside, 'of another');
      await zones.shares.finishCarrying(carriage);
      expect(await readFile(arrival(), 'utf8')).toBe('the work of a week');
      expect(await readFile(`${aside}-replaced`, 'utf8')).toBe('of another');
    });

    test('lets people do with the working file what they like, before it is finished and after', async () => {
      const deleted = await arrived(zones, bytesOf(1000));
      expect(await carry(deleted)).toBe('carried');
      await unlink(scan());
      await zones.shares.finishCarrying(deleted);
      expect(await readdir(inArrivals())).toEqual([]);
      expect(await everything(inShare())).toEqual(['wave 1']);

      const replaced = await arrived(zones, bytesOf(1000));
      expect(await carry(replaced)).toBe('carried');
      await writeFile(inShare('theirs'), 'theirs', { mode: 0o600 });
      await rename(inShare('theirs'), scan());
      zones = await layout.reopen();
      await zones.shares.finishCarrying(replaced);
      expect(await readFile(scan(), 'utf8')).toBe('theirs');
      expect((await lstat(scan())).mode & 0o777).toBe(0o600);

      const changed = await arrived(zones, bytesOf(1000), arrivalPath('changed.csv'));
      expect(await carry(changed)).toBe('carried');
      await zones.shares.finishCarrying(changed);
      await writeFile(inShare('changed.csv'), 'changed');
      await zones.shares.finishCarrying(changed);
      expect(await readFile(inShare('changed.csv'), 'utf8')).toBe('changed');
    });

    test('a file that got another name in the share keeps the mode it had: two names, one mode', async () => {
      const carriage = await arrived(zones, bytesOf(1000));
      expect(await carry(carriage)).toBe('carried');
      await link(scan(), inShare('second.csv'));
      await zones.shares.finishCarrying(carriage);
      expect((await lstat(scan())).mode & 0o022).toBe(0);
      expect(await exists(arrival())).toBe(false);
    });

    test('tells how far a copy is, at most once for each 64 MiB', async () => {
      const carriage = await arrived(zones, Buffer.alloc(130 * MIB + 1));
      const told: number[] = [];
      expect(await zones.shares.carry(carriage, (bytes) => told.push(bytes))).toBe('carried');
      expect(told).toEqual(copies ? [64 * MIB, 128 * MIB] : []);
    });

    test('carries an empty file', async () => {
      const carriage = await arrived(zones, Buffer.alloc(0));
      expect(await carry(carriage)).toBe('carried');
      await zones.shares.finishCarrying(carriage);
      expect((await lstat(scan())).size).toBe(0);
    });

    test('is one at a time for one file', async () => {
      const carriage = await arrived(zones, bytesOf(MIB));
      const both = await Promise.allSettled([carry(carriage), carry(carriage)]);
      expect(both[0]).toMatchObject({ value: 'carried' });
      expect(both[1]).toMatchObject({ reason: { code: 'EBUSY' } });
    });

    test('by two processes at once ends with one file', async () => {
      const carriage = await arrived(zones, bytesOf(MIB));
      const other = await layout.reopen();
      const both = await Promise.allSettled([carry(carriage), other.shares.carry(carriage, () => undefined)]);
      expect(both.filter((one) => one.status === 'fulfilled' && one.value === 'carried')).not.toHaveLength(0);
      expect(await carry(carriage)).toBe('carried');
      await Promise.all([zones.shares.finishCarrying(carriage), other.shares.finishCarrying(carriage)]);
      await zones.shares.finishCarrying(carriage);
      expect(digest(await readFile(scan()))).toBe(carriage.sha256);
      expect(await everything(inShare())).toEqual(['wave 1', 'wave 1/scan.csv']);
    });

    test('refuses paths that are no plain names, and a share that has no folder', async () => {
      const carriage = await arrived(zones, bytesOf(10));
      for (const to of [
        arrivalPath('..'),
        arrivalPath('x', '../other'),
        arrivalPath('.havengate-incoming'),
        arrivalPath('x', '.havengate-incoming'),
      ])
        await expect(carry({ ...carriage, to })).rejects.toThrow('plain names');
      await expect(carry({ ...carriage, share: 'unmade' })).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await exists(inShare('..', 'unmade'))).toBe(false);
    });

    test('whoever is reading in Arrivals goes on reading', async () => {
      const carriage = await arrived(zones, bytesOf(MIB));
      await using reader = await open(arrival(), 'r');
      expect(await carry(carriage)).toBe('carried');
      await zones.shares.finishCarrying(carriage);
      expect(digest(await reader.readFile())).toBe(carriage.sha256);
    });
  });
}
