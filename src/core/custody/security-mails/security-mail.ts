import { SECURITY_TELLINGS, type ToldEvent } from '../../accounts/security-notice.ts';
import type { Actor, AuditEventType } from '../../audit/events.ts';
import type { AuditRow } from '../../audit/leaf.ts';

/** A change of somebody's sign-in, as the audit has it. */
export interface ToldChange extends ToldEvent {
  readonly at: string;
  readonly actor: Actor;
  readonly type: AuditEventType;
}

/** What stands under the list of changes. Without a link: a mail with one could be forged. */
export const NOT_YOU =
  'If this was you, or you have asked for it, there is nothing to do. If not, somebody may be able to sign in as you: ' +
  'tell the people who run this haven at once. They can stop your account within seconds.';

/** The change that a row of the audit records, with the personal values that are left of it. */
export function changeOf({ entry }: AuditRow, personal: Readonly<Record<string, string>>): ToldChange {
  const { at, actor, type, data } = JSON.parse(entry) as Omit<ToldChange, 'personal'>;
  return { at, actor, type, ...(data !== undefined && { data }), personal };
}

/** What has happened, in a few words; null for what is not told by this version. */
export function headingOf({ type }: Pick<ToldChange, 'type'>): string | null {
  return SECURITY_TELLINGS[type]?.what ?? null;
}

/** Whether somebody else may be able to sign in as them, if it was not them. */
export function isAlarming({ type }: Pick<ToldChange, 'type'>): boolean {
  return SECURITY_TELLINGS[type]?.isHarmless !== true;
}

/** The lines of one change. `by` says who made it. */
export function changeLines(change: ToldChange, by: string): string[] {
  const source = change.personal?.['source'];
  const facts: readonly (readonly [string, string])[] = [
    ['when', change.at],
    ['by', source === undefined ? by : `${by}, from ${source}`],
    ...(SECURITY_TELLINGS[change.type]?.facts?.(change) ?? []),
  ];
  const lines = facts.filter(([, value]) => value !== '').map(([label, value]) => factLine(label, value));
  return ['', capital(headingOf(change) ?? change.type), ...lines];
}

/** One line of a fact; what people typed cannot break it. */
function factLine(label: string, value: string): string {
  return `    ${label.padEnd(9)} ${value.replaceAll(/[\s\p{C}]+/gu, ' ')}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
