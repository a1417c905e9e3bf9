import { createCipheriv } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeUpload, renameUpload } from '../../src/core/custody/change-upload.ts';
import { createHomeMemory } from '../../src/core/custody/drives/drives.ts';
import { rescanArrivals } from '../../src/core/custody/drives/rescan-arrivals.ts';
import { type ArrivalPath, arrivalsDrop, type CustodyFile } from '../../src/core/custody/file.ts';
import { makeFolder } from '../../src/core/custody/folders.ts';
import { type FileName, type FolderPath, TOP } from '../../src/core/custody/names.ts';
import { type OpenMode, openLightly, openUpload } from '../../src/core/custody/open-upload.ts';
import { revokeRelease } from '../../src/core/custody/outbound/revoke.ts';
import { sendOut } from '../../src/core/custody/outbound/send-out.ts';
import { orderAdmission, orderDestruction } from '../../src/core/custody/retention/decide.ts';
import { removeArrived } from '../../src/core/custody/retention/remove-file.ts';
import { runRetention } from '../../src/core/custody/retention/run.ts';
import { scrubDue } from '../../src/core/custody/scrub/scrub.ts';
import { UNPACED } from '../../src/core/custody/scrub/scrub-pace.ts';
import { makeWorkingFolder } from '../../src/core/custody/shares/change-share.ts';
import { moveFolderToShare } from '../../src/core/custody/shares/move-folder.ts';
import { moveToShare } from '../../src/core/custody/shares/move-to-share.ts';
import { openWorking } from '../../src/core/custody/shares/open-working.ts';
import type { FileState } from '../../src/core/custody/states.ts';
import type { UploadWriter } from '../../src/core/custody/upload-writer.ts';
import { DAY, SECOND } from '../../src/core/kit/clock.ts';
import { digest, done, namesBelow, type Running } from './site.ts';

/**
 * What is done to a daemon while its calls fail or it is killed. `act` is done under the fault, `again` after the
 * restart, by somebody who was told that it failed, or was told nothing.
 */
export interface Scenario {
  /** Which zone is on another file system. */
  readonly elsewhere?: 'shares' | 'arrivals' | 'quarantine' | 'outbound';
  /** Several files are in one folder, each of which is synced for itself. */
  readonly together?: true;
  /** It looks at inodes, which a copy of what was prepared does not have: every run is prepared anew. */
  readonly inodes?: true;
  /** Brings the site to where the scenario begins; nothing fails. */
  prepare(site: Running): Promise<void>;
  /** Resolves to true when all of it was acknowledged; throws, or false, when it was not. */
  act(site: Running): Promise<boolean>;
  again?(site: Running): Promise<void>;
  /** What was acknowledged may be given back, with a mail, or is looked at again at every start: `again` comes always. */
  readonly always?: true;
  /** What is wrong at the end, when nothing fails any more and all work is done. */
  wrong(site: Running): Promise<readonly string[]>;
}

const NAME = 'scan.csv';
const PART = 1000;
const BYTES = createCipheriv('aes-128-ctr', Buffer.alloc(16, 3), Buffer.alloc(16)).update(
  Buffer.alloc(3 * PART),
);

function path(name = NAME, folder: string = TOP): ArrivalPath {
  return { folder: folder as FolderPath, name: name as FileName };
}

async function open(
  site: Running,
  mode: OpenMode,
  to = path(),
  declaredSize: number | null = null,
): Promise<UploadWriter> {
  const session = await site.session('alice');
  const drop = arrivalsDrop(session.account);
  return done(await openUpload(site.custody, session, { drop, path: to, mode, door: 'sftp', declaredSize }));
}

