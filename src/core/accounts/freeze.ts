import type { Instant } from '../kit/clock.ts';
import type { AccountId, FileId, FreezeId, ProjectId, ShareId } from '../kit/ids.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { Side } from './account.ts';

/** The doors that can be frozen, and how they are called: a kind and a side. */
export const DOOR_NAMES = [
  'sftp/outside',
  'sftp/inside',
  'portal/outside',
  'portal/inside',
  'drives/inside',
] as const;
export type DoorName = (typeof DOOR_NAMES)[number];

/** What a freeze stops. */
export type FreezeTarget =
  | { readonly kind: 'account'; readonly account: AccountId }
  | { readonly kind: 'project'; readonly project: ProjectId }
  | { readonly kind: 'door'; readonly door: DoorName }
  | { readonly kind: 'all' };

/** A stop: nobody acts through what it covers and nothing of it moves, until two people have lifted it. */
export interface Freeze {
  readonly id: FreezeId;
  readonly target: FreezeTarget;
  /** Why, in the words of the person who placed it. Never shown at a door. */
  readonly reason: string;
  readonly placedBy: AccountId;
  readonly placedAt: Instant;
  /** Who has proposed to lift it, and is one of the two. */
  readonly proposedBy: AccountId | null;
  readonly proposedAt: Instant | null;
  /** Who has agreed, and is the other. */
  readonly liftedBy: AccountId | null;
  readonly liftedAt: Instant | null;
}

/** What somebody is about to act with; members that are left out are not asked about. */
export interface FreezeScope {
  readonly account?: AccountId;
  /** A name of `DOOR_NAMES`; another is no door that can be frozen. */
  readonly door?: string;
  readonly share?: ShareId;
  /** Its owner, and the projects that it leaves from or is moved or sealed from. */
  readonly file?: FileId;
  /** What may not be destroyed: as `file`, and also what belongs to a member of a project. */
  readonly keeps?: FileId;
}

/** The one question about freezes. Asked wherever a right is asked, and by every job before its effect. */
export interface FreezesLedger {
  /** The oldest live freeze that covers any of what is named; one on everything covers all. Null for none. */
  freezeOver(scope: FreezeScope): Promise<FreezeId | null>;
}

/** Refuses what a freeze covers, with its id: the data team knows it by that. Its reason is not for the frozen. */
export async function requireUnfrozen(
  ledger: FreezesLedger,
  scope: FreezeScope,
): Promise<Result<void, 'frozen'>> {
  const freeze = await ledger.freezeOver(scope);
  return freeze === null ? accept(undefined) : refuse('frozen', `it is frozen (${freeze})`);
}

/** What a door is called in a freeze, by what a session says of it. */
export function doorName({ door, side }: { readonly door: string; readonly side: Side }): string {
  return `${door}/${side}`;
}

/** A door as somebody typed it: `sftp/outside`; null when it is none. */
export function parseDoorName(text: string): DoorName | null {
  return DOOR_NAMES.find((name) => name === text) ?? null;
}
