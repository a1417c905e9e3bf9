import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Account, AccountName } from '../../src/core/accounts/account.ts';
import { ALL_OFF, createGates } from '../../src/core/accounts/gates.ts';
import type { Actor } from '../../src/core/audit/events.ts';
import { fileRecord, systemActor } from '../../src/core/custody/actors.ts';
import type { Custody, Intake } from '../../src/core/custody/custody.ts';
import { createHomeMemory, type HomeMemory } from '../../src/core/custody/drives/drives.ts';
import { type Rescanned, rescanArrivals } from '../../src/core/custody/drives/rescan-arrivals.ts';
import { arrivalsDrop, type CustodyFile } from '../../src/core/custody/file.ts';
import type { ImpliedWork } from '../../src/core/custody/implied-work.ts';
import { TOP } from '../../src/core/custody/names.ts';
import type { FileMove } from '../../src/core/custody/ports.ts';
import { homeOf } from '../../src/core/custody/shares/ports.ts';
import { createSigner } from '../../src/core/custody/signed-document.ts';
import { sha256 } from '../../src/core/kit/digest.ts';
import { newId } from '../../src/core/kit/ids.ts';
import { accept } from '../../src/core/kit/result.ts';
import type { Right, Share } from '../../src/core/projects/project.ts';
import type { OpenLedger } from '../../src/stores/ledger/ledger-engine.ts';
import { openThreadedLedger } from '../../src/stores/ledger/threaded-ledger.ts';
import { openZones } from '../../src/stores/zones/open-zones.ts';
import { type RecordingLog, recordingLog } from '../jobs/recording-log.ts';
import { addPerson, addShare, at as pathAt, theFile } from '../ledger/fixtures.ts';
import { testPolicy } from '../support/policy.ts';

/** How long things have to stand still before a test's site believes them. */
export const GRACE = 3000;

const POLICY = testPolicy();

const run = promisify(execFile);
const SYSTEM = systemActor('test');

/** A real ledger and real zones, with alice and her Arrivals, for desktops to work in. */
export interface DrivesSite extends AsyncDisposable {
  readonly data: string;
  readonly intake: Intake;
  /** What workers hold, for jobs that inspect nothing. */
  readonly custody: Custody;
  readonly ledger: OpenLedger;
  readonly log: RecordingLog;
  readonly hints: readonly ImpliedWork[];
  readonly alice: Account;
  /** uids that are known, for the next rescan. */
  readonly users: Map<number, AccountName>;
  person(name: string): Promise<Account>;
  share(name: string, rights?: readonly Right[]): Promise<Share>;
  /** A file as it has come in: published and in the ledger. */
  arrive(path: string, bytes: string, options?: Arriving): Promise<CustodyFile>;
  /** Runs a shell command in the data folder, as a desktop would do it. */
  desktop(command: string, uid?: number): Promise<string>;
  /** One look at a person's Arrivals. */
  look(owner?: Account): Promise<Rescanned>;
  /** A look, the grace, and another one. */
  lookTwice(owner?: Account): Promise<Rescanned>;
  /** Lets time pass for those who wait. */
  pass(millis: number): void;
  /** Forgets what was seen, as a restart does. */
  restart(): void;
  file(id: CustodyFile['id']): Promise<CustodyFile>;
  /** The names in Arrivals by the ledger: path, door, state. */
  published(owner?: Account): Promise<readonly string[]>;
  /** What was audited about a file. */
  events(id: CustodyFile['id']): Promise<readonly Audited[]>;
}

