import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AccountName } from '../../src/core/accounts/account.ts';
import type { Custody } from '../../src/core/custody/custody.ts';
import { createHomeMemory, type HomeMemory } from '../../src/core/custody/drives/drives.ts';
import { sendDrops } from '../../src/core/custody/drives/send-drops.ts';
import type { CustodyFile } from '../../src/core/custody/file.ts';
import { sealFile } from '../../src/core/custody/outbound/seal-file.ts';
import type { Share } from '../../src/core/projects/project.ts';
import { collect, IS_ROOT } from '../zones/zone-fixtures.ts';
import { type DrivesSite, GRACE, makeDrivesSite } from './drives-site.ts';

const ALICE = 4321;
const STRANGER = 4322;

describe.runIf(IS_ROOT)('a file in the folder for drops of a share', () => {
  let site: DrivesSite;
  let share: Share;
  let memory: HomeMemory;

  beforeEach(async () => {
    site = await makeDrivesSite();
    share = await site.share('cohort', ['read', 'write', 'outbound']);
    site.users.set(ALICE, 'alice' as AccountName);
    memory = createHomeMemory(site.intake, policy());
    await look();
    await site.desktop('chmod 755 .. && chmod 777 outbound-drop/cohort');
  });

  afterEach(async () => site[Symbol.asyncDispose]());

  const policy = () => ({ grace: GRACE, users: site.users });
  const look = () => sendDrops(site.intake, policy(), share, memory);
  const leaving = () => site.ledger.listFiles({ leaving: true, limit: 10 });
  const dropped = async () => (await site.desktop('ls outbound-drop/cohort')).split('\n').filter(Boolean);

  async function lookTwice(): Promise<boolean> {
    await look();
    site.pass(GRACE);
    return await look();
  }

  /** What the queue would do: of a worker's parts this job needs none. */
  async function seal(file: CustodyFile | undefined): Promise<CustodyFile> {
    if (file === undefined) throw new Error('nothing is to be sealed');
    await sealFile(site.intake as Custody, file);
    return await site.file(file.id);
  }

  test('is sealed in the name of its owner, and then its name goes', async () => {
    await site.desktop('echo -n results > outbound-drop/cohort/table.csv', ALICE);
    expect(await lookTwice()).toBe(true);
    const [begun] = await leaving();
    expect(begun).toMatchObject({
      owner: site.alice.id,
      leavesBy: share.id,
      state: 'sealing',
      door: 'drives',
    });
    expect(await dropped()).toEqual(['table.csv']);
    expect(await look()).toBe(true);
    const sealed = await seal(begun);
    expect(sealed).toMatchObject({ state: 'sealed', size: 7 });
    expect((await collect(site.intake.zones.airlock.read(sealed.id))).toString()).toBe('results');
    expect(await look()).toBe(false);
    expect(await dropped()).toEqual([]);
    expect(await leaving()).toHaveLength(1);
    expect((await site.events(sealed.id))[0]).toMatchObject({
      type: 'sealing-begun',
      actor: { kind: 'account', account: site.alice.id, door: 'drives' },
    });
  });

  test('that is changed after its sealing began is sent again, and never lost', async () => {
    await site.desktop('echo -n one > outbound-drop/cohort/table.csv', ALICE);
    await lookTwice();
    const first = await seal((await leaving())[0]);
    await site.desktop('echo -n two > outbound-drop/cohort/table.csv', ALICE);
    await lookTwice();
    expect(await dropped()).toEqual(['table.csv']);
    const second = await seal((await leaving())[0]);
    expect(second.id).not.toBe(first.id);
    expect((await collect(site.intake.zones.airlock.read(second.id))).toString()).toBe('two');
    await look();
    expect(await dropped()).toEqual([]);
  });

  test('of nobody who is known, or may send, is left alone and said once', async () => {
    await site.desktop('echo 1 > outbound-drop/cohort/stray.csv', STRANGER);
    await lookTwice();
    await lookTwice();
    expect(site.log.of('drive-drop-left')).toMatchObject([{ fields: { uid: STRANGER } }]);
    await site.ledger.setMember(share.id, site.alice.id, ['read', 'write'], []);
    await site.desktop('echo 1 > outbound-drop/cohort/mine.csv', ALICE);
    await lookTwice();
    expect(await leaving()).toEqual([]);
    expect(await dropped()).toEqual(['mine.csv', 'stray.csv']);
    expect(site.log.of('drive-drop-left')).toHaveLength(2);
  });

  test('whose sender loses the right before it is sealed is not sent, and not tried again', async () => {
    await site.desktop('echo 1 > outbound-drop/cohort/mine.csv', ALICE);
    await lookTwice();
    await site.ledger.setMember(share.id, site.alice.id, ['read'], []);
    expect((await seal((await leaving())[0])).state).toBe('abandoned');
    await site.ledger.setMember(share.id, site.alice.id, ['read', 'outbound'], []);
    await lookTwice();
    expect(await leaving()).toHaveLength(1);
    expect(await dropped()).toEqual(['mine.csv']);
  });

  test('is never a link to something else', async () => {
    await site.desktop('echo secret > ../secret && ln -s ../../../secret outbound-drop/cohort/link.csv');
    await site.desktop(`chown -h ${ALICE} outbound-drop/cohort/link.csv`);
    await lookTwice();
    expect(await leaving()).toEqual([]);
  });
});
