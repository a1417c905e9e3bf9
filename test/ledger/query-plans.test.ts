import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrivalsDrop, type Drop, type FileRef } from '../../src/core/custody/file.ts';
import type { FileMove } from '../../src/core/custody/ports.ts';
import { sha256 } from '../../src/core/kit/digest.ts';
import { type AccountId, type FileId, newId } from '../../src/core/kit/ids.ts';
import type { Share } from '../../src/core/projects/project.ts';
import { type LedgerCall, type LedgerCalls, OPERATIONS } from '../../src/stores/ledger/operations.ts';
import { openSqliteConnection } from '../../src/stores/ledger/sqlite-connection.ts';
import { openSqliteLedger } from '../../src/stores/ledger/sqlite-ledger.ts';
import {
  addPerson,
  addShare,
  found as adopted,
  at,
  folder,
  lease,
  move,
  moveTo,
  NOW,
  name,
  nextInstant,
  receive,
  record,
  start,
  upload,
  wholeUpload,
} from './fixtures.ts';
import { SqliteHouse } from './sqlite-house.ts';

const house = new SqliteHouse(openSqliteLedger);
const page = { listedSince: NOW, after: name('m'), limit: 1000 };
let alice: AccountId;
let drop: Drop;
let share: Share;
let ref: FileRef;
let writing: FileId;
let arrived: FileRef;

beforeAll(async () => {
  const ledger = await house.open();
  alice = await addPerson(ledger, 'alice');
  drop = arrivalsDrop(alice);
  share = await addShare(ledger, alice, 'cohort');
  await ledger.addFolder(drop, folder('a'), NOW, record('folder-made'));
  await ledger.addFolder(drop, folder('empty'), NOW, record('folder-made'));
  ref = { id: (await receive(ledger, alice, 'a/b.csv')).id, generation: 1 };
  const found = adopted(alice, 'a/found.csv');
  await ledger.adoptFile(found, null, record('file-adopted'));
  arrived = { id: found.id, generation: 1 };
  writing = (await start(ledger, alice, 'a/writing.csv')).id;
});

afterAll(async () => house.close());

test('newestAt goes straight to the newest file of the name', async () => {
  expect(await plans('newestAt', drop, at('a/b.csv'))).toEqual([
    'SEARCH files USING INDEX files_listed (owner=? AND leaves_by=? AND folder_key=? AND name_key=?)',
  ]);
});

test('arrivalAt goes straight to the file that has the name', async () => {
  expect(await plans('arrivalAt', drop, at('a/b.csv'))).toEqual([
    'SEARCH files USING INDEX files_arrival (owner=? AND leaves_by=? AND arrival_folder_key=? AND arrival_name_key=?)',
  ]);
});

test('listFolder reads a page along the index, in order', async () => {
  expect(await plans('listFolder', drop, folder(''), page)).toEqual([
    'SEARCH folders USING INDEX folders_listing (owner=? AND leaves_by=? AND parent_key=? AND name_key>?)',
    'SEARCH file USING INDEX files_listed (owner=? AND leaves_by=? AND folder_key=? AND name_key>?)',
    'CORRELATED SCALAR SUBQUERY 1',
    'SEARCH newer USING INDEX files_listed (owner=? AND leaves_by=? AND folder_key=? AND name_key=? AND id>?)',
  ]);
});

test('movingTo and movingInto go straight to what has reserved names there', async () => {
  const place = { share: share.id, ...at('a/b.csv') };
  expect(await plans('movingTo', place)).toEqual([
    'SEARCH files USING INDEX files_moving (working_share=? AND working_folder_key=? AND working_name_key=?)',
  ]);
  expect(await plans('movingInto', place, 10)).toEqual([
    'SEARCH files USING INDEX files_moving (working_share=? AND working_folder_key=?)',
  ]);
});

const PUBLISHED = 'owner=? AND leaves_by=? AND state=?';

/** How the first file from a folder on is found: from the index alone, then its row. */
const FIRST_FILE = [
  'SEARCH files USING INDEX sqlite_autoindex_files_1 (id=?)',
  expect.stringMatching(/^(CORRELATED )?SCALAR SUBQUERY \d$/),
  `SEARCH files USING COVERING INDEX files_published (${PUBLISHED} AND arrival_folder_key>? AND arrival_folder_key<?)`,
];

