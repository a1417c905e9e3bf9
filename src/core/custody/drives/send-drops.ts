import { newId } from '../../kit/ids.ts';
import type { Share } from '../../projects/project.ts';
import { fileRecord } from '../actors.ts';
import type { Intake } from '../custody.ts';
import type { CustodyFile, Drop } from '../file.ts';
import { TOP } from '../names.ts';
import { maySend } from '../outbound/may-send.ts';
import { pathText } from './compare.ts';
import { type DrivesPolicy, type HomeMemory, isNews } from './drives.ts';
import type { DriveTree, FoundFile } from './ports.ts';

const PAGE = 500;

/** How many of a person's files on their way out are looked through for one that was sent before. */
const RECENT = 1000;

/**
 * Sends out what people have put into the folder for drops of a share: each file at the top that stood still for the
 * grace, in the name of the account whose uid it has, if that may send out of the share. It is sealed like a
 * working file, and its name goes once the seal is in the ledger. All else is left alone and said once. Returns
 * true when something is to be looked at again soon. Safe to run twice.
 */
export async function sendDrops(
  intake: Intake,
  policy: DrivesPolicy,
  share: Share,
  memory: HomeMemory,
): Promise<boolean> {
  const tree = { kind: 'drop', share: share.name } as const;
  await intake.zones.drives.makeDrop(share.name);
  let again = false;
  for await (const page of intake.zones.drives.walk(tree, PAGE)) {
    for (const found of page.files) {
      if (!memory.strangers.hasStood(pathText(found.path), found.stamp)) continue;
      again = (await sendDrop({ intake, policy, share, memory, tree }, found)) || again;
    }
  }
  return memory.strangers.end() || again;
}

interface Dropping {
  readonly intake: Intake;
  readonly policy: DrivesPolicy;
  readonly share: Share;
  readonly memory: HomeMemory;
  readonly tree: DriveTree & { readonly kind: 'drop' };
}

/** True while it is on its way. */
async function sendDrop(dropping: Dropping, found: FoundFile): Promise<boolean> {
  const { intake, policy, share } = dropping;
  if (found.path.folder !== TOP) return say(dropping, found, 'put files beside the folder, not into it');
  const name = policy.users.get(found.uid);
  const sender = name === undefined ? null : await intake.ledger.accountByName(name);
  if (sender === null) return say(dropping, found, 'drives.users has no account for this uid');
  const may = await maySend(intake, sender.id, share.name);
  if (!may.ok && may.refusal === 'frozen') return say(dropping, found, 'it is frozen, and waits');
  if (!may.ok) {
    return say(
      dropping,
      found,
      'this account has no right to send out of the share; give it, or remove the file',
    );
  }
  const drop = { owner: sender.id, leavesBy: share.id };
  const sent = await findSent(dropping, drop, found);
  if (sent !== null) return endDrop(dropping, found, sent);
  if ((await intake.ledger.findFolder(drop, pathText(found.path))) !== null)
    return say(dropping, found, 'a folder has its name in what you send; rename it');
  await startDrop(dropping, drop, found);
  return true;
}

/** The sealing that began when the file was as it is now, whatever became of it; null when there is none. */
async function findSent(
  { intake, memory }: Dropping,
  drop: Drop,
  found: FoundFile,
): Promise<CustodyFile | null> {
  const recent = await intake.ledger.listFiles({ owner: drop.owner, leaving: true, limit: RECENT });
  const sent = recent.find(
    ({ id, door, leavesBy, path, createdAt }) =>
      door === 'drives' &&
      leavesBy === drop.leavesBy &&
      pathText(path) === pathText(found.path) &&
      // The clock of a network file system may be ahead.
      (createdAt >= found.changedAt || memory.known.get(id) === found.stamp),
  );
  return sent ?? null;
}

/** Once the bytes are safe in the airlock the name goes, if it is still the file that was sealed. */
async function endDrop(dropping: Dropping, found: FoundFile, sent: CustodyFile): Promise<boolean> {
  const { intake, tree } = dropping;
  if (sent.state === 'sealing') return true;
  if (sent.state === 'abandoned' && sent.reason !== 'same-bytes')
    return say(dropping, found, 'it could not be sent, as a mail says; change it, and it is tried again');
  await intake.zones.drives.unlink(tree, found);
  return false;
}

async function startDrop({ intake, share, memory }: Dropping, drop: Drop, found: FoundFile): Promise<void> {
  const at = intake.clock.now();
  const { path } = found;
  const sealing = {
    id: newId('file', at),
    ...drop,
    path,
    from: { share: share.id, ...path },
    door: 'drives',
    at,
  } as const;
  const actor = { kind: 'account', account: drop.owner, side: 'inside', door: 'drives' } as const;
  const audit = fileRecord(at, actor, 'sealing-begun', sealing, { path, data: { by: 'uid' } });
  await intake.ledger.startSealing(sealing, audit);
  memory.known.set(sealing.id, found.stamp);
  intake.hints.hint({ job: 'seal-file', ref: { id: sealing.id, generation: 1 } });
}

function say({ intake, share, memory }: Dropping, found: FoundFile, advice: string): false {
  if (isNews(memory, `${found.mark}/${advice}`)) {
    intake.log.warn('drive-drop-left', {
      share: share.id,
      inode: found.mark,
      uid: found.uid,
      message: `a file in the folder for drops of a share is not sent: ${advice}`,
    });
  }
  return false;
}
