import type { Side } from '../../../core/accounts/account.ts';
import type { SignIns } from '../../../core/accounts/sign-in.ts';
import type { SignInPolicy } from '../../../core/accounts/sign-in-policy.ts';
import type { Intake } from '../../../core/custody/custody.ts';
import type { ReceiptProver } from '../../../core/custody/document-proof.ts';
import type { PagesPlace } from '../keys/relying-party.ts';
import type { LiveEvents } from './live-events.ts';

/** What the site tells people before they send something. */
export interface SiteFacts {
  /** Larger files are not scanned; null when nothing is. */
  readonly scannedUpTo: number | null;
  /** Whether a new soft token gets a PIN. */
  readonly pin: 'off' | 'required';
  /** Whether people may have a link mailed by which they set a new password. */
  readonly reset: boolean;
}

/** What the routes of the API work with. */
export interface ApiParts {
  readonly side: Side;
  readonly signIns: SignIns;
  /** How people sign in here. */
  readonly policy: SignInPolicy;
  readonly place: PagesPlace;
  readonly intake: Intake;
  readonly site: SiteFacts;
  readonly live: LiveEvents;
  readonly proveReceipt: ReceiptProver;
}
