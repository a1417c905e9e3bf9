import type { Instant } from '../kit/clock.ts';
import type { Sha256 } from '../kit/digest.ts';

/**
 * The checks that a file passes through. `format` is made only of files that are too large for the malware check,
 * where the site admits some formats unscanned.
 */
const CHECKS = ['digest', 'type', 'malware', 'format'] as const;
export type Check = (typeof CHECKS)[number];

/**
 * What a check said.
 * - `pass`: it looked at all bytes and found nothing; for `format`: the structure is whole.
 * - `finding`: something to show a person; never holds or quarantines by itself.
 * - `infected`: malware was found.
 * - `too-large`, `encrypted`, `limits-exceeded`: the check cannot look inside; a policy decides.
 * - `off`: the site switched the check off, and everybody is told.
 */
export type VerdictOutcome =
  | 'pass'
  | 'finding'
  | 'infected'
  | 'too-large'
  | 'encrypted'
  | 'limits-exceeded'
  | 'off';

/** What one check said of one digest, with the check's version. */
export interface Verdict {
  readonly check: Check;
  readonly outcome: VerdictOutcome;
  /**
   * What was found, in the check's own words: a signature's name, a media type; the format's word where `format` says
   * `pass`. At most 500 characters.
   */
  readonly detail: string | null;
  /** Program, version and signature version, as the check tells them. */
  readonly version: string;
  readonly sha256: Sha256;
  readonly at: Instant;
}

/** What one reading of the bytes found. */
export interface Inspection {
  readonly size: number;
  readonly sha256: Sha256;
  readonly contentType: string | null;
  readonly verdicts: readonly Verdict[];
}

/** A check could not answer. The answer is "not yet", never "pass" (invariant 8): the job is tried again. */
export interface NotYet {
  readonly check: Check;
  readonly why: string;
}

/** What a site does with files that a scanner cannot look into. */
export interface ScanPolicy {
  /** False with `scan: off`: every receipt and listing says so. */
  readonly on: boolean;
  readonly tooLarge: 'hold' | 'admit';
  readonly encrypted: 'hold' | 'admit';
  /** Formats that are admitted when they are too large, if their structure is whole. Left out: none. */
  readonly unscanned?: readonly ResearchFormat[];
}

/** Formats of research data whose structure can be checked, with the words that the configuration has for them. */
export const RESEARCH_FORMATS = ['bam', 'cram', 'vcf', 'fastq', 'dicom', 'nifti', 'parquet', 'hdf5'] as const;
export type ResearchFormat = (typeof RESEARCH_FORMATS)[number];

/** The formats as people write them. */
export const FORMAT_NAMES: Readonly<Record<ResearchFormat, string>> = {
  bam: 'BAM',
  cram: 'CRAM',
  vcf: 'VCF',
  fastq: 'FASTQ',
  dicom: 'DICOM',
  nifti: 'NIfTI',
  parquet: 'Parquet',
  hdf5: 'HDF5',
};

/**
 * What becomes of an inspected file. `reason` is from a closed list and goes to ledger, audit and people. `unscanned`
 * is the format that a file is admitted as without a scan.
 */
export type Judgement =
  | { readonly outcome: 'admit'; readonly unscanned?: ResearchFormat }
  | { readonly outcome: 'hold'; readonly reason: HoldReason }
  | { readonly outcome: 'quarantine'; readonly reason: 'malware' };

/** Why a file is held for a person to decide. */
export type HoldReason =
  | 'not-scanned'
  | 'too-large'
  | 'encrypted'
  | 'limits-exceeded'
  | 'bytes-differ'
  | 'bytes-missing'
  | 'name-unavailable';

/** The newest word of each check on one digest, from verdicts that are oldest first. */
export function newestVerdicts(verdicts: readonly Verdict[], sha256: Sha256 | null): readonly Verdict[] {
  return CHECKS.flatMap(
    (check) => verdicts.findLast((one) => one.check === check && one.sha256 === sha256) ?? [],
  );
}

/**
 * Judges the verdicts on one digest, one for each check: malware is quarantined, what cannot be scanned is held
 * unless policy admits it, for all files or for those whose structure is whole in a listed format, and a missing
 * malware verdict is never a pass.
 */
export function judge(verdicts: readonly Verdict[], policy: ScanPolicy): Judgement {
  const malware = verdicts.find((verdict) => verdict.check === 'malware');
  if (malware === undefined) throw new Error('a file without a malware verdict cannot be judged');
  switch (malware.outcome) {
    case 'infected':
      return { outcome: 'quarantine', reason: 'malware' };
    case 'too-large':
      return judgeTooLarge(verdicts, policy);
    case 'encrypted':
      return policy.encrypted === 'admit' ? { outcome: 'admit' } : { outcome: 'hold', reason: 'encrypted' };
    case 'limits-exceeded':
      return { outcome: 'hold', reason: 'limits-exceeded' };
    case 'off':
      return policy.on ? { outcome: 'hold', reason: 'not-scanned' } : { outcome: 'admit' };
    case 'pass':
    case 'finding':
      return { outcome: 'admit' };
  }
}

function judgeTooLarge(verdicts: readonly Verdict[], policy: ScanPolicy): Judgement {
  const format = wholeFormat(verdicts);
  if (format !== null && policy.unscanned?.includes(format)) return { outcome: 'admit', unscanned: format };
  return policy.tooLarge === 'admit' ? { outcome: 'admit' } : { outcome: 'hold', reason: 'too-large' };
}

/** What a check said, as verdicts and receipts have it. */
type Said = Pick<Verdict, 'detail' | 'version'> & { readonly check: string; readonly outcome: string };

/** The format whose structure is whole; null when that was not checked, or is not so. */
function wholeFormat(checks: readonly Said[]): ResearchFormat | null {
  const said = checks.find(({ check }) => check === 'format');
  if (said?.outcome !== 'pass') return null;
  return RESEARCH_FORMATS.find((format) => format === said.detail) ?? null;
}

/**
 * The label of bytes that are too large for the scanner, given one verdict for each check: it goes wherever the file
 * is shown or proved, however it was admitted. Null for all others; `scan` says what became of those.
 */
export function unscannedLabel(checks: readonly Said[]): string | null {
  if (!checks.some(({ check, outcome }) => check === 'malware' && outcome === 'too-large')) return null;
  const format = wholeFormat(checks);
  if (format === null) return 'not-scanned: too large';
  const version = checks.find(({ check }) => check === 'format')?.version;
  return `not-scanned: too large, structure checked as ${FORMAT_NAMES[format]} (${version})`;
}
