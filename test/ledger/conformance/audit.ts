import { expect, test } from 'vitest';
import { verifyAudit } from '../../../src/core/audit/verify.ts';
import { newId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import { NOW, receive, record, unwritable } from '../fixtures.ts';

/** The log: complete, gapless, guarded, and found out when somebody was at it. */
export function describeAudit(scene: Scene): void {
  test('rows are numbered from 0 without a gap, whoever appends', async () => {
    const ledgers = [scene.ledger, scene.other];
    await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        ledgers[i % 2]!.appendAudit([record('signed-in'), record('signed-in')]),
      ),
    );
    const rows = await scene.ledger.readAudit(0, 10_000);
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i));
    expect((await scene.other.auditHead()).size).toBe(rows.length);
    expect((await verifyAudit(scene.ledger)).faults).toEqual([]);
  });

  test("the log's last time is that of its newest row, and an empty log has none", async () => {
    const house = await scene.build();
    try {
      const ledger = await house.open();
      expect(await ledger.lastAuditTime()).toBeNull();
      await ledger.appendAudit([{ ...record('signed-in'), at: NOW + 2 }]);
      await ledger.appendAudit([{ ...record('signed-in'), at: NOW + 1001 }, record('signed-in')]);
      expect(await ledger.lastAuditTime()).toBe(NOW);
      await ledger.appendAudit([{ ...record('signed-in'), at: NOW + 1001 }]);
      expect(await (await house.open()).lastAuditTime()).toBe(NOW + 1001);
    } finally {
      await house.close();
    }
  });

  test('records are appended all or none, and none at all is no error', async () => {
    const head = await scene.ledger.auditHead();
    const some = [record('signed-in'), unwritable('signed-in')];
    await expect(scene.ledger.appendAudit(some)).rejects.toThrow(/surrogate/);
    await scene.ledger.appendAudit([]);
    expect(await scene.ledger.auditHead()).toEqual(head);
  });

  test('pages begin where they are asked to and hold no more than asked for', async () => {
    const { size } = await scene.ledger.auditHead();
    await scene.ledger.appendAudit(
      ['a', 'b', 'c'].map((source) => record('sign-in-refused', {}, { source })),
    );
    expect((await scene.ledger.readAudit(size + 1, 10)).map(({ seq }) => seq)).toEqual([size + 1, size + 2]);
    expect(await scene.ledger.readAudit(size, 1)).toHaveLength(1);
    expect((await scene.ledger.readPersonal(size + 1, 1)).map(({ value }) => value)).toEqual(['b']);
    expect((await scene.ledger.readPersonal(size, 100)).map(({ seq }) => seq)).toEqual([
      size,
      size + 1,
      size + 2,
    ]);
  });

  test('names are kept beside the log and not in it', async () => {
    const { size } = await scene.ledger.auditHead();
    const personal = { name: 'secret-name.csv', folder: 'secret-folder' };
    await scene.ledger.appendAudit([record('upload-started', {}, personal)]);
    const [row] = await scene.ledger.readAudit(size, 1);
    expect(row?.entry).not.toContain('secret');
    const values = await scene.ledger.readPersonal(size, 1);
    expect(Object.fromEntries(values.map(({ field, value }) => [field, value]))).toEqual(personal);
    expect(new Set(values.map(({ salt }) => Buffer.from(salt).toString('hex'))).size).toBe(2);
    expect(values.map(({ salt }) => salt.length)).toEqual([16, 16]);
  });

  test('a subject shows its own rows, oldest first, and two subjects only what names both', async () => {
    const account = newId('acct', NOW);
    const token = newId('tokn', NOW);
    await scene.ledger.appendAudit([
      record('account-added', { account }),
      record('upload-granted', { account, token }),
      record('account-disabled', { account }),
    ]);
    const types = async (subject: Parameters<typeof scene.ledger.auditOf>[0]) =>
      (await scene.ledger.auditOf(subject)).map((row) => JSON.parse(row.entry).type);
    expect(await types({ account })).toEqual(['account-added', 'upload-granted', 'account-disabled']);
    expect(await types({ account, token })).toEqual(['upload-granted']);
    expect(await types({ token: newId('tokn', NOW) })).toEqual([]);
    expect(await types({})).toEqual([]);
  });

  test.each([
    ["update audit_log set entry = '{}' where seq = 0", 'changed'],
    ['delete from audit_log where seq = 0', 'deleted'],
    ["insert or replace into audit_log (seq, entry, leaf_hash) values (0, '{}', '')", 'replaced'],
    ["insert into audit_log (seq, entry, leaf_hash) values (1000000, '{}', '')", 'appended with a gap'],
    ["update audit_personal set value = 'another' where true", 'given another name'],
    ["update audit_subjects set subject = 'another' where true", 'moved to another subject'],
    ['delete from audit_subjects where true', 'hidden from its subject'],
  ])('%s is refused: no row is %s', async (statement) => {
    await receive(scene.ledger, scene.alice, `row-${statement.length}.csv`);
    await scene.ledger.appendAudit([
      record('sign-in-refused', { account: scene.bob }, { source: '192.0.2.1' }),
    ]);
    await expect(scene.house.sql(statement)).rejects.toThrow(/never|without a gap/);
    expect((await verifyAudit(scene.ledger)).faults).toEqual([]);
  });

  test('a person can be forgotten without a fault in the log', async () => {
    const { size } = await scene.ledger.auditHead();
    await scene.ledger.appendAudit([record('upload-started', {}, { name: 'me.csv' })]);
    await scene.house.sql(`delete from audit_personal where seq = ${size}`);
    expect(await scene.ledger.readPersonal(size, 1)).toEqual([]);
    expect((await verifyAudit(scene.ledger)).faults).toEqual([]);
  });

  test.each([
    [
      'a changed byte',
      'update audit_log set entry = replace(entry, \'"v":1\', \'"v":2\') where seq = 3',
      /row 3 was changed/,
    ],
    [
      'a changed personal value',
      "update audit_personal set value = 'x' where seq = (select max(seq) from audit_personal)",
      /not the one that was recorded/,
    ],
    [
      'two swapped rows',
      'update audit_log set seq = case seq when 4 then -1 else 4 end where seq in (4, 5); update audit_log set seq = 5 where seq = -1',
      /row 4 does not hold an entry of its own place/,
    ],
    ['a row removed from the middle', 'delete from audit_log where seq = 7', /row 7 is missing/],
    [
      'a removed last row',
      'delete from audit_log where seq = (select max(seq) from audit_log)',
      /the log ends at row/,
    ],
  ])('%s is found', async (_, statement, fault) => {
    const house = await scene.build();
    try {
      const ledger = await house.open();
      const records = Array.from({ length: 12 }, (_, i) =>
        record('sign-in-refused', {}, { source: `192.0.2.${i}` }),
      );
      await ledger.appendAudit(records);
      expect(await verifyAudit(ledger)).toMatchObject({ size: 12, faults: [] });
      await house.tamper(statement);
      expect((await verifyAudit(ledger)).faults.join('\n')).toMatch(fault);
    } finally {
      await house.close();
    }
  });
}
