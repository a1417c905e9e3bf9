import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditEntry, auditEntry } from '../../../src/app/cli/audit-entry.ts';
import { setAccountStatus } from '../../../src/core/accounts/change-account.ts';
import { ALL_OFF, createGates } from '../../../src/core/accounts/gates.ts';
import type { Session } from '../../../src/core/accounts/sign-in.ts';
import type { AuditEventType } from '../../../src/core/audit/events.ts';
import type { Intake } from '../../../src/core/custody/custody.ts';
import { arrivalsDrop, type CustodyFile } from '../../../src/core/custody/file.ts';
import type { ImpliedWork } from '../../../src/core/custody/implied-work.ts';
import type { FolderPath } from '../../../src/core/custody/names.ts';
import type { Mover } from '../../../src/core/custody/shares/move-refusal.ts';
import type { SharePlace } from '../../../src/core/custody/shares/ports.ts';
import type { Zones } from '../../../src/core/custody/zone-ports.ts';
import { DAY } from '../../../src/core/kit/clock.ts';
import { sha256 } from '../../../src/core/kit/digest.ts';
import { type AccountId, newId, type ProjectId } from '../../../src/core/kit/ids.ts';
import type { LogFields } from '../../../src/core/kit/logger.ts';
import type { Result } from '../../../src/core/kit/result.ts';
import type { Right } from '../../../src/core/projects/project.ts';
import { addProject, addShare, setShareMember } from '../../../src/core/projects/set-up-project.ts';
import type { OpenLedger } from '../../../src/stores/ledger/ledger-engine.ts';
import { openSqliteLedger } from '../../../src/stores/ledger/sqlite-ledger.ts';
import { openZones } from '../../../src/stores/zones/open-zones.ts';
import { addPerson, at, move, mustMove, receive, record, theFile } from '../../ledger/fixtures.ts';
import { testPolicy } from '../../support/policy.ts';
import { SHARED_MEMORY } from '../../zones/layouts.ts';

const POLICY = testPolicy();

/** Who the files of the tests are published for: mode 0440, and 0660 in shares, with no group of their own. */
const PUBLISHED = { mode: 0o440, gid: null };
const SHARES = { attributesOf: () => ({ mode: 0o660, gid: null }) };

/** A line of the log. */
interface Logged extends LogFields {
  readonly event: string;
}

/** A real ledger and real zones, with people and shares, and a clock that a test moves. */
export interface Haven {
  readonly data: string;
  readonly ledger: OpenLedger;
  readonly intake: Intake;
  readonly logged: readonly Logged[];
  readonly hints: ImpliedWork[];
  readonly people: { readonly alice: AccountId; readonly bob: AccountId };
  readonly project: ProjectId;
  /** Lets time pass, for the answers of a handle's checks. */
  pass(millis: number): void;
  /** Sets what a person may do on a share; nothing takes them off it. */
  allow(person: 'alice' | 'bob', share: string, ...rights: readonly Right[]): Promise<void>;
  session(person: 'alice' | 'bob'): Session;
  mover(person: 'alice' | 'bob'): Mover;
  /** Brings a file into a person's Arrivals, on disk and in the ledger. */
  arrive(person: 'alice' | 'bob', path: string, text?: string): Promise<CustodyFile>;
  file(id: CustodyFile['id']): Promise<CustodyFile>;
  /** The path of something in the data folder. */
  at(...names: readonly string[]): string;
  /** The audit rows of the types, oldest first. */
  audited(...types: readonly AuditEventType[]): Promise<readonly AuditEntry[]>;
  disable(person: 'alice' | 'bob'): Promise<void>;
  close(): Promise<void>;
}

/** What a test may put in the place of real parts. */
export interface HavenOptions {
  /** The shares are on another file system than Arrivals. */
  readonly elsewhere?: boolean;
  readonly zones?: (zones: Zones) => Zones;
}

