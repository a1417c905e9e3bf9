import type { AuditLedger } from '../audit/ports.ts';
import { verifyAudit } from '../audit/verify.ts';
import { parseId } from '../kit/ids.ts';
import { checkDoomed, isNameOf, isOnItsWay, listDoomed } from './check-doomed.ts';
import type { Intake } from './custody.ts';
import { type CustodyCheck, type Finding, fault, warning } from './custody-finding.ts';
import { checkClaims } from './doctor/check-claims.ts';
import { checkDamage } from './doctor/check-damage.ts';
import { checkInode } from './doctor/check-inode.ts';
import { checkNames } from './doctor/check-names.ts';
import { checkStories } from './doctor/check-story.ts';
import { checkLeftovers } from './doctor/leftovers.ts';
import { AT_ONCE, type Pace } from './doctor/pace.ts';
import { type CustodyFile, isInCustody } from './file.ts';
import { joinPath } from './names.ts';
import { isUnsealed } from './outbound/unsealed.ts';
import { publishedPlace } from './published.ts';
import { type SignedReceipt } from './receipt.ts';
import { newestVerdicts, type Verdict, type VerdictOutcome } from './verdict.ts';

const PAGE = 1000;

/** Pages of the log that may be read as one thing is looked at. */
const ROWS_PER_LOOK = 20;

/**
 * Compares disk, ledger and audit log against the ordering invariants. Reads names and sizes, not contents: what
 * scrubbing has found altered is told from the ledger.
 * Changes nothing. Runs beside a working daemon: a file that moves while it is looked at is looked at again, and
 * only what is still wrong is reported. `pace` is called before each file, name and handful of audit rows.
 */
export async function checkCustody(intake: Intake, pace: Pace = AT_ONCE): Promise<CustodyCheck> {
  const audit = await verifyAudit(pacedLog(intake.ledger, pace));
  const doomed = await listDoomed(intake);
  const findings: Finding[] = audit.faults.map((message) => fault(6, null, `audit log: ${message}`));
  let files = 0;
  for await (const file of filesWithBytes(intake)) {
    await pace();
    files++;
    findings.push(...(await checkPatiently(intake, file)));
  }
  for await (const entry of intake.zones.airlock.list()) {
    findings.push(...(await checkAirlockEntry(intake, entry.name)));
  }
  for await (const entry of intake.zones.airlock.coming()) {
    findings.push(...(await checkComing(intake, entry.name)));
  }
  findings.push(...(await checkDoomed(intake, doomed)));
  for await (const finding of checkStories(intake, pace)) if (finding !== null) findings.push(finding);
  findings.push(...(await checkNames(intake, pace)), ...(await checkClaims(intake)));
  findings.push(...(await checkDamage(intake)), ...(await checkLeftovers(intake, pace)));
  return { files, auditRows: audit.size, findings };
}

/** The log with a wait for what each page of it costs. */
function pacedLog(ledger: AuditLedger, pace: Pace): AuditLedger {
  return {
    ...ledger,
    async readAudit(from, limit) {
      for (let rows = 0; rows < limit; rows += ROWS_PER_LOOK) await pace();
      return ledger.readAudit(from, limit);
    },
  };
}

async function* filesWithBytes(intake: Intake): AsyncGenerator<CustodyFile> {
  let after: CustodyFile['id'] | null = null;
  for (;;) {
    const page: readonly CustodyFile[] = await intake.ledger.filesWithBytes(after, PAGE);
    yield* page;
    after = page.at(-1)?.id ?? null;
    if (page.length < PAGE) return;
  }
}

/** How often a file is looked at that is somewhere else each time. */
const LOOKS = 5;

/** A working daemon moves files between our reading of the row and of the disk: what is told stands still. */
async function checkPatiently(intake: Intake, file: CustodyFile): Promise<readonly Finding[]> {
  let seen = file;
  for (let looks = 1; ; looks++) {
    const findings = await checkFile(intake, seen);
    if (findings.length === 0 || (await isInDoomedFolder(intake, seen))) return [];
    const now = await intake.ledger.fileById(file.id);
    if (now === null || !isInCustody(now.zone)) return [];
    if (looks > 1 && (isSameStep(now, seen) || looks >= LOOKS)) return findings;
    seen = now;
  }
}

