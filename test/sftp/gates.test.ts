import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { setAccountStatus } from '../../src/core/accounts/change-account.ts';
import { agreementOf, type SiteGates, type Standing } from '../../src/core/accounts/gates.ts';
import { acceptAgreement, recordInduction, recordTraining } from '../../src/core/accounts/record-standing.ts';
import { DAY } from '../../src/core/kit/clock.ts';
import { run, sftp, sshOptions } from './openssh.ts';
import { type OutsideDoor, openOutsideDoor, type Person } from './outside-door.ts';

const CONSOLE = { kind: 'console' } as const;
const AGREEMENT = agreementOf('Be careful.');
const ALL: Partial<SiteGates> = { training: true, agreement: AGREEMENT, induction: true };

let door: OutsideDoor;
let alice: Person;

async function open(gates: Partial<SiteGates>): Promise<void> {
  door = await openOutsideDoor({ gates, limits: { accountCheck: 20 } });
  alice = await door.addPerson('alice');
}

afterEach(() => door[Symbol.asyncDispose]());

const train = (expires: number | null) => recordTraining(door.intake, CONSOLE, 'alice', expires, null);
const induct = () => recordInduction(door.intake, CONSOLE, 'alice', Date.now(), null);
const agree = () =>
  acceptAgreement(door.intake, { account: alice.id, side: 'outside', door: 'portal' }, AGREEMENT.version);

describe('OpenSSH sftp', () => {
  test.each<[string, Partial<SiteGates>, Partial<Standing> | null, RegExp, () => Promise<unknown>]>([
    [
      'no training',
      { training: true },
      null,
      /no training of yours is recorded: take it/,
      () => train(Date.now() + DAY),
    ],
    [
      'training that is over',
      { training: true },
      { trainingExpires: Date.parse('2026-01-02T03:04:05Z') },
      /your training is over since 2026-01-02T03:04:05.*: take it again/,
      () => train(Date.now() + DAY),
    ],
    [
      'an agreement not accepted',
      { agreement: AGREEMENT },
      null,
      /not accepted the agreement: sign in to the portal/,
      agree,
    ],
    [
      'an agreement that has changed',
      { agreement: AGREEMENT },
      { agreed: { version: agreementOf('Be bold.').version, at: 1 } },
      /the agreement has changed since you accepted it/,
      agree,
    ],
    [
      'no induction',
      { induction: true },
      null,
      /no induction of yours is recorded: ask the data team/,
      induct,
    ],
  ])(
    'is refused in words for %s, and comes in once that is mended',
    async (_, gates, standing, words, mend) => {
      await open(gates);
      if (standing !== null) await door.intake.ledger.recordStanding(alice.id, standing, []);
      const refused = await sftp(door, alice, ['ls']);
      expect(refused.code).not.toBe(0);
      expect(refused.err).toMatch(/You may not transfer files yet: /);
      expect(refused.err).toMatch(words);
      await vi.waitFor(async () => {
        const rows = await door.intake.ledger.auditOf({ account: alice.id });
        expect(JSON.parse(rows.at(-1)?.entry ?? '{}')).toMatchObject({
          type: 'sign-in-refused',
          data: { reason: 'gate' },
        });
      });
      expect(await mend()).toMatchObject({ ok: true });
      expect(await sftp(door, alice, ['ls'])).toMatchObject({ code: 0, err: '' });
    },
  );

  test('tells all that is missing at once, and only to whoever has proven who they are', async () => {
    await open(ALL);
    const told = await sftp(door, alice, ['ls']);
    expect(told.err).toMatch(/no training.*not accepted.*no induction/);
    const bob = await door.addPerson('bob');
    const stranger = await sftp(door, { ...bob, name: 'alice' }, ['ls']);
    expect(stranger.code).not.toBe(0);
    expect(stranger.err).not.toMatch(/training|agreement|induction/);
    await setAccountStatus(door.intake, CONSOLE, 'alice', 'disabled');
    expect((await sftp(door, alice, ['ls'])).err).not.toMatch(/training|agreement|induction/);
  });

  test('is shown out in words in the middle of an upload when a gate closes, and goes on once it is open', async () => {
    await open({ training: true });
    await train(Date.now() + DAY);
    const path = join(door.folder, 'large.bin');
    writeFileSync(path, Buffer.alloc(4_000_000, 7));
    const slowly = [...sshOptions(door, alice), '-l', '8000', '-b', '-', 'alice@127.0.0.1'];
    const put = run('sftp', slowly, { input: `put ${path} large.bin\n` });
    await vi.waitFor(async () => {
      expect((await door.bytes(await door.file(alice, 'large.bin'))).length).toBeGreaterThan(200_000);
    }, 10_000);
    await train(null);
    const ended = await put;
    expect(ended.code).not.toBe(0);
    expect(ended.err).toContain('You may not transfer files now');
    expect(await door.file(alice, 'large.bin')).toMatchObject({ state: 'receiving' });
    await train(Date.now() + DAY);
    expect(await sftp(door, alice, [`reput ${path} large.bin`])).toMatchObject({ code: 0 });
    expect(await door.file(alice, 'large.bin')).toMatchObject({ state: 'received', size: 4_000_000 });
  });
});