test('listPublished reads a page of files along the index, and goes from folder to folder', async () => {
  expect(await plans('listPublished', drop, folder('a'), { after: null, limit: 10 })).toEqual([
    `SEARCH files USING INDEX files_published (${PUBLISHED} AND arrival_folder_key=? AND arrival_name_key>?)`,
    'CO-ROUTINE found',
    'SETUP',
    ...FIRST_FILE,
    'RECURSIVE STEP',
    'SCAN found',
    ...FIRST_FILE,
    'SCAN found',
    'USE TEMP B-TREE FOR ORDER BY',
  ]);
});

test('findPublishedFolder goes straight to the first file in the folder or below it', async () => {
  expect(await plans('findPublishedFolder', drop, folder('a'))).toEqual(FIRST_FILE);
});

test('publishedBelow looks at what is below in the index alone', async () => {
  const steps = await plans('publishedBelow', drop, folder('a'), ref.id, 10);
  expect(new Set(steps)).toEqual(
    new Set([
      'SEARCH files USING INDEX sqlite_autoindex_files_1 (id=?)',
      expect.stringMatching(/^LIST SUBQUERY \d$/),
      `SEARCH files USING COVERING INDEX files_published (${PUBLISHED} AND arrival_folder_key>? AND arrival_folder_key<?)`,
      'USE TEMP B-TREE FOR ORDER BY',
    ]),
  );
});

test('equalFiles reads the files with the digest only, newest first', async () => {
  expect(await plans('equalFiles', { size: 1, sha256: sha256('x') }, 10)).toEqual([
    'SEARCH files USING INDEX files_digest (sha256=?)',
  ]);
});

test('reconnectionFor goes straight to the visit', async () => {
  const visit = { account: alice, side: 'outside', proofs: 'password', source: '192.0.2.1' } as const;
  expect(await plans('reconnectionFor', visit, NOW)).toEqual([
    'SEARCH reconnections USING INDEX reconnections_live (account=? AND side=? AND proofs=? AND source=?)',
  ]);
});

test('keptDigests reads one row', async () => {
  expect(await plans('keptDigests', sha256('x'))).toEqual(['SEARCH digests USING PRIMARY KEY (sha256=?)']);
});

test('rightsOn reads one share and one membership', async () => {
  expect(await plans('rightsOn', 'cohort', alice)).toEqual([
    'SEARCH shares USING INDEX sqlite_autoindex_shares_2 (name=?)',
    'SEARCH share_members USING PRIMARY KEY (share=? AND account=?)',
  ]);
});

test('impliedWork reads only the files that imply any', async () => {
  expect(await plans('impliedWork', NOW, 100)).toEqual([
    'SCAN files USING INDEX files_checking',
    'SCAN files USING INDEX files_clearing',
    'SEARCH files USING INDEX files_state (state=? AND id>?)',
    expect.stringMatching(/^SCAN notices USING (COVERING )?INDEX notices_unsent$/),
    'USE TEMP B-TREE FOR ORDER BY',
    expect.stringMatching(/^SCAN freeze_notices USING (COVERING )?INDEX freeze_notices_unsent$/),
    'USE TEMP B-TREE FOR ORDER BY',
    expect.stringMatching(/^SCAN security_notices USING (COVERING )?INDEX security_notices_unsent$/),
    'USE TEMP B-TREE FOR ORDER BY',
    expect.stringMatching(/^SCAN mailed_proofs USING (COVERING )?INDEX mailed_proofs_unsent$/),
    'USE TEMP B-TREE FOR ORDER BY',
  ]);
});

test('what is to be read again is found along its index, the longest ago first', async () => {
  expect(await plans('filesToScrub', NOW, 100)).toEqual(['SEARCH files USING INDEX files_scrub (<expr><?)']);
  expect(await plans('oldestScrub')).toEqual(['SCAN files USING INDEX files_scrub']);
  expect(await plans('damagedFiles', 10)).toEqual(['SCAN files USING INDEX files_damaged']);
});

test('idleUploads reads only what is unfinished, in order', async () => {
  expect(await plans('idleUploads', NOW, 100)).toEqual([
    'SEARCH files USING INDEX files_unfinished (last_byte_at<?)',
    ...freezesOnOneFile(1),
  ]);
});

