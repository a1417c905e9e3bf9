import { type Instant, isoTime } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import type { Custody } from '../custody.ts';
import type { CustodyFile } from '../file.ts';
import { shownPath } from '../shown-path.ts';
import type { SignedCertificate } from './certificate.ts';

/** What a certificate is made with: of workers, and of the one verb that issues certificates. */
export type Certifying = Pick<Custody, 'ledger' | 'clock' | 'policy' | 'certificates'>;

/** When and how the last name that we know was unlinked. */
interface Unlinked {
  readonly at: Instant;
  /** The rule, or whose decision it was. */
  readonly rule: string;
  /** Null when a crash kept us from counting. */
  readonly linkCount: number | null;
}

/** Signs that the bytes of a file were unlinked. The caller knows that they were, and by us. */
export async function makeCertificate(
  { ledger, clock, policy, certificates }: Certifying,
  file: CustodyFile,
  { at, rule, linkCount }: Unlinked,
): Promise<SignedCertificate> {
  const owner = await ledger.accountById(file.owner);
  if (owner === null) throw new Error(`file ${file.id} has no owner`);
  const path = await shownPath({ ledger }, file);
  return certificates.sign({
    kind: 'havengate-certificate',
    version: 1,
    certificateId: newId('cert', clock.now()),
    site: policy.site,
    file: { id: file.id, path, size: file.size, sha256: file.sha256 },
    owner: { account: owner.id, name: owner.name },
    receivedAt: file.receivedAt === null ? null : isoTime(file.receivedAt),
    arrivedAt: file.arrivedAt === null ? null : isoTime(file.arrivedAt),
    destroyedAt: isoTime(at),
    rule,
    method: 'unlink',
    linkCount,
    medium: policy.retention.medium,
  });
}
