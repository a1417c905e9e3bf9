import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Checkpoint } from '../../src/core/audit/checkpoint.ts';
import { type Keyring, verifyCheckpoint } from '../../src/core/audit/keyring.ts';
import { leafHash } from '../../src/core/audit/leaf.ts';
import { createNoteSigner, type NoteSigner } from '../../src/core/audit/note-key.ts';
import { checkProof, proveRow } from '../../src/core/audit/proof.ts';
import {
  handOverCheckpoints,
  newestCheckpoint,
  signCheckpoint,
} from '../../src/core/audit/sign-checkpoint.ts';
import { appendLeaf, EMPTY_TREE } from '../../src/core/audit/tree.ts';
import { verifyAudit } from '../../src/core/audit/verify.ts';
import type { OpenLedger } from '../../src/stores/ledger/ledger-engine.ts';
import { openSqliteLedger } from '../../src/stores/ledger/sqlite-ledger.ts';
import { NOW, record } from './fixtures.ts';
import { SqliteHouse } from './sqlite-house.ts';

const ACTOR = { kind: 'console' } as const;
const clock = { now: () => NOW, monotonic: () => 0 };
const newSigner = () => createNoteSigner('the/log', generateKeyPairSync('ed25519').privateKey);
const ringOf = (verifier: NoteSigner): Keyring => [{ verifier, from: 0, to: null }];

/** Appends rows of which each has a value beside the log. */
async function grow(ledger: OpenLedger, rows: number): Promise<void> {
  for (let done = 0; done < rows; done += 500) {
    const some = Array.from({ length: Math.min(500, rows - done) }, (_, i) =>
      record('sign-in-refused', {}, { source: `192.0.2.${(done + i) % 250}` }),
    );
    await ledger.appendAudit(some);
  }
}

async function signed(ledger: OpenLedger, signer: NoteSigner): Promise<Checkpoint> {
  const made = await signCheckpoint({ ledger, clock, signer }, ACTOR);
  if (!made.ok) throw new Error(made.refusal);
  const verified = verifyCheckpoint(made.value.note, ringOf(signer));
  if (!verified.ok) throw new Error(verified.refusal);
  return verified.value;
}

/** A ledger of 3,003 rows, signed after each thousand. */
async function signedLedger() {
  const house = new SqliteHouse(openSqliteLedger);
  const ledger = await house.open();
  const signer = newSigner();
  const checkpoints: Checkpoint[] = [];
  for (let i = 0; i < 3; i++) {
    await grow(ledger, 1000);
    checkpoints.push(await signed(ledger, signer));
  }
  return { house, ledger, signer, checkpoints };
}

/** What somebody does who may write to the ledger's file and knows how the log is made: every hash fits again. */
async function recompute(house: SqliteHouse, ledger: OpenLedger): Promise<void> {
  const rows = await ledger.readAudit(0, 100_000);
  let head = EMPTY_TREE;
  const statements = rows.map(({ entry }, seq) => {
    const renumbered = entry.replace(/"seq":\d+/, `"seq":${seq}`);
    const hash = leafHash(renumbered);
    head = appendLeaf(head, hash);
    return `insert into audit_log values (${seq}, '${renumbered}', '${hash}');`;
  });
  await house.tamper(
    `begin; delete from audit_personal; delete from audit_log; ${statements.join('')}
    update audit_head set size = ${head.size}, edge = '${head.edge.join(' ')}'; commit;`,
  );
}

const TAMPERINGS: readonly [string, string, RegExp][] = [
  [
    'an edited row',
    `update audit_log set entry = replace(entry, 'sign-in-refused', 'signed-in') where seq = 1500`,
    /^rows 1000 to 2000 are not as signed: the checkpoint of 2001 rows has another root; of the larger ones 1 differ too$/,
  ],
  [
    'a removed row',
    'delete from audit_log where seq = 2100',
    /^rows 2001 to 3001 are not as signed: the checkpoint of 3002 rows has another root$/,
  ],
  [
    'two swapped rows',
    'update audit_log set seq = case seq when 500 then -1 else 500 end where seq in (500, 700); update audit_log set seq = 700 where seq = -1',
    // The entries are the same but for their number: what is swapped is made different.
    /^rows 0 to 999 are not as signed/,
  ],
  [
    'rows that were cut off',
    'delete from audit_log where seq >= 2500',
    /^rows 2500 to 3001 are signed and not there: a checkpoint has 3002 rows, the log 2500/,
  ],
  [
    'one row that was cut off',
    'delete from audit_log where seq >= 3001',
    /^row 3001 is signed and not there/,
  ],
];