/** Between the rename and its row, the name stands in a doomed folder. Asked after the look: before, it may come. */
async function isInDoomedFolder(intake: Intake, file: CustodyFile): Promise<boolean> {
  return isOnItsWay(file) && (await listDoomed(intake)).some(({ name }) => isNameOf(name, file));
}

function isSameStep(a: CustodyFile, b: CustodyFile): boolean {
  return a.generation === b.generation && a.state === b.state && a.zone === b.zone;
}

async function checkFile(intake: Intake, file: CustodyFile): Promise<readonly Finding[]> {
  return [...(await checkBytes(intake, file)), ...(await checkPublication(intake, file))];
}

/** Invariants 1 and 9: every acknowledged byte is present, where the ledger says. */
async function checkBytes(intake: Intake, file: CustodyFile): Promise<readonly Finding[]> {
  const size = await sizeOnDisk(intake, file);
  if (file.state === 'receiving') {
    if ((size ?? 0) < file.size)
      return [fault(9, file.id, `${size ?? 'no'} bytes are left of an upload that had ${file.size}`)];
    return [warning(file.id, `an unfinished upload of ${size ?? 0} bytes can be resumed`)];
  }
  // Nobody was told that a copy is there before it is sealed.
  if (file.state === 'sealing') return [];
  // A published file may stand in both zones until the airlock's name is cleared.
  if (size === null)
    return [fault(1, file.id, `its bytes are missing from ${file.zone} (state ${file.state})`)];
  if (isGivenUp(file) && (size > file.size || file.reason === 'write-failed')) return [];
  if (size !== file.size)
    return [fault(1, file.id, `it has ${size} bytes in ${file.zone}, the ledger says ${file.size}`)];
  return [];
}

/** An upload of which nobody was told that it is whole: it may have bytes unnoted, and a failing disk may have lost some. */
function isGivenUp({ state, sha256 }: CustodyFile): boolean {
  return state === 'abandoned' || (state === 'destroying' && sha256 === null);
}

/** Invariants 2 and 3: what people can see has its digest, its verdicts and its receipt, and is whole. */
async function checkPublication(intake: Intake, file: CustodyFile): Promise<readonly Finding[]> {
  if (file.state !== 'arrived' && file.state !== 'released') return [];
  const where = file.state === 'arrived' ? 'Arrivals' : 'outbound';
  const verdicts = await intake.ledger.verdictsOf(file.id);
  const findings: Finding[] = [...(await checkAllowed(intake, file, verdicts))];
  if (
    file.sha256 === null ||
    !verdicts.some((verdict) => verdict.check === 'malware' && verdict.sha256 === file.sha256)
  ) {
    findings.push(
      fault(2, file.id, `it is in ${where} without a digest and a malware verdict in the ledger`),
    );
  }
  const hasReceipt = file.state === 'arrived' && file.door !== 'drives';
  if (hasReceipt && !(await intake.ledger.receiptsOf(file.id)).some((receipt) => coversFile(receipt, file))) {
    findings.push(fault(2, file.id, 'it is in Arrivals without a receipt for its digest'));
  }
  const published = await publishedSize(intake, file);
  if (published !== file.size) {
    findings.push(
      fault(3, file.id, `${where} shows ${published ?? 'nothing'} where ${file.size} bytes were published`),
    );
  }
  if (published === file.size) findings.push(...(await checkInode(intake, file)));
  return findings;
}

/** What the scanner says no to, or could not look into to its end: no policy lets it pass, only a person. */
const NEVER_BY_ITSELF: readonly VerdictOutcome[] = ['infected', 'limits-exceeded'];