/** An event as it stands in the log. */
interface Audited {
  readonly actor: Actor;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Arriving {
  readonly owner?: Account;
  /** A row of before marks were kept. */
  readonly unmarked?: boolean;
  readonly expiresAt?: number;
  /** Published, and not recorded yet. */
  readonly onlyAdmitting?: boolean;
  /** Its name in the airlock is there still. */
  readonly uncleared?: boolean;
}

export async function makeDrivesSite(): Promise<DrivesSite> {
  const folder = mkdtempSync(join(tmpdir(), 'havengate-drives-'));
  const data = join(folder, 'data');
  mkdirSync(data);
  const zones = await openZones({
    data,
    keepFree: 0,
    published: { mode: 0o644, gid: null },
    shares: { attributesOf: () => ({ mode: 0o666, gid: null }) },
  });
  const ledger = await openThreadedLedger({ file: join(folder, 'ledger.sqlite3') });
  const log = recordingLog();
  const hints: ImpliedWork[] = [];
  let passed = 0;
  const clock = { now: () => Date.now(), monotonic: () => performance.now() + passed };
  const intake = {
    ledger,
    zones,
    hints: { hint: (work: ImpliedWork) => void hints.push(work) },
    clock,
    log,
    policy: POLICY,
    gates: createGates(ALL_OFF, clock),
  };
  const custody: Custody = {
    ...intake,
    inspector: { inspect: () => Promise.reject(new Error('nothing is inspected here')) },
    receipts: createSigner(generateKeyPairSync('ed25519').privateKey),
    certificates: createSigner(generateKeyPairSync('ed25519').privateKey),
    mailer: { send: async () => accept(null) },
  };
  const users = new Map<number, AccountName>();
  const policy = { grace: GRACE, users };
  let memories = new Map<string, HomeMemory>();
  const person = async (name: string) => {
    await addPerson(ledger, name);
    const account = await ledger.accountByName(name as AccountName);
    if (account === null) throw new Error(`no ${name}`);
    return account;
  };
  const alice = await person('alice');

  const site: DrivesSite = {
    data,
    intake,
    custody,
    ledger,
    log,
    hints,
    alice,
    users,
    person,
    async share(name, rights = ['read', 'write']) {
      const share = await addShare(ledger, alice.id, name);
      if (rights.length > 0) await ledger.setMember(share.id, alice.id, rights, []);
      await zones.shares.make(name);
      return share;
    },
    arrive: (path, bytes, options = {}) => arrive(intake, options.owner ?? alice, path, bytes, options),
    async desktop(command, uid) {
      const { stdout } = await run('bash', ['-ec', command], {
        cwd: data,
        ...(uid !== undefined && { uid, gid: uid }),
      });
      return stdout;
    },
    async look(owner = alice) {
      const memory = memories.get(owner.id) ?? createHomeMemory(intake, policy);
      memories.set(owner.id, memory);
      return await rescanArrivals(intake, policy, owner, memory, () => undefined);
    },
    async lookTwice(owner = alice) {
      await site.look(owner);
      site.pass(GRACE);
      return await site.look(owner);
    },
    pass(millis) {
      passed += millis;
    },
    restart() {
      memories = new Map();
    },
    file: (id) => theFile(ledger, id),
    async published(owner = alice) {
      const files = await ledger.publishedBelow(arrivalsDrop(owner.id), TOP, null, 100_000);
      return files
        .map(({ arrival, door, state }) => `${arrival?.folder}/${arrival?.name} ${door} ${state}`)
        .toSorted((a, b) => (a < b ? -1 : 1));
    },
    async events(id) {
      return (await ledger.auditOf({ file: id })).map(({ entry }) => {
        return JSON.parse(entry) as Audited;
      });
    },
    async [Symbol.asyncDispose]() {
      await ledger.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return site;
}

async function arrive(
  { ledger, zones }: DrivesSite['intake'] & { readonly ledger: OpenLedger },
  owner: Account,
  path: string,
  text: string,
  { unmarked = false, expiresAt, onlyAdmitting = false, uncleared = false }: Arriving,
): Promise<CustodyFile> {
  const at = Date.now();
  const id = newId('file', at);
  const place = pathAt(path);
  const bytes = Buffer.from(text);
  const digest = sha256(bytes);
  const lease = { id: newId('leas', at), until: at };
  const file = { id, owner: owner.id };
  const record = (event: Parameters<typeof fileRecord>[2]) => fileRecord(at, SYSTEM, event, file);
  const move = async (
    from: FileMove['from'],
    to: FileMove['to'],
    event: Parameters<typeof record>[0],
    changes: FileMove['changes'] & object,
  ) => {
    const moved = await ledger.moveFile({
      ref: { id, generation: 1 },
      from,
      to,
      changes,
      audit: record(event),
    });
    if (moved !== 'moved') throw new Error(`${event}: ${moved}`);
  };
  const upload = {
    id,
    owner: owner.id,
    leavesBy: null,
    door: 'sftp',
    declaredSize: null,
    at,
    lease,
  } as const;
  // The drop's path is flat: its folders are no matter here.
  await ledger.startUpload(
    { ...upload, path: pathAt(path.replaceAll('/', '-')) },
    null,
    record('upload-started'),
  );
  await zones.airlock.create(id);
  const handle = await zones.airlock.open(id);
  await handle.write([bytes], 0);
  await handle.sync();
  await handle.close();
  await move('receiving', 'received', 'file-received', { size: bytes.length, receivedAt: at, settlesAt: at });
  await move('received', 'inspecting', 'inspection-begun', { sha256: digest, inspectedAt: at });
  await move('inspecting', 'admitting', 'admission-begun', { arrival: place });
  const name = { home: homeOf(owner.name, null), path: place };
  await zones.arrivals.publish({ file: id, ...name, size: bytes.length, sha256: digest });
  if (!uncleared) await zones.airlock.unlink(id);
  if (onlyAdmitting) return await theFile(ledger, id);
  await move('admitting', 'arrived', 'file-arrived', {
    zone: uncleared ? 'airlock' : 'arrivals',
    inode: unmarked ? null : await zones.arrivals.markOf(name),
    arrivedAt: at,
    expiresAt: expiresAt ?? at + POLICY.retention.arrivals,
    expiresRule: 'arrivals/v1',
  });
  return await theFile(ledger, id);
}
