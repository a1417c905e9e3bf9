import { DEFAULT_GUARD, type GuardPolicy } from '../../core/accounts/guard/guard-policy.ts';
import { DEFAULT_PASSWORD_WORK, type PasswordWorkLimits } from '../../core/accounts/password-work.ts';
import { parseSourceRange, type SourceRange } from '../../core/accounts/source-ranges.ts';
import { count, time } from './limits-schema.ts';
import { section } from './mapping-shapes.ts';
import type { Shape } from './shape.ts';
import { list, mapped, ruled, scalar } from './value-shapes.ts';

/** How failed sign-ins are held against sources and accounts, at all doors together. */
export interface GuardConfig {
  readonly policy: GuardPolicy;
  readonly passwords: PasswordWorkLimits;
}

const RANGE_FORM = 'addresses such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32';

const range: Shape<SourceRange> = scalar(RANGE_FORM, (text) => {
  const parsed = parseSourceRange(text);
  return parsed.ok ? parsed.value : null;
});

const usual = DEFAULT_GUARD;

const shape = section({
  half_life: time(usual.halfLife),
  source: count(usual.source, 2),
  account: count(usual.account, 2),
  pair: count(usual.pair, 2),
  first: time(usual.first),
  longest: time(usual.longest),
  longest_account: time(usual.longestAccount),
  known: time(usual.known),
  tracked: count(usual.tracked, 100),
  never: list(range, `a list of ${RANGE_FORM}`, usual.never.join(', ')),
  passwords: count(DEFAULT_PASSWORD_WORK.atOnce, 1, 64),
  passwords_waiting: count(DEFAULT_PASSWORD_WORK.waiting, 1),
});

/** The guard of all doors. */
export const guard: Shape<GuardConfig> = mapped(
  ruled(shape, ({ first, longest }) => (first > longest ? 'first is longer than longest' : null)),
  (written) => ({
    policy: {
      halfLife: written.half_life,
      source: written.source,
      account: written.account,
      pair: written.pair,
      first: written.first,
      longest: written.longest,
      longestAccount: written.longest_account,
      known: written.known,
      tracked: written.tracked,
      never: written.never,
    },
    passwords: { atOnce: written.passwords, waiting: written.passwords_waiting },
  }),
);