describe('a log that was signed', () => {
  test('agrees with each of its checkpoints, and with those of every size before', async () => {
    const { house, ledger, checkpoints } = await signedLedger();
    expect(checkpoints.map(({ size }) => size)).toEqual([1000, 2001, 3002]);
    expect(await verifyAudit(ledger, checkpoints)).toMatchObject({ size: 3003, matched: 3, faults: [] });
    await house.close();
  });

  test.each(TAMPERINGS)('shows %s, even where every hash was made to fit', async (what, statement, fault) => {
    const { house, ledger, checkpoints } = await signedLedger();
    try {
      if (what.includes('swapped'))
        await house.tamper(`update audit_log set entry = replace(entry, '2026', '2027') where seq = 500`);
      const rows = await ledger.readAudit(0, 10_000);
      await house.tamper(statement);
      expect((await verifyAudit(ledger)).faults).not.toEqual([]);
      expect(rows).toHaveLength(3003);
      await recompute(house, ledger);
      expect((await verifyAudit(ledger)).faults).toEqual([]);
      const { faults } = await verifyAudit(ledger, checkpoints);
      expect(faults.join('\n')).toMatch(fault);
    } finally {
      await house.close();
    }
  });

  test('shows an older ledger that was put back', async () => {
    const { house, ledger, signer, checkpoints } = await signedLedger();
    await house.sql(`vacuum into '${house.folder}/older'`);
    await grow(ledger, 100);
    const later = await signed(ledger, signer);
    const older = await openSqliteLedger({ file: `${house.folder}/older` });
    expect(await verifyAudit(older, checkpoints)).toMatchObject({ matched: 3, faults: [] });
    expect((await verifyAudit(older, [...checkpoints, later])).faults).toEqual([
      'rows 3003 to 3102 are signed and not there: a checkpoint has 3103 rows, the log 3003; it was cut off, or an older copy was put back',
    ]);
    // It grows on and is as long again: then the root is another.
    await grow(older, 500);
    expect((await verifyAudit(older, [...checkpoints, later])).faults).toEqual([
      'rows 3002 to 3102 are not as signed: the checkpoint of 3103 rows has another root',
    ]);
    await older.close();
    await house.close();
  });

  test('tells a checkpoint of a fork from a log that is not as signed', async () => {
    const { house, ledger, checkpoints } = await signedLedger();
    const [first, second] = checkpoints;
    if (first === undefined || second === undefined) throw new Error('three were signed');
    const fork = { ...first, root: second.root };
    expect((await verifyAudit(ledger, [...checkpoints, fork])).faults).toEqual([
      'the checkpoint of 1000 rows is of another log: this one agrees with the checkpoint of 3002 rows',
    ]);
    await house.close();
  });
});

describe('signing', () => {
  let house: SqliteHouse;
  let ledger: OpenLedger;
  const signer = newSigner();
  beforeAll(async () => {
    house = new SqliteHouse(openSqliteLedger);
    ledger = await house.open();
  });
  afterAll(() => house.close());

  const lastRow = async () => {
    const { size } = await ledger.auditHead();
    const [row] = await ledger.readAudit(size - 1, 1);
    return JSON.parse(row?.entry ?? '{}') as { readonly type: string; readonly data: unknown };
  };

  test('notes size, root and key in the log, and keeps the note as the newest', async () => {
    expect(await newestCheckpoint(ledger)).toBeNull();
    await grow(ledger, 10);
    const { size, root } = await signed(ledger, signer);
    expect(await lastRow()).toMatchObject({
      type: 'checkpoint-signed',
      data: { size: 10, root, key: signer.keyId },
    });
    expect(await newestCheckpoint(ledger)).toMatchObject({ size });
  });

  test('does not sign again what has only grown by checkpoints', async () => {
    const before = await ledger.auditHead();
    const again = await signCheckpoint({ ledger, clock, signer }, ACTOR);
    expect(again).toMatchObject({ ok: true, value: { size: 10, isNew: false } });
    expect(await ledger.auditHead()).toEqual(before);
    await grow(ledger, 1);
    expect((await signed(ledger, signer)).size).toBe(12);
  });

  test('signs no sooner for a row that comes while it looks: such a row is covered by the next one', async () => {
    const growing = new Proxy(ledger, {
      get(target, name: keyof OpenLedger) {
        if (name !== 'auditHead') return target[name].bind(target);
        return async () => {
          const head = await target.auditHead();
          await grow(target, 1);
          return head;
        };
      },
    });
    const made = await signCheckpoint({ ledger: growing, clock, signer }, ACTOR);
    expect(made).toMatchObject({ ok: true, value: { size: 12, isNew: false } });
    expect((await signed(ledger, signer)).size).toBe(14);
  });

  test('is done once by several that look at the same time', async () => {
    await grow(ledger, 5);
    const other = await house.open();
    const { size } = await ledger.auditHead();
    const made = await Promise.all(
      [ledger, other, ledger, other].map((one) => signCheckpoint({ ledger: one, clock, signer }, ACTOR)),
    );
    expect(made.filter((one) => one.ok && one.value.isNew)).toHaveLength(1);
    expect((await ledger.auditHead()).size).toBe(size + 1);
  });

  test('is refused when the log is shorter than it was', async () => {
    const own = new SqliteHouse(openSqliteLedger);
    const short = await own.open();
    await grow(short, 10);
    await signed(short, signer);
    await own.tamper(
      `delete from audit_personal; delete from audit_log where seq >= 5; update audit_head set size = 5`,
    );
    expect(await signCheckpoint({ ledger: short, clock, signer }, ACTOR)).toMatchObject({
      refusal: 'log-behind-checkpoint',
    });
    await own.close();
  });

  test('goes to the next key, whose coming the last checkpoint of the old one covers', async () => {
    const next = newSigner();
    const { size } = await ledger.auditHead();
    const handed = await handOverCheckpoints({ ledger, clock, signer }, next, ACTOR);
    expect(handed).toMatchObject({ ok: true, value: { size: size + 1, isNew: true } });
    const [row] = await ledger.readAudit(size, 1);
    expect(row?.entry).toContain('checkpoint-key-rotated');
    expect(row?.entry).toContain(next.keyId);
    expect(
      await newestCheckpoint(ledger).then((newest) => verifyCheckpoint(newest?.note ?? '', ringOf(signer))),
    ).toMatchObject({ ok: true });

    await grow(ledger, 3);
    expect(await signCheckpoint({ ledger, clock, signer }, ACTOR)).toMatchObject({
      refusal: 'checkpoint-key-replaced',
    });
    expect(await handOverCheckpoints({ ledger, clock, signer }, newSigner(), ACTOR)).toMatchObject({
      refusal: 'checkpoint-key-replaced',
    });
    expect((await signed(ledger, next)).size).toBe(size + 5);
  });

  test('a mark that somebody else has changed is left as it is, and nothing is appended', async () => {
    const { size } = await ledger.auditHead();
    expect(await ledger.changeMark('colour', null, 'red', [record('signed-in')])).toBe(true);
    expect(await ledger.changeMark('colour', null, 'blue', [record('signed-in')])).toBe(false);
    expect(await ledger.changeMark('colour', 'blue', 'green', [record('signed-in')])).toBe(false);
    expect(await ledger.readMark('colour')).toBe('red');
    expect((await ledger.auditHead()).size).toBe(size + 1);
    expect(await ledger.changeMark('colour', 'red', 'green', [])).toBe(true);
    expect(await ledger.readMark('colour')).toBe('green');
  });
});

