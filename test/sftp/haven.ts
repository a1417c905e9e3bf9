import { join } from 'node:path';
import { arrivalsDrop, type CustodyFile, type Drop } from '../../src/core/custody/file.ts';
import type { FolderPath } from '../../src/core/custody/names.ts';
import { homeOf } from '../../src/core/custody/shares/ports.ts';
import { sha256 } from '../../src/core/kit/digest.ts';
import { newId } from '../../src/core/kit/ids.ts';
import type { Right } from '../../src/core/projects/project.ts';
import { addProject, addShare, setShareMember } from '../../src/core/projects/set-up-project.ts';
import type { OpenLedger } from '../../src/stores/ledger/ledger-engine.ts';
import { at, move, mustMove, record, theFile } from '../ledger/fixtures.ts';
import { type OutsideDoor, type OutsideDoorOptions, openOutsideDoor, type Person } from './outside-door.ts';

type Step = Parameters<typeof move> extends [unknown, ...infer Rest] ? Rest : never;

const DAY = 24 * 3_600_000;

/** A haven with both SFTP doors, two people and shares. What jobs do, tests do here at once. */
export interface Haven extends AsyncDisposable {
  readonly outside: OutsideDoor;
  readonly inside: OutsideDoor;
  readonly alice: Person;
  readonly bob: Person;
  /** Adds a share on which nobody has rights. */
  addShare(name: string): Promise<void>;
  allow(person: Person, share: string, ...rights: readonly Right[]): Promise<void>;
  /** Brings a file into a person's Arrivals. */
  arrive(person: Person, path: string, bytes: Uint8Array | string): Promise<CustodyFile>;
  /** Releases a file to a person by a share. */
  release(person: Person, share: string, path: string, bytes: Uint8Array | string): Promise<CustodyFile>;
  /** Takes a release back, as the ledger says it. */
  revoke(file: CustodyFile): Promise<void>;
  file(id: CustodyFile['id']): Promise<CustodyFile>;
  /** The place of something in the data folder. */
  data(...names: readonly string[]): string;
}

/** Makes a haven: alice has every right on the share cohort, bob reads there. */
export async function makeHaven(options: OutsideDoorOptions = {}): Promise<Haven> {
  const outside = await openOutsideDoor({ ...options, both: true });
  const { inside, intake } = outside;
  if (inside === null) throw new Error('there is no inside door');
  const ledger = intake.ledger as OpenLedger;
  const admin = { ledger, clock: intake.clock };
  const actor = { kind: 'console' } as const;
  const alice = await outside.addPerson('alice');
  const bob = await outside.addPerson('bob');
  await addProject(admin, actor, { caseRef: 'CASE-1', title: 'Heart', iao: 'alice' });

  async function pass(person: Person, drop: Drop, path: string, content: Uint8Array): Promise<CustodyFile> {
    const id = newId('file', Date.now());
    const { airlock, arrivals, outbound } = intake.zones;
    const now = Date.now();
    const lease = { id: newId('leas', now), until: now + 1000 };
    const upload = { id, ...drop, door: 'sftp', path: at(path), declaredSize: null, at: now, lease } as const;
    await makeFolders(ledger, drop, at(path).folder);
    await ledger.startUpload(upload, null, record('upload-started', { file: id }));
    await airlock.create(id);
    const handle = await airlock.open(id);
    await handle.write([content], 0);
    await handle.sync();
    await handle.close();
    const size = content.length;
    const received = { size, receivedAt: now, lastByteAt: now, settlesAt: now };
    const digest = sha256(content);
    const leaves = drop.leavesBy !== null;
    const way = leaves
      ? (['releasing', 'release-begun'] as const)
      : (['admitting', 'admission-begun'] as const);
    const next = (...step: Step) => mustMove(ledger, move(id, ...step));
    await next('receiving', 'received', 'file-received', { changes: received, lease: 'release' });
    await next('received', 'inspecting', 'inspection-begun');
    await next('inspecting', way[0], way[1], { changes: { arrival: at(path), sha256: digest } });
    const zone = leaves ? outbound : arrivals;
    const share = drop.leavesBy === null ? null : ((await ledger.shareById(drop.leavesBy))?.name ?? null);
    const name = { home: homeOf(person.name, share), path: at(path) };
    await zone.publish({ file: id, ...name, size, sha256: digest });
    const inode = await zone.markOf(name);
    const kept = { inode, expiresAt: now + DAY, expiresRule: leaves ? 'outbound/v1' : 'arrivals/v1' };
    if (leaves)
      await next('releasing', 'released', 'file-released', { changes: { ...kept, releasedAt: now } });
    else await next('admitting', 'arrived', 'file-arrived', { changes: { ...kept, arrivedAt: now } });
    await airlock.unlink(id);
    const cleared = record('airlock-cleared', { file: id });
    await ledger.moveBytes({ id, generation: 1 }, 'airlock', leaves ? 'outbound' : 'arrivals', cleared);
    return theFile(ledger, id);
  }

  const haven: Haven = {
    outside,
    inside,
    alice,
    bob,
    async addShare(name) {
      const added = await addShare(admin, actor, { name, caseRef: 'CASE-1' });
      if (!added.ok) throw new Error(added.refusal);
      await intake.zones.shares.make(name);
    },
    async allow(person, share, ...rights) {
      const set = await setShareMember(admin, actor, { share, account: person.name, rights });
      if (!set.ok) throw new Error(set.refusal);
    },
    arrive: (person, path, bytes) => pass(person, arrivalsDrop(person.id), path, Buffer.from(bytes)),
    async release(person, share, path, bytes) {
      const found = await ledger.shareByName(share);
      if (found === null) throw new Error(`there is no share ${share}`);
      return pass(person, { owner: person.id, leavesBy: found.id }, path, Buffer.from(bytes));
    },
    revoke: ({ id }) =>
      mustMove(ledger, move(id, 'released', 'revoked', 'file-revoked', { nextGeneration: true })),
    file: (id) => theFile(ledger, id),
    data: (...names) => join(outside.folder, 'data', ...names),
    [Symbol.asyncDispose]: () => outside[Symbol.asyncDispose](),
  };
  await haven.addShare('cohort');
  await haven.allow(alice, 'cohort', 'read', 'write', 'outbound');
  await haven.allow(bob, 'cohort', 'read');
  return haven;
}

async function makeFolders(ledger: OpenLedger, drop: Drop, path: FolderPath): Promise<void> {
  const names = path === '' ? [] : path.split('/');
  for (const [i] of names.entries()) {
    const above = names.slice(0, i + 1).join('/') as FolderPath;
    await ledger.addFolder(drop, above, Date.now(), record('folder-made'));
  }
}
