import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type AuditEntry, auditEntry } from '../../../src/app/cli/audit-entry.ts';
import type { Account, AccountName, Role } from '../../../src/core/accounts/account.ts';
import { setAccountStatus } from '../../../src/core/accounts/change-account.ts';
import { ALL_OFF, createGates } from '../../../src/core/accounts/gates.ts';
import type { Session } from '../../../src/core/accounts/sign-in.ts';
import { admitFile } from '../../../src/core/custody/admit-file.ts';
import { checkCustody } from '../../../src/core/custody/check-custody.ts';
import { clearAirlock } from '../../../src/core/custody/clear-airlock.ts';
import type { Custody } from '../../../src/core/custody/custody.ts';
import type { ArrivalPath, CustodyFile, FileRef } from '../../../src/core/custody/file.ts';
import type { FileJobName, ImpliedWork } from '../../../src/core/custody/implied-work.ts';
import { inspectFile, type JobEnd } from '../../../src/core/custody/inspect-file.ts';
import type { FolderPath } from '../../../src/core/custody/names.ts';
import { releaseFile } from '../../../src/core/custody/outbound/release-file.ts';
import { sealFile } from '../../../src/core/custody/outbound/seal-file.ts';
import { type SendRefusal, sendOut } from '../../../src/core/custody/outbound/send-out.ts';
import type { Inspector, Mail } from '../../../src/core/custody/ports.ts';
import { destroyFile } from '../../../src/core/custody/retention/destroy-file.ts';
import { sendSecurityMails } from '../../../src/core/custody/security-mails/send-security-mails.ts';
import { sendNotices } from '../../../src/core/custody/send-notices.ts';
import { moveFile } from '../../../src/core/custody/shares/move-file.ts';
import { createSigner } from '../../../src/core/custody/signed-document.ts';
import type { VerdictOutcome } from '../../../src/core/custody/verdict.ts';
import { type FileId, newId } from '../../../src/core/kit/ids.ts';
import type { LogFields } from '../../../src/core/kit/logger.ts';
import { accept, type Result } from '../../../src/core/kit/result.ts';
import type { Right, Share } from '../../../src/core/projects/project.ts';
import { addProject, addShare, setShareMember } from '../../../src/core/projects/set-up-project.ts';
import { createInspector } from '../../../src/inspect/inspector.ts';
import type { OpenLedger } from '../../../src/stores/ledger/ledger-engine.ts';
import { openSqliteLedger } from '../../../src/stores/ledger/sqlite-ledger.ts';
import { openZones } from '../../../src/stores/zones/open-zones.ts';
import { noTypes } from '../../inspect/inspect-fixtures.ts';
import { theFile } from '../../ledger/fixtures.ts';
import { STRICT_SCAN, testPolicy } from '../../support/policy.ts';
import { SHARED_MEMORY } from '../../zones/layouts.ts';

const CONSOLE = { kind: 'console' } as const;

/** alice and bob do research, dana and dirk are the data team, ian answers for the project. */
const PEOPLE = {
  alice: 'researcher',
  bob: 'researcher',
  dana: 'data-team',
  dirk: 'data-team',
  ian: 'researcher',
} as const satisfies Record<string, Role>;
export type Person = keyof typeof PEOPLE;

