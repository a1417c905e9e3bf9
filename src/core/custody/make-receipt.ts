import { isoTime } from '../kit/clock.ts';
import { newId } from '../kit/ids.ts';
import type { Custody } from './custody.ts';
import type { CustodyFile } from './file.ts';
import { joinPath } from './names.ts';
import type { SignedReceipt } from './receipt.ts';
import { newestVerdicts, unscannedLabel } from './verdict.ts';

/**
 * Signs what was received: `file` as the person sent it, and `arrived`, where its bytes are inside (the file
 * itself, or the one that had the same bytes already).
 */
export async function makeReceipt(
  custody: Custody,
  file: CustodyFile,
  arrived: CustodyFile,
): Promise<SignedReceipt> {
  const { ledger, clock, policy, receipts } = custody;
  const owner = await ledger.accountById(file.owner);
  const { sha256, receivedAt } = file;
  const { arrival, arrivedAt, expiresAt } = arrived;
  if (
    owner === null ||
    sha256 === null ||
    receivedAt === null ||
    arrival === null ||
    arrivedAt === null ||
    expiresAt === null
  ) {
    throw new Error(`file ${file.id} lacks what a receipt has to say`);
  }
  const verdicts = newestVerdicts(await ledger.verdictsOf(file.id), sha256);
  const unscanned = unscannedLabel(verdicts);
  return receipts.sign({
    kind: 'havengate-receipt',
    version: 1,
    receiptId: newId('rcpt', clock.now()),
    site: policy.site,
    file: {
      id: file.id,
      path: joinPath(file.path.folder, file.path.name),
      size: file.size,
      sha256,
      contentType: file.contentType,
    },
    owner: { account: owner.id, name: owner.name },
    door: file.door,
    receivedAt: isoTime(receivedAt),
    arrivedAt: isoTime(arrivedAt),
    expiresAt: isoTime(expiresAt),
    arrival: { file: arrived.id, path: joinPath(arrival.folder, arrival.name) },
    scan: policy.scan.on ? 'on' : 'off',
    ...(unscanned !== null && { unscanned }),
    checks: verdicts.map(({ check, outcome, detail, version }) => ({
      check,
      outcome,
      detail,
      version,
    })),
  });
}