describe('a proof of a row', () => {
  test.each([0, 1, 999, 1000, 2047, 2048, 3001])(
    '%i verifies offline, and with nothing in it changed',
    async (seq) => {
      const { house, ledger, signer } = await signedLedger();
      const ring = ringOf(signer);
      const proof = await proveRow(ledger, seq, ring);
      if (!proof.ok) throw new Error(proof.refusal);
      await house.close();
      const { value } = proof;
      expect(value.path.length).toBeLessThanOrEqual(12);
      const check = (changed: object) => {
        const checked = checkProof(JSON.stringify({ ...value, ...changed }, null, 3), ring);
        return checked.ok ? checked.value.checkpoint.size : checked.refusal;
      };
      expect(check({})).toBe(3002);
      expect(check({ entry: { ...value.entry, type: 'daemon-started' } })).toBe('proof-wrong');
      expect(check({ seq: seq + 1, entry: { ...value.entry, seq: seq + 1 } })).toBe('proof-wrong');
      expect(check({ seq: seq + 1 })).toBe('proof-malformed');
      expect(check({ path: value.path.slice(1) })).toBe('proof-wrong');
      expect(check({ path: ['zz'] })).toBe('proof-malformed');
      expect(check({ checkpoint: value.checkpoint.replace('\n3002\n', '\n3003\n') })).toBe(
        'checkpoint-altered',
      );
      const other = createNoteSigner('the/log', generateKeyPairSync('ed25519').privateKey);
      expect(checkProof(JSON.stringify(value), ringOf(other))).toMatchObject({
        refusal: 'checkpoint-other-key',
      });
    },
  );

  test('is refused for a row that is not there, not covered, or in a log that is not as signed', async () => {
    const { house, ledger, signer } = await signedLedger();
    const ring = ringOf(signer);
    expect(await proveRow(ledger, 3003, ring)).toMatchObject({ refusal: 'row-unknown' });
    expect(await proveRow(ledger, 3002, ring)).toMatchObject({ refusal: 'row-not-covered' });
    await house.tamper(`update audit_log set entry = replace(entry, 'refused', 'allowed') where seq = 5`);
    expect(await proveRow(ledger, 5, ring)).toMatchObject({ refusal: 'log-not-as-signed' });
    expect(await proveRow(ledger, 6, ring)).toMatchObject({ ok: true });
    await recompute(house, ledger);
    expect(await proveRow(ledger, 6, ring)).toMatchObject({ refusal: 'log-not-as-signed' });
    await house.close();
  });
});