/** Writes the bytes from where the upload stands and closes it; a client that cannot write is gone. */
async function writeRest(writer: UploadWriter, bytes: Buffer = BYTES, complete = false): Promise<void> {
  try {
    // The last part before the second: what a client with many requests under way does.
    const from = writer.size;
    const middle = Math.min(from + PART, bytes.length);
    if (middle < bytes.length) done(await writer.write([bytes.subarray(middle)], middle));
    if (from < middle) done(await writer.write([bytes.subarray(from, middle)], from));
  } catch (error) {
    await writer.release();
    throw error;
  }
  done(await writer.finish(complete));
}

async function upload(site: Running, to = path(), bytes = BYTES): Promise<void> {
  await writeRest(await open(site, 'fresh', to), bytes);
}

/** Sends what is missing, as a client does that was told nothing. */
async function sendAgain(site: Running, to = path(), bytes = BYTES): Promise<void> {
  const [newest] = await filesAt(site, to.name);
  if (newest !== undefined && ['arrived', 'admitting', 'inspecting'].includes(newest.state)) return;
  await writeRest(await open(site, 'resume-or-create', to), bytes);
}

/** As the SFTP door does with a file that comes whole in one write. */
async function uploadSmall(site: Running): Promise<void> {
  const session = await site.session('alice');
  const request = { drop: arrivalsDrop(session.account), path: path(), mode: 'fresh', door: 'sftp' } as const;
  const small = done(await openLightly(site.custody, session, { ...request, declaredSize: null }));
  done(await small.write([BYTES], 0));
  done(await small.finish(false));
  // Its place in the airlock is given after the answer.
  await new Promise((resolve) => setTimeout(resolve, 5));
}

async function arrive(site: Running, to = path(), bytes = BYTES): Promise<CustodyFile> {
  await upload(site, to, bytes);
  site.clock.ahead += 6 * SECOND;
  await site.work();
  return only(site, 'arrived', to.name);
}

async function filesAt(site: Running, name: string = NAME): Promise<readonly CustodyFile[]> {
  return (await site.files()).filter((file) => file.path.name === name);
}

async function only(site: Running, state: FileState, name: string = NAME): Promise<CustodyFile> {
  const found = (await filesAt(site, name)).filter((file) => file.state === state);
  if (found.length !== 1 || found[0] === undefined)
    throw new Error(`${found.length} files ${name} are ${state}, not one`);
  return found[0];
}

/** The states of the files of a name, newest first, have to be these. */
async function wrongStates(
  site: Running,
  wanted: readonly FileState[],
  name: string = NAME,
): Promise<readonly string[]> {
  const states = (await filesAt(site, name)).map(({ state }) => state);
  const same = states.length === wanted.length && states.every((state, n) => state === wanted[n]);
  return same ? [] : [`${name} is ${states.join(', ')}, not ${wanted.join(', ')}`];
}

/** One of the files of a name has the state; what else there is was given up. */
async function wrongEnd(site: Running, state: FileState, name: string = NAME): Promise<readonly string[]> {
  const states = (await filesAt(site, name)).map((file) => file.state);
  const ended = states.filter((one) => one === state);
  const others = states.filter((one) => one !== state && one !== 'abandoned' && one !== 'removed');
  return ended.length === 1 && others.length === 0 ? [] : [`${name} is ${states.join(', ')}, not ${state}`];
}

function wrongFile(path_: string, bytes: Uint8Array): readonly string[] {
  try {
    return digest(readFileSync(path_)) === digest(bytes) ? [] : [`${path_} has other bytes`];
  } catch (error) {
    return [`${path_} is missing: ${String(error)}`];
  }
}

/** Every name on disk that has the bytes, and is not in a share. */
function copiesOf(site: Running, bytes: Uint8Array = BYTES): readonly string[] {
  return namesBelow(site.at())
    .filter((name) => !name.startsWith('shares/'))
    .filter((name) => digest(readFileSync(site.at(name))) === digest(bytes));
}

function wrongCopies(site: Running, wanted: readonly string[]): readonly string[] {
  const found = copiesOf(site);
  return found.join() === wanted.join() ? [] : [`copies are ${found.join(', ')}, not ${wanted.join(', ')}`];
}

