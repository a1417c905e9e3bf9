import { createHash, generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Account, AccountName, Role } from '../../src/core/accounts/account.ts';
import { ALL_OFF, createGates } from '../../src/core/accounts/gates.ts';
import type { Session } from '../../src/core/accounts/sign-in.ts';
import { admitFile } from '../../src/core/custody/admit-file.ts';
import { checkCustody } from '../../src/core/custody/check-custody.ts';
import { checkFile } from '../../src/core/custody/check-file.ts';
import { clearAirlock } from '../../src/core/custody/clear-airlock.ts';
import type { Custody } from '../../src/core/custody/custody.ts';
import type { CustodyFile, FileRef } from '../../src/core/custody/file.ts';
import type { FileJobName, ImpliedWork } from '../../src/core/custody/implied-work.ts';
import type { JobEnd } from '../../src/core/custody/inspect-file.ts';
import { releaseFile } from '../../src/core/custody/outbound/release-file.ts';
import { sealFile } from '../../src/core/custody/outbound/seal-file.ts';
import type { WorkHints } from '../../src/core/custody/ports.ts';
import { reconcile, renewWork } from '../../src/core/custody/reconcile.ts';
import { finishCompleteUploads } from '../../src/core/custody/resume-upload.ts';
import { destroyFile } from '../../src/core/custody/retention/destroy-file.ts';
import { sendSecurityMails } from '../../src/core/custody/security-mails/send-security-mails.ts';
import { sendNotices } from '../../src/core/custody/send-notices.ts';
import { moveFile } from '../../src/core/custody/shares/move-file.ts';
import { removeUnbegunFolders } from '../../src/core/custody/shares/unbegun-folders.ts';
import { createSigner } from '../../src/core/custody/signed-document.ts';
import type { Verdict } from '../../src/core/custody/verdict.ts';
import type { Clock } from '../../src/core/kit/clock.ts';
import type { Sha256 } from '../../src/core/kit/digest.ts';
import { newId } from '../../src/core/kit/ids.ts';
import type { Logger } from '../../src/core/kit/logger.ts';
import { accept, type Result } from '../../src/core/kit/result.ts';
import { addProject, addShare, setShareMember } from '../../src/core/projects/set-up-project.ts';
import type { OpenLedger } from '../../src/stores/ledger/ledger-engine.ts';
import { openSqliteLedger } from '../../src/stores/ledger/sqlite-ledger.ts';
import { openZones } from '../../src/stores/zones/open-zones.ts';
import { STRICT_SCAN, testPolicy } from '../support/policy.ts';
import { queueCall, wrapLedger } from './calls.ts';

/** alice and bob do research, dana and dirk are the data team, ian answers for the project. */
const PEOPLE = {
  alice: 'researcher',
  dana: 'data-team',
  dirk: 'data-team',
  ian: 'researcher',
} as const satisfies Record<string, Role>;
type Person = keyof typeof PEOPLE;

/** A daemon's custody over a real ledger and real zones, from its start to its end. */
export interface Running {
  readonly custody: Custody;
  readonly ledger: OpenLedger;
  readonly folder: string;
  readonly clock: TestClock;
  account(person: Person): Promise<Account>;
  session(person: Person): Promise<Session>;
  /** Does what the ledger implies, as workers do it: what fails is tried again. True when nothing is left. */
  work(): Promise<boolean>;
  files(): Promise<readonly CustodyFile[]>;
  at(...names: readonly string[]): string;
}

/** A clock that the scenarios move, and that goes on over restarts. */
export interface TestClock extends Clock {
  ahead: number;
}

export function testClock(): TestClock {
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead, monotonic: () => performance.now() };
  return clock;
}

const receipts = createSigner<never>(generateKeyPairSync('ed25519').privateKey);
const certificates = createSigner<never>(generateKeyPairSync('ed25519').privateKey);
const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (event, fields) => say(event, fields),
  error: (event, fields) => say(event, fields),
};

function say(event: string, fields: unknown): void {
  if (process.env['FAULTS_LOG'] !== undefined) console.error(event, fields);
}

/** Opens the stores of a folder and reconciles them, in the order of the daemon. */
export async function start(folder: string, clock: TestClock): Promise<Running> {
  const zones = await openZones({
    data: join(folder, 'data'),
    keepFree: 0,
    published: { mode: 0o440, gid: null },
    shares: { attributesOf: () => ({ mode: 0o660, gid: null }) },
  });
  const ledger = wrapLedger(await openSqliteLedger({ file: join(folder, 'ledger.sqlite3') }));
  const custody: Custody = {
    ledger,
    zones,
    hints: HINTS,
    clock,
    log: SILENT,
    policy: testPolicy({ gather: 0, scan: STRICT_SCAN }),
    gates: createGates(ALL_OFF, clock),
    inspector: { inspect: (bytes, { name, size }) => inspect(bytes, name, size, clock) },
    receipts,
    certificates,
    mailer: { send: async () => accept(null) },
  };
  try {
    await renewWork(custody);
    await reconcile(custody, 'this boot', clock.now());
    await finishCompleteUploads(custody);
    await removeUnbegunFolders(custody);
  } catch (error) {
    await ledger.close();
    throw error;
  }
  const account = async (person: Person) => {
    const found = await ledger.accountByName(person as AccountName);
    if (found === null) throw new Error(`there is no ${person}`);
    return found;
  };
  return {
    custody,
    ledger,
    folder,
    clock,
    account,
    async session(person) {
      const { id } = await account(person);
      return {
        id: newId('sess', clock.now()),
        account: id,
        name: person,
        side: 'outside',
        door: 'sftp',
        scopes: null,
      };
    },
    work: () => workThrough(custody),
    files: () => ledger.listFiles({ limit: 100 }),
    at: (...names) => join(folder, 'data', ...names),
  };
}

