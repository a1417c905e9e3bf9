import type { Side } from '../accounts/account.ts';
import type { Gates } from '../accounts/gates.ts';
import type { Clock, Millis } from '../kit/clock.ts';
import type { Logger } from '../kit/logger.ts';
import type { Inspector, Ledger, Mailer, WorkHints } from './ports.ts';
import type { ReceiptSigner } from './receipt.ts';
import type { CertificateSigner } from './retention/certificate.ts';
import type { ScanPolicy } from './verdict.ts';
import type { Zones } from './zone-ports.ts';

/** How long bytes are kept, by where they have come to. */
interface RetentionPolicy {
  /** In Arrivals, from the arrival. */
  readonly arrivals: Millis;
  /** Of what was released, from then on. */
  readonly outbound: Millis;
  /** Abandoned, held and quarantined files, from the move to that state. */
  readonly aside: Millis;
  /** How long before the end the holder is warned; longest first. */
  readonly warn: readonly Millis[];
  /** What a holder gets once who cannot sign in when the time is over. */
  readonly extension: Millis;
  /** What is known of the volume, for certificates: in the site's words. */
  readonly medium: { readonly encryption: string; readonly snapshots: string; readonly backups: string };
}

/** The site's rules for custody. */
export interface CustodyPolicy {
  /** The site's name, as receipts and mails show it. */
  readonly site: string;
  /** The addresses that people open the portals by, for links in mails; null where none is known. */
  readonly portals: Readonly<Record<Side, string | null>>;
  /** How long a closed upload may be reopened before it settles. */
  readonly settle: Millis;
  /** How long an unfinished upload stays resumable after its last byte. */
  readonly abandon: Millis;
  readonly retention: RetentionPolicy;
  /** How long an arrived file's name stays listed outside. */
  readonly listed: Millis;
  /** How long notices are gathered, so that many files make one mail. */
  readonly gather: Millis;
  /** The largest upload in bytes. */
  readonly largest: number;
  readonly scan: ScanPolicy;
}

/** What intake works with: everything a door needs, and nothing that only workers may hold. */
export interface Intake {
  readonly ledger: Ledger;
  readonly zones: Zones;
  readonly hints: WorkHints;
  readonly clock: Clock;
  readonly log: Logger;
  readonly policy: CustodyPolicy;
  /** What people must have done before they transfer anything. */
  readonly gates: Gates;
}

/** What workers hold beside it: the checks, the receipt key, the mail. */
export interface Custody extends Intake {
  readonly inspector: Inspector;
  readonly receipts: ReceiptSigner;
  readonly certificates: CertificateSigner;
  readonly mailer: Mailer;
}