async function rescan(site: Running): Promise<void> {
  const owner = await site.account('alice');
  const policy = { grace: 0, users: new Map() };
  const memory = createHomeMemory(site.custody, policy);
  for (let n = 0; n < 3; n++)
    await rescanArrivals(site.custody, policy, owner, memory, () => undefined).catch((error: unknown) =>
      site.custody.log.warn('rescan-failed', { error }),
    );
}

/** Reads everything again, as the job does. */
async function scrub(site: Running): Promise<void> {
  site.clock.ahead += SECOND;
  await scrubDue(site.custody, site.clock.now(), UNPACED);
}

async function move(site: Running): Promise<boolean> {
  const mover = { actor: { kind: 'console' }, account: (await site.account('alice')).id } as const;
  const moved = await moveToShare(site.custody, mover, path(), {
    share: 'cohort',
    path: 'raw.csv' as FolderPath,
  });
  return moved.ok && (await site.work());
}

const MOVE: Pick<Scenario, 'act' | 'again' | 'always' | 'wrong'> = {
  always: true,
  act: move,
  async again(site) {
    const [file] = await filesAt(site);
    if (file?.state === 'arrived' && !(await move(site))) throw new Error('it cannot be moved any more');
  },
  async wrong(site) {
    return [
      ...(await wrongStates(site, ['shared'])),
      ...wrongFile(site.at('shares/cohort/raw.csv'), BYTES),
      ...wrongCopies(site, []),
    ];
  },
};

async function moveAll(site: Running): Promise<boolean> {
  const mover = { actor: { kind: 'console' }, account: (await site.account('alice')).id } as const;
  const to = { share: 'cohort', path: 'wave' as FolderPath };
  return (await moveFolderToShare(site.custody, mover, 'raw' as FolderPath, to)).ok && (await site.work());
}

async function hasBegunToMove(site: Running): Promise<boolean> {
  const stories = await Promise.all((await site.files()).map(({ id }) => site.ledger.auditOf({ file: id })));
  return stories.flat().some(({ entry }) => entry.includes('"move-begun"'));
}

/** As an inside door does: cuts a working file, writes it anew, and makes a folder beside it. */
async function writeOver(site: Running): Promise<boolean> {
  const session = await site.session('alice');
  const place = (path_: string) => ({ share: 'cohort', path: path_ as FolderPath });
  const how = { read: false, write: true, create: true, exclusive: false, truncate: true };
  const file = done(await openWorking(site.custody, session, place(NAME), how));
  try {
    done(await file.write([BYTES], 0));
  } finally {
    await file.close();
  }
  const made = await makeWorkingFolder(site.custody, session, place('made'));
  return made.ok || made.refusal === 'exists';
}

async function send(site: Running): Promise<boolean> {
  const sender = { actor: { kind: 'console' }, account: (await site.account('alice')).id } as const;
  const sent = await sendOut(site.custody, sender, { share: 'cohort', from: NAME as FolderPath });
  return sent.ok && (await site.work());
}

function writeWorking(site: Running): void {
  writeFileSync(site.at('shares/cohort', NAME), BYTES);
}

async function retention(site: Running): Promise<boolean> {
  return (await runRetention(site.custody, { kind: 'console' }, null)).ok && (await site.work());
}

const DESTROYED: Pick<Scenario, 'wrong'> = {
  async wrong(site) {
    const [file] = await filesAt(site);
    const certificates = file === undefined ? [] : await site.ledger.certificatesOf(file.id);
    return [
      ...(await wrongStates(site, ['destroyed'])),
      ...wrongCopies(site, []),
      ...(certificates.length === 1 ? [] : [`it has ${certificates.length} certificates`]),
    ];
  },
};

