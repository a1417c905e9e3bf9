import type { Side } from '../../core/accounts/account.ts';
import type { Entrance, Session, SignIns } from '../../core/accounts/sign-in.ts';
import type { SignInPolicy } from '../../core/accounts/sign-in-policy.ts';
import type { LiveUploads } from '../../core/custody/upload.ts';
import type { Clock } from '../../core/kit/clock.ts';
import type { Logger } from '../../core/kit/logger.ts';
import type { AccountWatch } from './account-watch.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { FullReason } from './connection-words.ts';
import type { HandleRoom } from './handles/handle-room.ts';
import type { SftpLimits, SftpTally } from './limits.ts';
import type { PacketMemory } from './packet-memory.ts';
import type { View } from './views/view.ts';

/** What all connections of a door share. */
export interface DoorParts {
  readonly side: Side;
  readonly policy: SignInPolicy;
  /** What the site allows beside the policy. */
  readonly allows: Pick<Entrance, 'reconnect' | 'uploadTokens'>;
  readonly signIns: SignIns;
  readonly limits: SftpLimits;
  readonly tally: SftpTally;
  readonly handleRoom: HandleRoom;
  readonly budget: ByteBudget;
  readonly memory: PacketMemory;
  /** What files are read into. */
  readonly blocks: PacketMemory;
  readonly live: LiveUploads;
  readonly watch: AccountWatch;
  readonly clock: Clock;
  readonly log: Logger;
  /** The limit that keeps one more session out; null when it may come in. */
  readonly whyFull: (session: Session, network: string) => FullReason | null;
  readonly viewOf: (session: Session) => View;
}