/** A real ledger, real zones and the real digest, with people and a share, and a clock and a scanner that tests set. */
export interface OutboundHaven {
  readonly custody: Custody;
  readonly ledger: OpenLedger;
  readonly cohort: Share;
  readonly mails: readonly Mail[];
  readonly logged: readonly (LogFields & { readonly event: string })[];
  account(person: Person): Promise<Account>;
  session(person: Person): Session;
  /** What the scanner says of the next files. */
  scannerSays(outcome: VerdictOutcome): void;
  /** Lets time pass, on both clocks. */
  pass(millis: number): void;
  /** Sets what a person may do on the share; nothing takes them off it. */
  allow(person: Person, ...rights: readonly Right[]): Promise<void>;
  disable(person: Person): Promise<void>;
  closeShare(): Promise<void>;
  /** Writes a working file of the share. */
  write(path: string, bytes: string | Uint8Array): Promise<void>;
  send(person: Person, from: string, to?: ArrivalPath): Promise<Result<CustodyFile, SendRefusal>>;
  /** Writes a working file, sends it, and does all work. */
  release(person: Person, path: string, bytes: string | Uint8Array): Promise<CustodyFile>;
  /** Runs one job on a file as it is now. */
  run(job: FileJobName, file: FileId): Promise<JobEnd>;
  /** Does what the ledger implies, until there is nothing left. */
  work(): Promise<void>;
  file(id: FileId): Promise<CustodyFile>;
  /** The names below `outbound` on disk, without those of the daemon. */
  outbound(): Promise<readonly string[]>;
  /** The bytes of a name below `outbound`. */
  read(path: string): Promise<string>;
  at(...names: readonly string[]): string;
  /** The audit rows about a file, oldest first. */
  history(id: FileId): Promise<readonly AuditEntry[]>;
  /** What the shared check finds wrong. */
  faults(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Makes such a haven; alice may read, write and send out of the share cohort. */
export async function makeOutboundHaven(): Promise<OutboundHaven> {
  const data = await mkdtemp(join(tmpdir(), 'havengate-outbound-'));
  const books = await mkdtemp(join(SHARED_MEMORY, 'havengate-outbound-'));
  const ledger = await openSqliteLedger({ file: join(books, 'ledger.sqlite') });
  const zones = await openZones({
    data,
    keepFree: 0,
    published: { mode: 0o440, gid: null },
    shares: { attributesOf: () => ({ mode: 0o660, gid: null }) },
  });
  let ahead = 0;
  let outcome: VerdictOutcome = 'pass';
  const clock = { now: () => Date.now() + ahead, monotonic: () => performance.now() + ahead };
  const logged: (LogFields & { event: string })[] = [];
  const write = (event: string, fields: LogFields = {}) => void logged.push({ event, ...fields });
  const log = { debug: write, info: write, warn: write, error: write };
  const inspector = createInspector({ scan: 'off', clock, log, types: noTypes });
  const mails: Mail[] = [];
  const signer = () => createSigner<never>(generateKeyPairSync('ed25519').privateKey);
  const custody: Custody = {
    ledger,
    zones,
    clock,
    log,
    hints: { hint: () => undefined },
    inspector: saying(inspector, () => outcome),
    receipts: signer(),
    certificates: signer(),
    mailer: {
      async send(mail) {
        mails.push(mail);
        return accept(null);
      },
    },
    policy: testPolicy({ settle: 0, gather: 0, largest: 100 * 2 ** 20, scan: STRICT_SCAN }),
    gates: createGates(ALL_OFF, clock),
  };
  const ids = new Map<Person, Account['id']>();
  for (const [name, role] of Object.entries(PEOPLE) as [Person, Role][]) {
    const id = newId('acct', Date.now());
    ids.set(name, id);
    const account = {
      id,
      name: name as AccountName,
      fullName: name,
      email: `${name}@example.org`,
      role,
      status: 'active',
      createdAt: Date.now(),
    } as const;
    await ledger.addAccount({ account, passwordHash: null, totpSealed: null, sshKeys: [] }, []);
  }
  const idOf = (person: Person) => ids.get(person) ?? newId('acct', 0);
  const admin = { ledger, clock };
  done(await addProject(admin, CONSOLE, { caseRef: 'CASE-1', title: 'Heart', iao: 'ian' }));
  const cohort = done(await addShare(admin, CONSOLE, { name: 'cohort', caseRef: 'CASE-1' }));
  await zones.shares.make('cohort');
  const haven: OutboundHaven = {
    custody,
    ledger,
    cohort,
    mails,
    logged,
    async account(person) {
      const account = await ledger.accountById(idOf(person));
      if (account === null) throw new Error(`there is no ${person}`);
      return account;
    },
    session: (person) => ({
      id: newId('sess', Date.now()),
      account: idOf(person),
      name: person,
      side: 'outside',
      door: 'sftp',
      scopes: null,
    }),
    scannerSays: (said) => void (outcome = said),
    pass: (millis) => void (ahead += millis),
    async allow(person, ...rights) {
      done(await setShareMember(admin, CONSOLE, { share: 'cohort', account: person, rights }));
    },
    async disable(person) {
      done(await setAccountStatus(admin, CONSOLE, person, 'disabled'));
    },
    async closeShare() {
      if (!(await ledger.closeShare(cohort.id, clock.now(), []))) throw new Error('it was closed before');
    },
    async write(path, bytes) {
      const file = join(data, 'shares/cohort', path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, bytes);
    },
    send: (person, from, to) =>
      sendOut(
        custody,
        { actor: CONSOLE, account: idOf(person) },
        { share: 'cohort', from: from as FolderPath, ...(to !== undefined && { to }) },
      ),
    async release(person, path, bytes) {
      await haven.write(path, bytes);
      const { id } = done(await haven.send(person, path));
      await haven.work();
      return haven.file(id);
    },
    async run(job, id) {
      const { generation } = await haven.file(id);
      return JOBS[job](custody, { id, generation });
    },
    work: () => workThrough(custody),
    file: (id) => theFile(ledger, id),
    async outbound() {
      const names = await readdir(join(data, 'outbound'), { recursive: true, withFileTypes: true });
      return names
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(data.length + '/outbound/'.length))
        .toSorted((a, b) => (a < b ? -1 : 1));
    },
    read: (path) => readFile(join(data, 'outbound', path), 'utf8'),
    at: (...names) => join(data, ...names),
    history: async (id) => (await ledger.auditOf({ file: id })).map(auditEntry),
    async faults() {
      const { findings } = await checkCustody(custody);
      return findings.map(({ message, file }) => `${file}: ${message}`);
    },
    async close() {
      await inspector.close();
      await ledger.close();
      await rm(data, { recursive: true, force: true });
      await rm(books, { recursive: true, force: true });
    },
  };
  await haven.allow('alice', 'read', 'write', 'outbound');
  return haven;
}

/** What a use case accepted. Throws when it was refused. */
export function done<T>(result: Result<T, string>): T {
  if (!result.ok) throw new Error(`refused: ${result.refusal} (${result.detail ?? ''})`);
  return result.value;
}

const JOBS: Readonly<Record<FileJobName, (custody: Custody, ref: FileRef) => Promise<JobEnd>>> = {
  'inspect-file': inspectFile,
  'admit-file': admitFile,
  'clear-airlock': clearAirlock,
  'move-file': moveFile,
  'seal-file': sealFile,
  'release-file': releaseFile,
  'destroy-file': destroyFile,
};

async function workThrough(custody: Custody): Promise<void> {
  for (let round = 0; round < 50; round++) {
    const implied = await custody.ledger.impliedWork(custody.clock.now(), 100);
    if (implied.length === 0) return;
    for (const work of implied) await doWork(custody, work);
  }
  throw new Error('the work does not end');
}

async function doWork(custody: Custody, work: ImpliedWork): Promise<void> {
  if (work.job === 'send-notices') await sendNotices(custody, work.account);
  else if (work.job === 'send-security-mails') await sendSecurityMails(custody, work.account);
  else if ('ref' in work) await JOBS[work.job](custody, work.ref);
}

/** The real inspector, with another word of the scanner. */
function saying(inspector: Inspector, outcome: () => VerdictOutcome): Inspector {
  return {
    async inspect(bytes, about) {
      const inspected = await inspector.inspect(bytes, about);
      if (!inspected.answered) return inspected;
      const verdicts = inspected.inspection.verdicts.map((verdict) =>
        verdict.check === 'malware' ? { ...verdict, outcome: outcome() } : verdict,
      );
      return { ...inspected, inspection: { ...inspected.inspection, verdicts } };
    },
  };
}