/** How it is asked whether a freeze keeps a file: the few live and lately lifted ones, by index. */
function freezesOnOneFile(first: number): readonly string[] {
  return [
    `CORRELATED SCALAR SUBQUERY ${first + 2}`,
    'MULTI-INDEX OR',
    'INDEX 1',
    'SEARCH freezes USING INDEX freezes_lifted (lifted_at=?)',
    'INDEX 2',
    'SEARCH freezes USING INDEX freezes_lifted (lifted_at>?)',
    `CORRELATED LIST SUBQUERY ${first}`,
    'SEARCH share_members USING COVERING INDEX share_members_account (account=?)',
    'SEARCH shares USING INDEX sqlite_autoindex_shares_1 (id=?)',
    `CORRELATED LIST SUBQUERY ${first + 1}`,
    'SEARCH shares USING INDEX sqlite_autoindex_shares_1 (id=?)',
  ];
}

/** How a query asks whether a live hold covers a file: way by way, each along its index. */
const HOLDS_ON_ONE_FILE = [
  'CORRELATED SCALAR SUBQUERY 1',
  'SEARCH holds USING INDEX holds_file (file=?)',
  'CORRELATED SCALAR SUBQUERY 2',
  'SEARCH holds USING INDEX holds_account (account=?)',
  'CORRELATED SCALAR SUBQUERY 4',
  'SEARCH holds USING INDEX holds_project (project=?)',
  'CORRELATED LIST SUBQUERY 3',
  'SEARCH share_members USING COVERING INDEX share_members_account (account=?)',
  'SEARCH shares USING INDEX sqlite_autoindex_shares_1 (id=?)',
  'CORRELATED SCALAR SUBQUERY 6',
  'SEARCH holds USING INDEX holds_project (project=?)',
  'CORRELATED LIST SUBQUERY 5',
  'SEARCH shares USING INDEX sqlite_autoindex_shares_1 (id=?)',
];

test('dueFiles reads a page along the index, from where the last one ended', async () => {
  expect(await plans('dueFiles', NOW, null, 100)).toEqual([
    'SEARCH files USING INDEX files_due (expires_at<?)',
    ...HOLDS_ON_ONE_FILE,
    ...freezesOnOneFile(7),
  ]);
  expect(await plans('dueFiles', NOW, { expiresAt: 5, id: ref.id }, 100)).toEqual([
    'SEARCH files USING INDEX files_due ((expires_at,id)>(?,?) AND expires_at<?)',
    ...HOLDS_ON_ONE_FILE,
    ...freezesOnOneFile(7),
  ]);
});

test('filesToWarn reads only what was not warned of, in order', async () => {
  expect(await plans('filesToWarn', NOW, 1000, 100)).toEqual([
    'SEARCH files USING INDEX files_warning (warned_before=? AND expires_at>? AND expires_at<?)',
    ...HOLDS_ON_ONE_FILE,
    ...freezesOnOneFile(7),
    'SEARCH files USING INDEX files_warning (warned_before>?)',
  ]);
});

test('a move that a hold would stop asks for the holds on its file only', async () => {
  const steps = await plans('moveFile', { ...reopening(), unlessHeld: true });
  const isAboutHolds = (step: string) => / (holds|share_members|shares) /.test(step);
  expect(steps.filter(isAboutHolds)).toEqual(HOLDS_ON_ONE_FILE.filter(isAboutHolds));
});

test('lastAuditTime reads one row, from the end of the log', async () => {
  expect(await plans('lastAuditTime')).toEqual(['SCAN audit_log']);
});

test('countFilesWithBytes reads one row', async () => {
  expect(await plans('countFilesWithBytes')).toEqual(['SEARCH counters USING PRIMARY KEY (name=?)']);
});

test('countByState reads states only, along the index', async () => {
  expect(await plans('countByState')).toEqual(['SCAN files USING COVERING INDEX files_state']);
});

test('listFiles reads each of its states newest first', async () => {
  expect(await plans('listFiles', { states: ['held'], limit: 10 })).toEqual([
    'SEARCH files USING INDEX files_state (state=? AND id>?)',
  ]);
  expect(await plans('listFiles', { owner: alice, limit: 10, before: ref.id })).toEqual([
    'SEARCH files USING INDEX files_owner (owner=? AND id<?)',
  ]);
  expect(await plans('listFiles', { leaving: true, limit: 10 })).toEqual([
    'SCAN files USING INDEX files_leaving',
  ]);
  expect(await plans('listFiles', { owner: alice, leaving: true, limit: 10 })).toEqual([
    'SEARCH files USING INDEX files_leaving_owner (owner=?)',
  ]);
  expect(await plans('listFiles', { owner: alice, leaving: true, states: ['held'], limit: 10 })).toEqual([
    'SEARCH files USING INDEX files_leaving_owner (owner=? AND id>?)',
  ]);
});