async function decide(
  site: Running,
  how: typeof orderAdmission,
  ...by: readonly ('dana' | 'dirk')[]
): Promise<void> {
  for (const one of by) {
    const [file] = (await filesAt(site, VIRUS)).filter(({ state }) => state === 'quarantined');
    if (file !== undefined)
      await how(site.custody, file, { by: await site.account(one), reason: 'we looked' });
  }
}

const VIRUS = 'virus.bin';

async function quarantine(site: Running): Promise<void> {
  await upload(site, path(VIRUS));
  site.clock.ahead += 6 * SECOND;
  await site.work();
  await only(site, 'quarantined', VIRUS);
}

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'an upload': {
    prepare: async () => undefined,
    async act(site) {
      await upload(site);
      return true;
    },
    again: (site) => sendAgain(site),
    async wrong(site) {
      return [...(await wrongEnd(site, 'arrived')), ...wrongFile(site.at('arrivals/alice', NAME), BYTES)];
    },
  },
  'a small upload': {
    prepare: async () => undefined,
    async act(site) {
      await uploadSmall(site);
      return true;
    },
    again: (site) => sendAgain(site),
    async wrong(site) {
      return [...(await wrongEnd(site, 'arrived')), ...wrongFile(site.at('arrivals/alice', NAME), BYTES)];
    },
  },
  'an upload that goes on after it has arrived': {
    inodes: true,
    prepare: async (site) => void (await arrive(site, path(), BYTES.subarray(0, PART))),
    async act(site) {
      await writeRest(await open(site, 'resume'));
      site.clock.ahead += 6 * SECOND;
      await site.work();
      return true;
    },
    async again(site) {
      const files = await filesAt(site);
      if (files.some(({ sha256 }) => sha256 === digest(BYTES))) return;
      await writeRest(await open(site, 'resume-or-create'));
    },
    async wrong(site) {
      const whole = (await site.files()).filter(({ sha256 }) => sha256 === digest(BYTES));
      const one = whole[0];
      return [
        ...(whole.length === 1 && one?.state === 'arrived' ? [] : [`${whole.length} files are whole`]),
        ...wrongFile(site.at('arrivals/alice', one?.arrival?.name ?? NAME), BYTES),
      ];
    },
  },
  'an upload that goes on where it was cut': {
    async prepare(site) {
      const writer = await open(site, 'fresh');
      done(await writer.write([BYTES.subarray(0, PART)], 0));
      await writer.release();
    },
    async act(site) {
      await writeRest(await open(site, 'resume'));
      return true;
    },
    again: (site) => sendAgain(site),
    async wrong(site) {
      return [...(await wrongEnd(site, 'arrived')), ...wrongFile(site.at('arrivals/alice', NAME), BYTES)];
    },
  },
  'an upload of an announced size into a folder': {
    async prepare(site) {
      const session = await site.session('alice');
      done(await makeFolder(site.custody, session, arrivalsDrop(session.account), 'raw' as FolderPath));
    },
    async act(site) {
      await writeRest(await open(site, 'fresh', path(NAME, 'raw'), BYTES.length), BYTES, true);
      return true;
    },
    again: (site) => sendAgain(site, path(NAME, 'raw')),
    async wrong(site) {
      return [...(await wrongEnd(site, 'arrived')), ...wrongFile(site.at('arrivals/alice/raw', NAME), BYTES)];
    },
  },
  'an upload that is renamed': {
    prepare: (site) => upload(site, path('scan.part')),
    async act(site) {
      const session = await site.session('alice');
      const drop = arrivalsDrop(session.account);
      return (await renameUpload(site.custody, session, drop, path('scan.part'), path())).ok;
    },
    async again(site) {
      const session = await site.session('alice');
      const drop = arrivalsDrop(session.account);
      if ((await filesAt(site, 'scan.part')).length > 0)
        done(await renameUpload(site.custody, session, drop, path('scan.part'), path()));
    },
    async wrong(site) {
      return [
        ...(await wrongStates(site, ['arrived'])),
        ...wrongFile(site.at('arrivals/alice', NAME), BYTES),
      ];
    },
  },
  'an upload that is sent anew': {
    prepare: (site) => upload(site, path(), Buffer.from('older bytes')),
    async act(site) {
      await upload(site);
      return true;
    },
    async again(site) {
      const [newest] = await filesAt(site);
      if (newest?.sha256 === digest(BYTES)) return;
      await upload(site);
    },
    async wrong(site) {
      return [...(await wrongEnd(site, 'arrived')), ...wrongFile(site.at('arrivals/alice', NAME), BYTES)];
    },
  },
  'an upload that its sender removes': {
    prepare: (site) => upload(site),
    async act(site) {
      const session = await site.session('alice');
      return (
        (await removeUpload(site.custody, session, arrivalsDrop(session.account), path())).ok &&
        (await site.work())
      );
    },
    async again(site) {
      const session = await site.session('alice');
      const [file] = await filesAt(site);
      if (file?.state !== 'removed')
        done(await removeUpload(site.custody, session, arrivalsDrop(session.account), path()));
    },
    async wrong(site) {
      return [...(await wrongStates(site, ['removed'])), ...wrongCopies(site, [])];
    },
  },
  'an admission': {
    async prepare(site) {
      await upload(site);
      site.clock.ahead += 6 * SECOND;
    },
    act: (site) => site.work(),
    async wrong(site) {
      return [...(await wrongStates(site, ['arrived'])), ...wrongCopies(site, [`arrivals/alice/${NAME}`])];
    },
  },
  'an admission to another file system': {
    elsewhere: 'arrivals',
    async prepare(site) {
      await upload(site);
      site.clock.ahead += 6 * SECOND;
    },
    act: (site) => site.work(),
    async wrong(site) {
      return [...(await wrongStates(site, ['arrived'])), ...wrongCopies(site, [`arrivals/alice/${NAME}`])];
    },
  },
  'the same bytes again': {
    async prepare(site) {
      await arrive(site);
      await upload(site);
      site.clock.ahead += 6 * SECOND;
    },
    act: (site) => site.work(),
    async wrong(site) {
      const receipts = await Promise.all((await filesAt(site)).map(({ id }) => site.ledger.receiptsOf(id)));
      return [
        ...(await wrongStates(site, ['abandoned', 'arrived'])),
        ...wrongCopies(site, [`arrivals/alice/${NAME}`]),
        ...(receipts.every((some) => some.length === 1) ? [] : ['a receipt is missing, or there are two']),
      ];
    },
  },
  'a quarantine': {
    async prepare(site) {
      await upload(site, path(VIRUS));
      site.clock.ahead += 6 * SECOND;
    },
    act: (site) => site.work(),
    async wrong(site) {
      const [file] = await filesAt(site, VIRUS);
      return [
        ...(await wrongStates(site, ['quarantined'], VIRUS)),
        ...wrongCopies(site, [`quarantine/${file?.id}`]),
      ];
    },
  },
  'a quarantine on another file system': {
    elsewhere: 'quarantine',
    async prepare(site) {
      await upload(site, path(VIRUS));
      site.clock.ahead += 6 * SECOND;
    },
    act: (site) => site.work(),
    async wrong(site) {
      const [file] = await filesAt(site, VIRUS);
      return [
        ...(await wrongStates(site, ['quarantined'], VIRUS)),
        ...wrongCopies(site, [`quarantine/${file?.id}`]),
      ];
    },
  },
  'a quarantined file that two people admit': {
    prepare: quarantine,
    async act(site) {
      await decide(site, orderAdmission, 'dana', 'dirk');
      return site.work();
    },
    again: (site) => decide(site, orderAdmission, 'dana', 'dirk'),
    async wrong(site) {
      return [
        ...(await wrongStates(site, ['arrived'], VIRUS)),
        ...wrongCopies(site, [`arrivals/alice/${VIRUS}`]),
      ];
    },
  },
  'a quarantined file that is destroyed': {
    prepare: quarantine,
    async act(site) {
      await decide(site, orderDestruction, 'dana');
      return site.work();
    },
    again: (site) => decide(site, orderDestruction, 'dana'),
    async wrong(site) {
      return [...(await wrongStates(site, ['destroyed'], VIRUS)), ...wrongCopies(site, [])];
    },
  },
  'a move to a share': { prepare: async (site) => void (await arrive(site)), ...MOVE },
  'a move to a share on another file system': {
    elsewhere: 'shares',
    prepare: async (site) => void (await arrive(site)),
    ...MOVE,
  },
  'a move of a folder': {
    async prepare(site) {
      const session = await site.session('alice');
      done(await makeFolder(site.custody, session, arrivalsDrop(session.account), 'raw' as FolderPath));
      await arrive(site, path('one.csv', 'raw'), Buffer.from('one'));
      await arrive(site, path('two.csv', 'raw'), Buffer.from('two'));
    },
    together: true,
    act: moveAll,
    always: true,
    async again(site) {
      const left = (await site.files()).filter(({ state }) => state === 'arrived');
      if (left.length === 0) return;
      if (!(await hasBegunToMove(site)) && existsSync(site.at('shares/cohort/wave')))
        throw new Error('a folder is left of a move that has not begun');
      // Whoever moves it again takes what did not get there to another folder, and puts it together.
      const wave = site.at('shares/cohort/wave');
      if (existsSync(wave)) renameSync(wave, `${wave} before`);
      if (!(await moveAll(site))) throw new Error('it cannot be moved any more');
      if (existsSync(`${wave} before`))
        for (const name of readdirSync(`${wave} before`))
          renameSync(join(`${wave} before`, name), join(wave, name));
    },
    async wrong(site) {
      return [
        ...(await wrongStates(site, ['shared'], 'one.csv')),
        ...(await wrongStates(site, ['shared'], 'two.csv')),
        ...wrongFile(site.at('shares/cohort/wave/one.csv'), Buffer.from('one')),
        ...wrongFile(site.at('shares/cohort/wave/two.csv'), Buffer.from('two')),
      ];
    },
  },
  'a working file that is written over': {
    prepare: async (site) => writeFileSync(site.at('shares/cohort', NAME), 'before'),
    act: writeOver,
    always: true,
    async again(site) {
      const rows = (await site.ledger.readAudit(0, 1000)).map(({ entry }) => entry);
      const isTold = (change: string) => rows.some((entry) => entry.includes(`"${change}"`));
      const now = readFileSync(site.at('shares/cohort', NAME), 'utf8');
      if (now !== 'before' && !isTold('working-file-written'))
        throw new Error('nobody knows who has written');
      if (existsSync(site.at('shares/cohort/made')) && !isTold('working-folder-made'))
        throw new Error('nobody knows who has made the folder');
      if (!(await writeOver(site))) throw new Error('it cannot be written any more');
    },
    wrong: async (site) => wrongFile(site.at('shares/cohort', NAME), BYTES),
  },
  'a file that is sent out': {
    prepare: async (site) => writeWorking(site),
    act: send,
    async again(site) {
      if ((await site.files()).length === 0) await send(site);
    },
    async wrong(site) {
      return [
        ...(await wrongStates(site, ['released'])),
        ...wrongCopies(site, [`outbound/cohort/alice/${NAME}`]),
        ...wrongFile(site.at('shares/cohort', NAME), BYTES),
      ];
    },
  },
  'a release that is taken back': {
    async prepare(site) {
      writeWorking(site);
      await send(site);
      await only(site, 'released');
    },
    async act(site) {
      const decision = { by: await site.account('dana'), reason: 'a name in it' };
      const revoked = await revokeRelease(
        site.custody,
        { kind: 'console' },
        await only(site, 'released'),
        decision,
      );
      return revoked.ok && (await retention(site));
    },
    async again(site) {
      const [file] = await filesAt(site);
      const decision = { by: await site.account('dana'), reason: 'a name in it' };
      if (file?.state === 'released')
        done(await revokeRelease(site.custody, { kind: 'console' }, file, decision));
      await retention(site);
    },
    ...DESTROYED,
  },
  'a destruction': {
    async prepare(site) {
      await arrive(site);
      site.clock.ahead += 31 * DAY;
    },
    act: retention,
    again: async (site) => void (await retention(site)),
    ...DESTROYED,
  },
  'a removal': {
    prepare: async (site) => void (await arrive(site)),
    async act(site) {
      const file = await only(site, 'arrived');
      return (await removeArrived(site.custody, { kind: 'console' }, file)).ok && (await site.work());
    },
    async again(site) {
      const [file] = await filesAt(site);
      if (file?.state === 'arrived') done(await removeArrived(site.custody, { kind: 'console' }, file));
    },
    async wrong(site) {
      return [...(await wrongStates(site, ['removed'])), ...wrongCopies(site, [])];
    },
  },
  'a reading of all files again': {
    inodes: true,
    async prepare(site) {
      await arrive(site, path('first.csv'), Buffer.from('first'));
      const mover = { actor: { kind: 'console' }, account: (await site.account('alice')).id } as const;
      const to = { share: 'cohort', path: 'raw.csv' as FolderPath };
      done(await moveToShare(site.custody, mover, path('first.csv'), to));
      await arrive(site);
    },
    async act(site) {
      writeFileSync(site.at('arrivals/alice', NAME), Buffer.alloc(BYTES.length));
      writeFileSync(site.at('shares/cohort/raw.csv'), 'others');
      await scrub(site);
      writeFileSync(site.at('arrivals/alice', NAME), BYTES);
      await scrub(site);
      return true;
    },
    always: true,
    async again(site) {
      writeFileSync(site.at('arrivals/alice', NAME), BYTES);
      await scrub(site);
    },
    async wrong(site) {
      const [shared] = await filesAt(site, 'first.csv');
      return [
        ...(await wrongStates(site, ['arrived'])),
        ...wrongFile(site.at('arrivals/alice', NAME), BYTES),
        ...wrongFile(site.at('shares/cohort/raw.csv'), Buffer.from('others')),
        ...(shared?.reason === 'changed-since'
          ? []
          : [`the file of the share is ${shared?.reason ?? 'as it was'}`]),
      ];
    },
  },
  'a file that a desktop puts into Arrivals': {
    inodes: true,
    // The home is there.
    prepare: async (site) => void (await arrive(site, path('first.csv'), Buffer.from('first'))),
    async act(site) {
      writeFileSync(site.at('arrivals/alice', NAME), BYTES);
      await rescan(site);
      return true;
    },
    always: true,
    async again(site) {
      writeFileSync(site.at('arrivals/alice', NAME), BYTES);
      await rescan(site);
    },
    async wrong(site) {
      return [
        ...(await wrongStates(site, ['arrived'])),
        ...(await wrongStates(site, ['arrived'], 'first.csv')),
        ...wrongCopies(site, [`arrivals/alice/${NAME}`]),
      ];
    },
  },
  'a file that a desktop moves to a share': {
    inodes: true,
    prepare: async (site) => void (await arrive(site)),
    async act(site) {
      renameSync(site.at('arrivals/alice', NAME), site.at('shares/cohort/raw.csv'));
      await rescan(site);
      return true;
    },
    always: true,
    again: rescan,
    async wrong(site) {
      return [
        ...(await wrongStates(site, ['shared'])),
        ...wrongFile(site.at('shares/cohort/raw.csv'), BYTES),
        ...wrongCopies(site, []),
      ];
    },
  },
};
