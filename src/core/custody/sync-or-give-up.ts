import { reach } from '../kit/failpoint.ts';
import { fileRecord, systemActor } from './actors.ts';
import type { Intake } from './custody.ts';
import type { CustodyFile } from './file.ts';
import { keptAside } from './retention/kept-aside.ts';
import type { AirlockHandle } from './zone-ports.ts';

/**
 * Makes what was written of an upload in `receiving` durable. After a failed sync nobody knows which bytes are on
 * disk: the upload is then given up, and this throws what its sender has to know.
 */
export async function syncOrGiveUp(
  intake: Intake,
  upload: Pick<CustodyFile, 'id' | 'generation' | 'owner'>,
  handle: AirlockHandle,
): Promise<void> {
  try {
    await handle.sync();
  } catch (cause) {
    await giveUp(intake, upload);
    throw new Error('the disk could not keep the upload; send it again from the beginning', { cause });
  }
  reach('receive.bytes-synced');
}

async function giveUp(
  { ledger, clock, policy }: Intake,
  upload: Pick<CustodyFile, 'id' | 'generation' | 'owner'>,
): Promise<void> {
  const at = clock.now();
  const reason = 'write-failed';
  await ledger.moveFile({
    ref: { id: upload.id, generation: upload.generation },
    from: 'receiving',
    to: 'abandoned',
    lease: 'release',
    changes: { reason, ...keptAside(policy, 'abandoned', at) },
    audit: fileRecord(at, systemActor('intake'), 'upload-abandoned', upload, { data: { reason } }),
  });
}
