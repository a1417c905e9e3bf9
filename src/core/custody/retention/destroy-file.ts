import type { Instant } from '../../kit/clock.ts';
import { reach } from '../../kit/failpoint.ts';
import { fileRecord, systemActor } from '../actors.ts';
import type { Custody } from '../custody.ts';
import type { CustodyFile, FileRef } from '../file.ts';
import { waitWhileFrozen } from '../freezes/frozen-work.ts';
import { DONE, type JobEnd } from '../inspect-file.ts';
import { dataTeam, hintNotices, newNotice, noticesAbout } from '../notice.ts';
import { destroyBytes } from './destroy-bytes.ts';
import { whyNothingIsDestroyed } from './destruction-guard.ts';
import { keptAside } from './kept-aside.ts';
import { makeCertificate } from './make-certificate.ts';

const ACTOR = systemActor('destroy-file');

/**
 * Destroys the bytes of a file in state `destroying` and certifies it. Its name is first moved out of sight, checked
 * to be our bytes by one descriptor, then unlinked (invariant 4). A name that something else has taken is left
 * alone and the file is held for a person. Waits while the clock is suspect. Safe to run twice, and after a crash
 * at any line.
 */
export async function destroyFile(custody: Custody, ref: FileRef): Promise<JobEnd> {
  const { ledger } = custody;
  const file = await ledger.fileById(ref.id);
  if (file === null || file.generation !== ref.generation || file.state !== 'destroying') return DONE;
  const frozen = await waitWhileFrozen(custody, file, 'keeps');
  if (frozen !== null) return frozen;
  const stopped = await whyNothingIsDestroyed(ledger);
  if (stopped !== null) return { end: 'later', why: stopped.why };
  if (isTooEarly(file, custody.clock.now())) return { end: 'later', why: 'its time is not over' };
  const destroyed = await destroyBytes(custody, file);
  return typeof destroyed === 'string'
    ? holdForPerson(custody, file, destroyed)
    : recordDestruction(custody, file, destroyed.linkCount);
}

/** Begun while the clock was wrong: it waits for its time all the same. What a person has ordered does not wait. */
function isTooEarly({ expiresAt, expiresRule }: CustodyFile, now: Instant): boolean {
  return expiresAt !== null && expiresAt > now && expiresRule?.startsWith('decision/') !== true;
}

async function recordDestruction(
  custody: Custody,
  file: CustodyFile,
  linkCount: number | null,
): Promise<JobEnd> {
  const at = custody.clock.now();
  const rule = file.expiresRule ?? 'none';
  const certificate = await makeCertificate(custody, file, { at, rule, linkCount });
  const notices = await noticesAbout(custody, file, 'file-destroyed');
  const moved = await custody.ledger.moveFile({
    ref: file,
    from: 'destroying',
    to: 'destroyed',
    changes: { zone: 'gone', destroyedAt: at },
    certificate,
    notices,
    audit: fileRecord(at, ACTOR, 'file-destroyed', file, {
      data: {
        sha256: file.sha256,
        size: file.size,
        rule: file.expiresRule,
        linkCount,
        certificate: certificate.body.certificateId,
      },
    }),
  });
  if (moved !== 'moved') return DONE;
  reach('destroy.recorded');
  hintNotices(custody, notices);
  return DONE;
}

/**
 * Its name is gone or somebody else's, and not by our doing: nothing can be certified, and a person has to look. The
 * data team is told.
 */
async function holdForPerson(
  custody: Custody,
  file: CustodyFile,
  why: 'replaced' | 'missing',
): Promise<JobEnd> {
  custody.log.error('destruction-stopped', { file: file.id, why });
  const at = custody.clock.now();
  const reason = why === 'replaced' ? 'bytes-differ' : 'bytes-missing';
  const readers = await dataTeam(custody);
  const notices = readers.map((account) => newNotice(custody, file, 'destruction-stopped', account));
  const moved = await custody.ledger.moveFile({
    ref: file,
    from: 'destroying',
    to: 'held',
    changes: { reason, ...keptAside(custody.policy, 'held', at) },
    notices,
    audit: fileRecord(at, ACTOR, 'destruction-stopped', file, { data: { reason } }),
  });
  if (moved === 'moved') hintNotices(custody, notices);
  return DONE;
}