/** A person's files as their page asks for them. The statement for each of their states is the same. */
const OWN = { leaving: false, search: '', descending: true, after: null, limit: 50 } as const;

/** How the place of the page before is found, and the rows of what was found. */
const isBesides = (step: string) => step.endsWith('files_1 (id=?)');

test.each([
  ['newest', 'files_own_newest', 'owner=? AND leaves_by=? AND state=? AND id<?'],
  ['name', 'files_own_name', 'owner=? AND leaves_by=? AND state=? AND (name_key,id)<(?,?)'],
  ['size', 'files_own_size', 'owner=? AND leaves_by=? AND state=? AND (size,id)<(?,?)'],
  ['expires', 'files_own_expires', 'owner=? AND leaves_by=? AND state=? AND <expr><?'],
] as const)(
  'a page of own files by %s goes along its index from where the last one ended',
  async (sort, index, from) => {
    const states = ['arrived', 'held'] as const;
    const first = await plans('pageOfOwn', { ...OWN, owner: alice, states, sort });
    const counts = sort === 'name' ? /^files_own_name$/ : /^files_own_(newest|size|expires)$/;
    const walked = (steps: readonly string[]) =>
      steps
        .filter((step) => !isBesides(step))
        .map((step) => /^SEARCH files USING COVERING INDEX (\w+) \((.*)\)$/.exec(step)?.slice(1) ?? step);
    const whole = 'owner=? AND leaves_by=? AND state=?';
    expect(walked(first)).toEqual([
      [index, whole],
      [expect.stringMatching(counts), whole],
    ]);
    const deep = await plans('pageOfOwn', { ...OWN, owner: alice, states, sort, after: arrived.id });
    expect(walked(deep)).toEqual([
      [index, from],
      [expect.stringMatching(counts), whole],
    ]);
    const up = await plans('pageOfOwn', {
      ...OWN,
      owner: alice,
      states,
      sort,
      after: arrived.id,
      descending: false,
    });
    expect(walked(up)[0]).toEqual([index, from.replace(/<(?=[(?])/, '>')]);
  },
);

test('a search among own files reads the names once, and no rows but those of its page', async () => {
  for (const sort of ['newest', 'name', 'size', 'expires'] as const) {
    const query = { ...OWN, owner: alice, states: ['arrived'], sort, search: 'b' } as const;
    const steps = (await plans('pageOfOwn', query)).filter((step) => !isBesides(step));
    const names = 'SEARCH files USING COVERING INDEX files_own_name (owner=? AND leaves_by=? AND state=?)';
    expect(steps).toEqual([names]);
  }
});

test('a search that finds very many sorts and counts them along the names', async () => {
  const ledger = await house.open();
  const mary = await addPerson(ledger, 'mary');
  await ledger.addFolder(arrivalsDrop(mary), folder('many'), NOW, record('folder-made'));
  for (let i = 0; i <= 2000; i++)
    await ledger.adoptFile(adopted(mary, `many/${i}.csv`), null, record('file-adopted'));
  const names = 'SEARCH files USING COVERING INDEX files_own_name (owner=? AND leaves_by=? AND state=?)';
  for (const sort of ['newest', 'size'] as const) {
    const query = { ...OWN, owner: mary, states: ['arrived'], sort, search: 'csv' } as const;
    const steps = (await plans('pageOfOwn', query)).filter((step) => !isBesides(step));
    expect(steps).toEqual([names, names, 'USE TEMP B-TREE FOR ORDER BY', names]);
    expect((await ledger.pageOfOwn(query))?.total).toBe(2001);
  }
});

test('own files on their way are looked for among what is on its way, and not among all that was sent', async () => {
  const query = { ...OWN, owner: alice, states: ['receiving', 'received'], sort: 'size' } as const;
  const found = expect.stringMatching(/^SEARCH files USING INDEX files_state \(state=\?( AND id>\?)?\)$/);
  const sorting = 'USE TEMP B-TREE FOR ORDER BY';
  const steps = (await plans('pageOfOwn', query)).filter((step) => !isBesides(step));
  expect(steps).toEqual([found, sorting, found]);
});

test.each([
  [
    'startUpload',
    () =>
      plans(
        'startUpload',
        upload(alice, 'a/c.csv'),
        { ref, changes: {}, audit: record('upload-superseded') },
        record('upload-started'),
      ),
  ],
  [
    'receiveWhole',
    () =>
      plans('receiveWhole', wholeUpload(alice, 'a/d.csv'), [
        record('upload-started'),
        record('file-received'),
      ]),
  ],
  ['removeFolder', () => plans('removeFolder', drop, folder('empty'), NOW, record('folder-removed'))],
  ['renewInFlight', () => plans('renewInFlight', 0, record('generations-renewed'))],
  ['countInFlight', () => plans('countInFlight')],
  ['filesWithBytes', () => plans('filesWithBytes', ref.id, 100)],
  ['reserve', () => plans('reserve', writing, 1, 1)],
  ['verdictsOf', () => plans('verdictsOf', ref.id)],
  ['receiptsOf', () => plans('receiptsOf', ref.id)],
  ['certificatesOf', () => plans('certificatesOf', ref.id)],
  ['holdsOn', () => plans('holdsOn', ref.id)],
  ['ownersFor', () => plans('ownersFor', alice)],
  ['markWarned', () => plans('markWarned', [{ ref, notices: [] }], 1000, record('retention-warned'))],
  ['pendingNotices', () => plans('pendingNotices', alice, 10)],
  ['pendingMailedProofs', () => plans('pendingMailedProofs', alice, NOW)],
  ['mailedProofBoundTo', () => plans('mailedProofBoundTo', alice, sha256('x'))],
  ['pendingSecurityNotices', () => plans('pendingSecurityNotices', alice, 10)],
  ['auditOf', () => plans('auditOf', { file: ref.id })],
  ['tokens', () => plans('changeCredentials', alice, { revokeTokens: true }, [record('account-reset')])],
  ['movingInto', () => plans('movingInto', { share: share.id, folder: folder('a') }, 10)],
  ['sharesOf', () => plans('sharesOf', alice)],
  ['shareById', () => plans('shareById', share.id)],
  ['projectById', () => plans('projectById', share.project)],
  ['noteCarried', () => plans('noteCarried', ref, 1)],
  ['adoptFile', () => plans('adoptFile', adopted(alice, 'b/c.csv'), null, record('file-adopted'))],
  [
    'adoptFile that replaces',
    () =>
      plans(
        'adoptFile',
        adopted(alice, 'a/found.csv'),
        move(arrived.id, 'arrived', 'removed', 'file-removed-by-drive'),
        record('file-adopted'),
      ),
  ],
  [
    'startSealing',
    () =>
      plans(
        'startSealing',
        {
          id: newId('file', nextInstant()),
          owner: alice,
          leavesBy: share.id,
          path: at('b.csv'),
          at: NOW,
          from: { share: share.id, ...at('b.csv') },
        },
        record('sealing-begun'),
      ),
  ],
  ['moveFiles', () => plans('moveFiles', [moveTo(arrived.id, share.id, 'b.csv')])],
  ['moveFiles that loses', () => plans('moveFiles', [moveTo(ref.id, share.id, 'b.csv')])],
  ['moveFile', () => plans('moveFile', reopening())],
  ['moveFile that loses', () => plans('moveFile', { ...reopening(), whileArrived: ref.id })],
])('%s scans no table that grows', async (_, explain) => {
  const steps = await explain();
  expect(steps.length).toBeGreaterThan(0);
  expect(
    steps.filter((step) =>
      /^SCAN (files|folders|audit_\w+|verdicts|receipts|notices|security_notices|mailed_proofs|access_tokens|shares|projects|share_members)/.test(
        step,
      ),
    ),
  ).toEqual([]);
});

function reopening(): FileMove {
  const audit = record('upload-reopened', { file: ref.id }, { name: 'b.csv' });
  return { ref, from: 'received', to: 'receiving', unsettledAt: NOW, lease: lease(), audit };
}

/** The steps in which SQLite runs the statements of a call, which is taken back afterwards. */
async function plans<Call extends LedgerCall>(
  call: Call,
  ...args: Parameters<LedgerCalls[Call]>
): Promise<string[]> {
  const { raw, db } = openSqliteConnection(house.file);
  const prepare = raw.prepare.bind(raw);
  const statements: string[] = [];
  raw.prepare = (text) => {
    statements.push(text);
    return prepare(text);
  };
  raw.exec('begin');
  await OPERATIONS[call].run(db, ...args);
  raw.exec('rollback');
  const steps = statements.flatMap((text) => prepare(`explain query plan ${text}`).all());
  raw.close();
  return steps.map((step) => String(step['detail']));
}
