import type { Account } from '../../accounts/account.ts';
import type { Actor } from '../../audit/events.ts';
import { accept, type Result, refuse } from '../../kit/result.ts';
import { fileRecord } from '../actors.ts';
import type { Intake } from '../custody.ts';
import type { CustodyFile } from '../file.ts';
import { hintNotices, noticesToDeciders } from '../notice.ts';
import type { Decision } from '../retention/decide.ts';

/** Why a release was not taken back. Nothing was changed. */
export type RevokeRefusal = 'not-released' | 'may-not-revoke' | 'reason-missing';

/** The rule by which a revoked file is destroyed, as `expiresRule` stores it. */
const REVOKED_RULE = 'revoked/v1';

/**
 * Takes a release back, in the name of the data team, of the IAO of the share's project, or of the file's owner.
 * Nobody can open it from now on, and open downloads end within 200 ms. The next run of retention destroys and
 * certifies it; a hold keeps the bytes, not the access.
 */
export async function revokeRelease(
  intake: Intake,
  actor: Actor,
  file: CustodyFile,
  { by, reason }: Decision,
): Promise<Result<void, RevokeRefusal>> {
  if (!(await mayRevoke(intake, file, by)))
    return refuse('may-not-revoke', `${by.name} is not of the data team, nor its owner or their IAO`);
  if (reason.trim() === '') return refuse('reason-missing', 'to take a release back needs a reason');
  if (file.state !== 'released')
    return refuse('not-released', `only a released file is taken back; this one is ${file.state}`);
  const at = intake.clock.now();
  const notices = await noticesToDeciders(intake, file, 'file-revoked');
  const made = fileRecord(at, actor, 'file-revoked', file, {
    data: { by: by.id, collected: file.collectedAt !== null },
  });
  const moved = await intake.ledger.moveFile({
    ref: file,
    from: 'released',
    to: 'revoked',
    nextGeneration: true,
    changes: { expiresAt: at, expiresRule: REVOKED_RULE },
    notices,
    audit: { ...made, event: { ...made.event, personal: { ...made.event.personal, reason } } },
  });
  if (moved !== 'moved')
    return refuse('not-released', 'its time is over, or somebody else has taken it back');
  hintNotices(intake, notices);
  return accept(undefined);
}

async function mayRevoke({ ledger }: Intake, file: CustodyFile, by: Account): Promise<boolean> {
  if (by.status !== 'active') return false;
  if (by.role === 'data-team' || by.id === file.owner) return true;
  const share = file.leavesBy === null ? null : await ledger.shareById(file.leavesBy);
  const project = share === null ? null : await ledger.projectById(share.project);
  return project?.iao === by.id;
}
