import { expect, test } from 'vitest';
import type { ImpliedWork } from '../../../src/core/custody/implied-work.ts';
import type { FileState } from '../../../src/core/custody/states.ts';
import { type AccountId, type FileId, newId } from '../../../src/core/kit/ids.ts';
import type { Scene } from '../conformance.ts';
import {
  addPerson,
  arrive,
  move,
  mustMove,
  NOW,
  nextInstant,
  receive,
  record,
  start,
  theFile,
} from '../fixtures.ts';

/** What is to be done, what is idle, and what a start renews. */
export function describeWork(scene: Scene): void {
  test.each<[string, string, string | null]>([
    ["state = 'receiving'", 'an upload under way', null],
    ["state = 'received', settles_at = 5", 'a closed upload', 'inspect-file'],
    ["state = 'received', settles_at = 9e15", 'a closed upload that settles later', 'inspect-file'],
    ["state = 'received', settles_at = null", 'a partial name', null],
    [
      "state = 'inspecting', settles_at = 9e15, inspected_at = null",
      'an inspection under way',
      'inspect-file',
    ],
    [
      "state = 'inspecting', settles_at = 9e15, inspected_at = 5",
      'what is inspected and has not settled',
      null,
    ],
    [
      "state = 'inspecting', settles_at = 5, inspected_at = 5",
      'what is inspected and has settled',
      'admit-file',
    ],
    [
      "state = 'inspecting', settles_at = null, inspected_at = 5",
      'what is inspected and never settles',
      null,
    ],
    ["state = 'admitting'", 'an admission under way', 'admit-file'],
    ["state = 'admitting', leaves_by = 'shar_x'", 'an admission, whatever it leaves by', 'admit-file'],
    ["state = 'sealing', leaves_by = 'shar_x'", 'a sealing under way', 'seal-file'],
    ["state = 'sealed', leaves_by = 'shar_x'", 'what is sealed', 'inspect-file'],
    [
      "state = 'received', settles_at = 5, leaves_by = 'shar_x'",
      'what was put into an outbound folder',
      'inspect-file',
    ],
    [
      "state = 'inspecting', settles_at = 5, inspected_at = null, leaves_by = 'shar_x'",
      'an inspection of what leaves',
      'inspect-file',
    ],
    [
      "state = 'inspecting', settles_at = 5, inspected_at = 5, leaves_by = 'shar_x'",
      'what leaves, is inspected and has settled',
      'release-file',
    ],
    [
      "state = 'inspecting', settles_at = 9e15, inspected_at = 5, leaves_by = 'shar_x'",
      'what leaves, is inspected and has not settled',
      null,
    ],
    ["state = 'releasing', leaves_by = 'shar_x'", 'a release under way', 'release-file'],
    ["state = 'released', leaves_by = 'shar_x'", 'what is released', 'clear-airlock'],
    ["state = 'released', zone = 'outbound'", 'what is released and left the airlock', null],
    ["state = 'revoked', zone = 'outbound'", 'what is revoked', null],
    ["state = 'moving', zone = 'arrivals'", 'a move under way', 'move-file'],
    ["state = 'moving', zone = 'carried'", 'a move whose bytes are carried', 'move-file'],
    ["state = 'shared', zone = 'share'", 'what was moved', null],
    ["state = 'arrived'", 'what has arrived', 'clear-airlock'],
    ["state = 'arrived', zone = 'arrivals'", 'what has arrived and left the airlock', null],
    ["state = 'quarantined'", 'what is quarantined', 'clear-airlock'],
    ["state = 'removed'", 'what was removed', 'clear-airlock'],
    ["state = 'removed', zone = 'arrivals'", 'what was removed from Arrivals', 'clear-airlock'],
    ["state = 'removed', zone = 'gone'", 'what was removed and is gone', null],
    ["state = 'abandoned', reason = 'same-bytes'", 'the same bytes again', 'clear-airlock'],
    ["state = 'abandoned', reason = 'source-missing'", 'what came to nothing', 'clear-airlock'],
    [
      "state = 'abandoned', reason = 'right-withdrawn', zone = 'gone'",
      'what came to nothing and is gone',
      null,
    ],
    ["state = 'abandoned', reason = 'idle'", 'what was abandoned', null],
    ["state = 'held'", 'what is held', null],
    ["state = 'destroying'", 'a destruction under way', 'destroy-file'],
    ["state = 'destroyed', zone = 'gone'", 'what is destroyed', null],
    ["state = 'arrived', zone = 'arrivals', expires_at = 5", 'what is due', null],
  ])('%s: %s implies %s', async (columns, _, job) => {
    const owner = await addPerson(scene.ledger, `w${nextInstant()}`);
    const { id } = await receive(scene.ledger, owner, 'a.csv');
    await scene.house.sql(`update files set ${columns} where id = '${id}'`);
    const found = (await scene.ledger.impliedWork(NOW, 1000)).filter((one) => fileOf(one) === id);
    expect(found).toEqual(job === null ? [] : [{ job, ref: { id, generation: 1 } }]);
    await scene.house.sql(`update files set state = 'destroyed', zone = 'gone' where id = '${id}'`);
  });

  test('unsent notices imply one mail per account, until they are marked as sent', async () => {
    const owner = await addPerson(scene.ledger, 'mailed');
    const notices = [await held(owner, 'a.csv'), await held(owner, 'b.csv')];
    const mails = async () =>
      (await scene.ledger.impliedWork(NOW, 1000)).filter((one) => 'account' in one && one.account === owner);
    expect(await mails()).toEqual([{ job: 'send-notices', account: owner }]);
    expect((await scene.ledger.pendingNotices(owner, 10)).map(({ id }) => id)).toEqual(notices);
    expect(await scene.ledger.pendingNotices(owner, 1)).toHaveLength(1);
    await scene.ledger.markNoticesSent(notices, NOW, record('notices-sent', { account: owner }));
    const head = await scene.ledger.auditHead();
    expect(await mails()).toEqual([]);
    expect(await scene.ledger.pendingNotices(owner, 10)).toEqual([]);
    await scene.ledger.markNoticesSent(notices, NOW, record('notices-sent', { account: owner }));
    await scene.ledger.markNoticesSent([], NOW, record('notices-sent', { account: owner }));
    expect(await scene.ledger.auditHead()).toEqual(head);
  });

  test('work comes oldest first, and every kind gets its share of a short list', async () => {
    const owner = await addPerson(scene.ledger, 'shares');
    const checks: FileId[] = [];
    for (let i = 0; i < 5; i++) checks.push((await receive(scene.ledger, owner, `c${i}`)).id);
    const { id: cleared } = await receive(scene.ledger, owner, 'gone.csv');
    await mustMove(scene.ledger, move(cleared, 'received', 'removed', 'upload-removed'));
    const { id: ended } = await arrive(scene.ledger, owner, 'ended.csv');
    await mustMove(scene.ledger, move(ended, 'arrived', 'destroying', 'destruction-begun'));
    const stateOf = async (state: FileState) => {
      const { id } = await receive(scene.ledger, owner, state);
      await scene.house.sql(`update files set state = '${state}' where id = '${id}'`);
      return id;
    };
    const [moved, sealed] = [await stateOf('moving'), await stateOf('sealing')];
    await held(owner, 'mail.csv');
    const all = await scene.ledger.impliedWork(NOW, 1000);
    expect(all.map(fileOf).filter((id) => id !== null)).toEqual([...checks, cleared, ended, moved, sealed]);
    const few = await scene.ledger.impliedWork(NOW, 6);
    expect(few.map(({ job }) => job)).toEqual([
      'inspect-file',
      'clear-airlock',
      'destroy-file',
      'move-file',
      'seal-file',
      'send-notices',
    ]);
    expect(fileOf(few[0]!)).toBe(checks[0]);
    expect(await scene.ledger.impliedWork(NOW, 0)).toEqual([]);
    await mustMove(scene.ledger, move(ended, 'destroying', 'destroyed', 'file-destroyed'));
    for (const id of [moved, sealed]) {
      await scene.house.sql(`update files set state = 'destroyed' where id = '${id}'`);
    }
  });

  test('idle are uploads without a byte since, and partial names closed before, the longest first', async () => {
    const owner = await addPerson(scene.ledger, 'idler');
    const idle = async (columns: string) => {
      const { id } = await start(scene.ledger, owner, `i${nextInstant()}`);
      await scene.house.sql(`update files set ${columns} where id = '${id}'`);
      return id;
    };
    const later = await idle('last_byte_at = 900');
    const first = await idle('last_byte_at = 100');
    await idle('last_byte_at = 1000');
    const partial = await idle("state = 'received', last_byte_at = 400, received_at = 500");
    await idle("state = 'received', last_byte_at = 400, received_at = 1000");
    await idle("state = 'received', last_byte_at = 400, received_at = 500, settles_at = 600");
    await idle("state = 'held', last_byte_at = 100, received_at = 100");
    const found = await scene.ledger.idleUploads(1000, 10);
    expect(found.map(({ id }) => id)).toEqual([first, partial, later]);
    expect(await scene.ledger.idleUploads(1000, 1)).toHaveLength(1);
  });

  test('a start makes the next generation of files with work in flight, and ends all leases', async () => {
    const owner = await addPerson(scene.ledger, 'starter');
    const writing = await start(scene.ledger, owner, 'writing.csv');
    const inState = async (state: FileState) => {
      const { id } = await receive(scene.ledger, owner, state);
      await scene.house.sql(`update files set state = '${state}' where id = '${id}'`);
      return id;
    };
    const inFlight: FileId[] = [];
    for (const state of JOB_STATES) inFlight.push(await inState(state));
    const still = [writing.id];
    for (const state of ['received', 'arrived', 'held', 'sealed', 'released'] as const) {
      still.push(await inState(state));
    }
    const { size } = await scene.ledger.auditHead();
    const count = await scene.ledger.renewGenerations((files) => {
      const event = { type: 'generations-renewed', subjects: {}, data: { files } } as const;
      return { at: NOW, actor: { kind: 'system', part: 'start' }, event };
    });
    expect(count).toBe(inFlight.length);
    const generations = async (ids: FileId[]) =>
      Promise.all(ids.map(async (id) => (await theFile(scene.ledger, id)).generation));
    expect(await generations(inFlight)).toEqual(inFlight.map(() => 2));
    expect(await generations(still)).toEqual(still.map(() => 1));
    expect(await scene.ledger.liveLease(writing.id, 0)).toBeNull();
    const rows = await scene.ledger.readAudit(size, 10);
    expect(rows.map((row) => JSON.parse(row.entry).data)).toEqual([{ files: count }]);
  });

  test('files with bytes come in order of id, page after page, without those gone or in a share', async () => {
    const owner = await addPerson(scene.ledger, 'bytes');
    const a = await receive(scene.ledger, owner, 'a');
    const gone = await receive(scene.ledger, owner, 'gone');
    const shared = await receive(scene.ledger, owner, 'shared');
    await scene.house.sql(`update files set state = 'shared', zone = 'share' where id = '${shared.id}'`);
    const b = await start(scene.ledger, owner, 'b');
    const removed = move(gone.id, 'received', 'removed', 'upload-removed', { changes: { zone: 'gone' } });
    await mustMove(scene.ledger, removed);
    const page = await scene.ledger.filesWithBytes(null, 10_000);
    expect(page.map(({ id }) => id).slice(-2)).toEqual([a.id, b.id]);
    expect(page.map(({ id }) => id)).toEqual(page.map(({ id }) => id).toSorted());
    expect((await scene.ledger.filesWithBytes(a.id, 10)).map(({ id }) => id)).toEqual([b.id]);
    expect(await scene.ledger.filesWithBytes(null, 1)).toHaveLength(1);
  });

  test('a mark keeps its last value', async () => {
    expect(await scene.ledger.readMark('boot')).toBeNull();
    await scene.ledger.writeMark('boot', 'one');
    await scene.ledger.writeMark('boot', 'two');
    expect(await scene.other.readMark('boot')).toBe('two');
  });

  async function held(owner: AccountId, path: string) {
    const { id: file } = await receive(scene.ledger, owner, path);
    await mustMove(scene.ledger, move(file, 'received', 'inspecting', 'inspection-begun'));
    const id = newId('noti', nextInstant());
    const notice = { id, kind: 'file-held', account: owner, file, at: NOW } as const;
    await mustMove(scene.ledger, move(file, 'inspecting', 'held', 'file-held', { notices: [notice] }));
    return id;
  }
}

/** A job is at work on a file in one of these. */
const JOB_STATES = ['inspecting', 'admitting', 'moving', 'sealing', 'releasing', 'destroying'] as const;

function fileOf(work: ImpliedWork): FileId | null {
  return 'ref' in work ? work.ref.id : null;
}