/** Makes a haven with alice (read, write) and bob (read) on the share cohort, and nobody on the share other. */
export async function makeHaven(options: HavenOptions = {}): Promise<Haven> {
  const folder = await mkdtemp(join(tmpdir(), 'havengate-shares-'));
  const other = await mkdtemp(join(SHARED_MEMORY, 'havengate-shares-'));
  const data = join(folder, 'data');
  await mkdir(data);
  if (options.elsewhere === true) await symlink(other, join(data, 'shares'));
  const ledger = await openSqliteLedger({ file: join(other, 'ledger.sqlite') });
  const opened = await openZones({ data, keepFree: 0, published: PUBLISHED, shares: SHARES });
  const zones = options.zones?.(opened) ?? opened;
  const alice = await addPerson(ledger, 'alice');
  const bob = await addPerson(ledger, 'bob');
  const logged: Logged[] = [];
  const hints: ImpliedWork[] = [];
  let monotonic = 0;
  const clock = { now: () => Date.now(), monotonic: () => monotonic };
  const write = (event: string, fields: LogFields = {}) => void logged.push({ event, ...fields });
  const log = { debug: write, info: write, warn: write, error: write };
  const hint = (work: ImpliedWork) => void hints.push(work);
  const intake: Intake = {
    ledger,
    zones,
    hints: { hint },
    clock,
    log,
    policy: POLICY,
    gates: createGates(ALL_OFF, clock),
  };
  const admin = { ledger, clock };
  const console = { kind: 'console' } as const;
  const people = { alice, bob };
  const project = done(await addProject(admin, console, { caseRef: 'CASE-1', title: 'Heart', iao: 'alice' }));
  for (const name of ['cohort', 'other']) {
    done(await addShare(admin, console, { name, caseRef: 'CASE-1' }));
    await zones.shares.make(name);
  }
  const haven: Haven = {
    data,
    ledger,
    intake,
    logged,
    hints,
    people,
    project: project.id,
    pass: (millis) => void (monotonic += millis),
    async allow(person, share, ...rights) {
      done(await setShareMember(admin, console, { share, account: person, rights }));
    },
    session: (person) => ({
      id: newId('sess', Date.now()),
      account: people[person],
      name: person,
      side: 'inside',
      door: 'sftp',
      scopes: null,
    }),
    mover: (person) => ({
      actor: { kind: 'account', account: people[person], side: 'inside', door: 'sftp' },
      account: people[person],
    }),
    arrive: async (person, path, text = `the bytes of ${path}`) =>
      arrive(haven, person, path, Buffer.from(text)),
    file: async (id) => theFile(ledger, id),
    at: (...names) => join(data, ...names),
    async audited(...types) {
      const entries = (await ledger.readAudit(0, 10_000)).map(auditEntry);
      return entries.filter(({ type }) => types.some((one) => one === type));
    },
    async disable(person) {
      done(await setAccountStatus(admin, console, person, 'disabled'));
    },
    async close() {
      await ledger.close();
      await rm(folder, { recursive: true, force: true });
      await rm(other, { recursive: true, force: true });
    },
  };
  await haven.allow('alice', 'cohort', 'read', 'write');
  await haven.allow('bob', 'cohort', 'read');
  return haven;
}

/** A place in a share, as people write it: `cohort/raw/scan.csv`. */
export function place(text: string): SharePlace {
  const [share = '', ...path] = text.split('/');
  return { share, path: path.join('/') as FolderPath };
}

/** What a use case accepted. Throws when it was refused. */
export function done<T>(result: Result<T, string>): T {
  if (!result.ok) throw new Error(`refused: ${result.refusal} (${result.detail ?? ''})`);
  return result.value;
}

async function arrive(
  haven: Haven,
  person: 'alice' | 'bob',
  path: string,
  bytes: Buffer,
): Promise<CustodyFile> {
  const { ledger, intake } = haven;
  await makeFolders(haven, person, at(path).folder);
  const { id } = await receive(ledger, haven.people[person], path);
  const { airlock, arrivals } = intake.zones;
  await airlock.create(id);
  const handle = await airlock.open(id);
  await handle.write([bytes], 0);
  await handle.sync();
  await handle.close();
  await mustMove(ledger, move(id, 'received', 'inspecting', 'inspection-begun'));
  const changes = { arrival: at(path), sha256: sha256(bytes), size: bytes.length };
  await mustMove(ledger, move(id, 'inspecting', 'admitting', 'admission-begun', { changes }));
  const name = { home: [person], path: at(path) } as const;
  await arrivals.publish({ file: id, ...name, size: bytes.length, sha256: sha256(bytes) });
  const arrived = { arrivedAt: Date.now(), expiresAt: Date.now() + DAY, expiresRule: 'arrivals/v1' };
  const inode = await arrivals.markOf(name);
  await mustMove(
    ledger,
    move(id, 'admitting', 'arrived', 'file-arrived', { changes: { ...arrived, inode } }),
  );
  const cleared = move(id, 'arrived', 'arrived', 'airlock-cleared').audit;
  await airlock.unlink(id);
  await ledger.moveBytes({ id, generation: 1 }, 'airlock', 'arrivals', cleared);
  return theFile(ledger, id);
}

async function makeFolders(
  { ledger, people }: Haven,
  person: 'alice' | 'bob',
  path: FolderPath,
): Promise<void> {
  const names = path === '' ? [] : path.split('/');
  for (const [i] of names.entries()) {
    const above = names.slice(0, i + 1).join('/') as FolderPath;
    await ledger.addFolder(arrivalsDrop(people[person]), above, Date.now(), record('folder-made'));
  }
}
