import type { Account } from '../../accounts/account.ts';
import { type Instant, isoTime } from '../../kit/clock.ts';
import { reach } from '../../kit/failpoint.ts';
import { newId } from '../../kit/ids.ts';
import { fileRecord, systemActor } from '../actors.ts';
import type { Custody } from '../custody.ts';
import type { CustodyFile, FileRef } from '../file.ts';
import { DONE, type JobEnd } from '../inspect-file.ts';
import { joinPath } from '../names.ts';
import { hintNotices } from '../notice.ts';
import type { SignedCertificate } from './certificate.ts';
import { clockSuspicion } from './clock-guard.ts';
import { destroyBytes } from './destroy-bytes.ts';
import { keptAside } from './kept-aside.ts';
import { noticesAbout } from './run.ts';

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
  const suspicion = await clockSuspicion(ledger);
  if (suspicion !== null) return { end: 'later', why: `the clock is not trusted: ${suspicion}` };
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
  const owner = await custody.ledger.accountById(file.owner);
  if (owner === null) throw new Error(`file ${file.id} has no owner`);
  const certificate = certify(custody, file, owner, linkCount);
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

/** Signs what was destroyed. */
function certify(
  custody: Custody,
  file: CustodyFile,
  owner: Account,
  linkCount: number | null,
): SignedCertificate {
  const { clock, policy, certificates } = custody;
  const { folder, name } = file.arrival ?? file.path;
  return certificates.sign({
    kind: 'havengate-certificate',
    version: 1,
    certificateId: newId('cert', clock.now()),
    site: policy.site,
    file: { id: file.id, path: joinPath(folder, name), size: file.size, sha256: file.sha256 },
    owner: { account: owner.id, name: owner.name },
    receivedAt: file.receivedAt === null ? null : isoTime(file.receivedAt),
    arrivedAt: file.arrivedAt === null ? null : isoTime(file.arrivedAt),
    destroyedAt: isoTime(clock.now()),
    rule: file.expiresRule ?? 'none',
    method: 'unlink',
    linkCount,
    medium: policy.retention.medium,
  });
}

/** Its name is gone or somebody else's, and not by our doing: nothing can be certified, and a person has to look. */
async function holdForPerson(
  custody: Custody,
  file: CustodyFile,
  why: 'replaced' | 'missing',
): Promise<JobEnd> {
  custody.log.error('destruction-stopped', { file: file.id, why });
  const at = custody.clock.now();
  const reason = why === 'replaced' ? 'bytes-differ' : 'bytes-missing';
  await custody.ledger.moveFile({
    ref: file,
    from: 'destroying',
    to: 'held',
    changes: { reason, ...keptAside(custody.policy, 'held', at) },
    audit: fileRecord(at, ACTOR, 'destruction-stopped', file, { data: { reason } }),
  });
  return DONE;
}
