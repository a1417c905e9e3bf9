import { reach } from '../kit/failpoint.ts';
import { newId } from '../kit/ids.ts';
import { fileRecord, systemActor } from './actors.ts';
import type { Custody } from './custody.ts';
import type { CustodyFile, FileRef } from './file.ts';
import { keptAside } from './retention/kept-aside.ts';
import type { Inspection } from './verdict.ts';

/** How a job ended: `later` means "not yet" (invariant 8), to be tried again; anything else is `done`. */
export type JobEnd = { readonly end: 'done' } | { readonly end: 'later'; readonly why: string };

/** There is nothing (more) to do for this job. */
export const DONE: JobEnd = { end: 'done' };

/**
 * Reads a received file once and records what the checks say of its digest. Decides nothing: admission does,
 * when the file has settled (`checkFile` goes on with it). May begin before that; a reopened file makes the next
 * generation, and what was found here is then refused. Safe to run twice, also at once.
 */
export async function inspectFile(custody: Custody, ref: FileRef): Promise<JobEnd> {
  const file = await beginInspection(custody, ref);
  if (file === null) return DONE;
  reach('inspect.begun');
  const bytes = custody.zones.airlock.read(file.id);
  const inspected = await custody.inspector.inspect(bytes, { name: file.path.name, size: file.size });
  reach('inspect.bytes-read');
  if (!inspected.answered) {
    const { check, why } = inspected.notYet;
    if (check === 'digest') return holdDamaged(custody, file, why);
    custody.log.warn('inspection-waits', { file: file.id, check, why });
    return { end: 'later', why: `${check}: ${why}` };
  }
  await recordInspection(custody, file, inspected.inspection);
  return DONE;
}

async function beginInspection(custody: Custody, ref: FileRef): Promise<CustodyFile | null> {
  const { ledger, clock } = custody;
  const file = await ledger.fileById(ref.id);
  if (file === null || file.generation !== ref.generation || file.settlesAt === null) return null;
  if (file.state === 'inspecting') return file.inspectedAt === null ? file : null;
  if (file.state !== 'received' && file.state !== 'sealed') return null;
  const moved = await ledger.moveFile({
    ref,
    from: file.state,
    to: 'inspecting',
    audit: fileRecord(clock.now(), systemActor('inspect-file'), 'inspection-begun', file),
  });
  return moved === 'moved' ? { ...file, state: 'inspecting' } : null;
}

async function recordInspection(custody: Custody, file: CustodyFile, found: Inspection): Promise<void> {
  const { ledger, clock } = custody;
  const at = clock.now();
  const { sha256, contentType, verdicts } = found;
  const checks = verdicts.map(({ check, outcome, version }) => ({ check, outcome, version }));
  await ledger.moveFile({
    ref: file,
    from: 'inspecting',
    to: 'inspecting',
    changes: { sha256, contentType, inspectedAt: at },
    verdicts,
    audit: fileRecord(at, systemActor('inspect-file'), 'file-inspected', file, {
      data: { sha256, size: found.size, checks },
    }),
  });
  reach('inspect.recorded');
}

/**
 * The airlock does not hold as many bytes as were acknowledged. A reopened file has another generation by now, and
 * the move is refused; anything else is damage, which no second try mends.
 */
async function holdDamaged(custody: Custody, file: CustodyFile, why: string): Promise<JobEnd> {
  const { ledger, clock, log } = custody;
  const at = clock.now();
  const moved = await ledger.moveFile({
    ref: file,
    from: 'inspecting',
    to: 'held',
    changes: { reason: 'bytes-differ', ...keptAside(custody.policy, 'held', at) },
    notices: [{ id: newId('noti', at), kind: 'file-held', account: file.owner, file: file.id, at }],
    audit: fileRecord(at, systemActor('inspect-file'), 'file-held', file, {
      data: { reason: 'bytes-differ' },
    }),
  });
  if (moved === 'moved') log.error('airlock-bytes-differ', { file: file.id, why });
  return DONE;
}