/** The people, the project and the share of every site. */
export async function settle(site: Running): Promise<void> {
  const { ledger, custody, clock } = site;
  for (const [name, role] of Object.entries(PEOPLE)) {
    const account = {
      id: newId('acct', clock.now()),
      name: name as AccountName,
      fullName: name,
      email: `${name}@example.org`,
      role,
      status: 'active',
      createdAt: clock.now(),
    } as const;
    await ledger.addAccount({ account, passwordHash: null, totpSealed: null, sshKeys: [] }, []);
  }
  const admin = { ledger, clock };
  const actor = { kind: 'console' } as const;
  done(await addProject(admin, actor, { caseRef: 'CASE-1', title: 'Heart', iao: 'ian' }));
  done(await addShare(admin, actor, { name: 'cohort', caseRef: 'CASE-1' }));
  await custody.zones.shares.make('cohort');
  const rights = ['read', 'write', 'outbound'] as const;
  done(await setShareMember(admin, actor, { share: 'cohort', account: 'alice', rights }));
}

/** What a use case accepted; a refusal is an error here. */
export function done<T>(result: Result<T, string>): T {
  if (!result.ok) throw new Error(`refused: ${result.refusal} (${result.detail ?? ''})`);
  return result.value;
}

/** The queue is a hint: nobody waits for it, whatever it does. */
const HINTS: WorkHints = {
  hint: () => void queueCall(async () => undefined).catch(() => undefined),
};

/** The scanner says no to what is named so. */
const BAD = /virus/;

async function inspect(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
  size: number,
  clock: Clock,
): ReturnType<Custody['inspector']['inspect']> {
  const hash = createHash('sha256');
  let read = 0;
  for await (const piece of bytes) {
    hash.update(piece);
    read += piece.byteLength;
  }
  if (read !== size) return { answered: false, notYet: { check: 'digest', why: `${read} bytes of ${size}` } };
  const sha256 = hash.digest('hex') as Sha256;
  const verdict = (check: Verdict['check'], outcome: Verdict['outcome']): Verdict => {
    return { check, outcome, detail: null, version: 'test', sha256, at: clock.now() };
  };
  const malware = verdict('malware', BAD.test(name) ? 'infected' : 'pass');
  const verdicts = [verdict('digest', 'pass'), verdict('type', 'pass'), malware];
  return { answered: true, inspection: { size, sha256, contentType: null, verdicts } };
}

const JOBS: Readonly<Record<FileJobName, (custody: Custody, ref: FileRef) => Promise<JobEnd>>> = {
  'inspect-file': checkFile,
  'admit-file': admitFile,
  'clear-airlock': clearAirlock,
  'move-file': moveFile,
  'seal-file': sealFile,
  'release-file': releaseFile,
  'destroy-file': destroyFile,
};

const ROUNDS = 12;

async function workThrough(custody: Custody): Promise<boolean> {
  for (let round = 0; round < ROUNDS; round++) {
    try {
      const implied = await custody.ledger.impliedWork(custody.clock.now(), 100);
      if (implied.length === 0) return true;
      for (const work of implied) await doWork(custody, work);
    } catch (error) {
      custody.log.warn('sweep-failed', { error });
    }
  }
  return false;
}

async function doWork(custody: Custody, work: ImpliedWork): Promise<void> {
  try {
    if (work.job === 'send-notices') await sendNotices(custody, work.account);
    else if (work.job === 'send-security-mails') await sendSecurityMails(custody, work.account);
    else if ('ref' in work) await JOBS[work.job](custody, work.ref);
  } catch (error) {
    custody.log.warn('job-failed', { job: work.job, error });
  }
}

/** What the shared check, and a look at all bytes, find wrong. */
export async function faultsOf(site: Running): Promise<readonly string[]> {
  const { findings } = await checkCustody(site.custody);
  const faults = findings.filter(({ severity }) => severity === 'fault').map(({ message }) => message);
  return [...faults, ...(await wrongBytes(site)), ...leftOver(site.folder)];
}

/** Published files that do not have the bytes that the ledger says (invariants 2 and 3). */
async function wrongBytes(site: Running): Promise<readonly string[]> {
  const files = await site.files();
  return ['arrivals', 'outbound'].flatMap((zone) =>
    namesBelow(site.at(zone)).flatMap((name) => {
      const sha256 = digest(readFileSync(site.at(zone, name)));
      const known = files.some((file) => file.sha256 === sha256 && name.endsWith(file.arrival?.name ?? '/'));
      return known ? [] : [`${zone}/${name} has bytes that no row has`];
    }),
  );
}

/**
 * Second names that nobody accounts for: of copies in the making, and of names on their way to destruction. The empty
 * files that folders are tried with are looked for at a later start.
 */
function leftOver(folder: string): readonly string[] {
  const names = readdirSync(join(folder, 'data'), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /file_[a-z0-9]+-|renamed-/.test(name)).map((name) => `${name} is left over`);
}

/** The names of files below a folder, but for those of the daemon. */
export function namesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((name) => !name.includes('.havengate-'));
}

export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