/** Invariant 8: nothing passed that a check said no to, unless the log says that a person has let it. */
async function checkAllowed(
  intake: Intake,
  file: CustodyFile,
  verdicts: readonly Verdict[],
): Promise<readonly Finding[]> {
  const malware = newestVerdicts(verdicts, file.sha256).find(({ check }) => check === 'malware');
  if (malware === undefined || !NEVER_BY_ITSELF.includes(malware.outcome) || file.door === 'drives')
    return [];
  const rows = await intake.ledger.auditOf({ file: file.id });
  const isOrdered = rows.some(({ entry }) => {
    const { type } = JSON.parse(entry) as { readonly type: string };
    return type === 'admission-ordered' || type === 'release-ordered';
  });
  if (isOrdered) return [];
  return [
    fault(8, file.id, `it is ${file.state}, the scanner said ${malware.outcome}, and nobody has let it`),
  ];
}

function coversFile(receipt: SignedReceipt, file: CustodyFile): boolean {
  return receipt.body.file.id === file.id && receipt.body.file.sha256 === file.sha256;
}

async function sizeOnDisk(intake: Intake, file: CustodyFile): Promise<number | null> {
  switch (file.zone) {
    case 'airlock':
      return (await intake.zones.airlock.sizeOf(file.id)) ?? (await clearedSize(intake, file));
    case 'quarantine':
      return intake.zones.quarantine.sizeOf(file.id);
    case 'arrivals':
    case 'outbound':
      return publishedSize(intake, file);
    case 'carried':
      return carriedSize(intake, file);
    case 'doomed':
      return file.size;
    case 'share':
    case 'gone':
      return null;
  }
}

/** States of files that were published, so that the airlock's name may be gone before the row says so. */
const CLEARED_STATES = ['arrived', 'moving', 'released', 'revoked', 'destroying'] as const;

/** Between the unlink and its row, the bytes are where they went; a removed file's are nowhere. */
async function clearedSize(intake: Intake, file: CustodyFile): Promise<number | null> {
  if (CLEARED_STATES.some((state) => state === file.state)) return publishedSize(intake, file);
  if (file.state === 'quarantined') return intake.zones.quarantine.sizeOf(file.id);
  if (file.state === 'removed' || file.reason === 'same-bytes' || isUnsealed(file)) return file.size;
  return null;
}

async function publishedSize(intake: Intake, file: CustodyFile): Promise<number | null> {
  if (file.arrival === null) return null;
  const { zone, name } = await publishedPlace(intake, file, file.arrival);
  return zone.sizeOf(name);
}

/** A move is between the two names: the new one is there, and the old one may be. */
async function carriedSize(intake: Intake, file: CustodyFile): Promise<number | null> {
  const share = file.working === null ? null : await intake.ledger.shareById(file.working.share);
  if (file.working === null || share === null) return null;
  const path = joinPath(file.working.folder, file.working.name);
  const there = await intake.zones.shares.look({ share: share.name, path });
  // People may change the working file from the moment they see it.
  return there === null ? publishedSize(intake, file) : file.size;
}

/** An airlock name that no row stands for is never deleted: it may be somebody's only copy. */
async function checkAirlockEntry(intake: Intake, name: string): Promise<readonly Finding[]> {
  const id = parseId('file', name);
  const file = id === null ? null : await intake.ledger.fileById(id);
  if (file === null)
    return [warning(name, 'the airlock holds bytes that no row accounts for; they were left alone')];
  if (file.zone === 'airlock' || (await intake.zones.airlock.sizeOf(file.id)) === null) return [];
  return [fault(9, file.id, `the airlock still holds it, the ledger has it in ${file.zone}`)];
}

/** A working daemon brings a file and writes its row in a moment; what a crash leaves of it, the next start settles. */
async function checkComing(intake: Intake, name: string): Promise<readonly Finding[]> {
  const id = parseId('file', name);
  const file = id === null ? null : await intake.ledger.fileById(id);
  if (file?.zone === 'airlock' || (id !== null && (await intake.zones.airlock.sizeOf(id)) === null))
    return [];
  return [warning(name, 'it was on its way into the airlock, and no row accounts for it yet')];
}
