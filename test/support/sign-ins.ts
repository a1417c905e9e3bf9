import { ALL_OFF, createGates, type Gates } from '../../src/core/accounts/gates.ts';
import type { GuardPolicy } from '../../src/core/accounts/guard/guard-policy.ts';
import { DEFAULT_GUARD } from '../../src/core/accounts/guard/guard-policy.ts';
import type { GuardRelay } from '../../src/core/accounts/guard/ports.ts';
import { SignInGuard } from '../../src/core/accounts/guard/sign-in-guard.ts';
import { DEFAULT_PASSWORD_WORK, PasswordWork } from '../../src/core/accounts/password-work.ts';
import type { SecretBox } from '../../src/core/accounts/secret-box.ts';
import type { SignIns } from '../../src/core/accounts/sign-in.ts';
import type { Clock } from '../../src/core/kit/clock.ts';
import type { Logger } from '../../src/core/kit/logger.ts';
import { keyVerifier } from '../../src/doors/http/keys/key-verifier.ts';
import type { OpenLedger } from '../../src/stores/ledger/ledger-engine.ts';

/** What sign-ins are made with in a test. */
export interface SignInParts {
  readonly ledger: OpenLedger;
  readonly clock: Clock;
  readonly box: SecretBox;
  readonly log: Logger;
  readonly guard?: Partial<GuardPolicy>;
  readonly passwords?: PasswordWork;
  readonly relay?: GuardRelay | null;
  readonly gates?: Gates;
  readonly hints?: SignIns['hints'];
}

/** Sign-ins with a guard that knows what the ledger knows, and writes often; `stop` has it write the last. */
export async function guardedSignIns(
  parts: SignInParts,
): Promise<{ readonly signIns: SignIns; readonly stop: () => Promise<void> }> {
  const { ledger, clock, box, log, relay = null, hints } = parts;
  const gates = parts.gates ?? createGates(ALL_OFF, clock);
  const policy = { ...DEFAULT_GUARD, ...parts.guard };
  const guard = new SignInGuard({ ledger, clock, log, policy, relay, pause: async () => undefined });
  await guard.load();
  const timer = setInterval(() => void guard.beat(), 20);
  const passwords = parts.passwords ?? new PasswordWork(DEFAULT_PASSWORD_WORK);
  return {
    signIns: { ledger, clock, box, guard, passwords, gates, keys: keyVerifier, ...(hints && { hints }) },
    async stop() {
      clearInterval(timer);
      await guard.beat();
      await guard.beat(true);
    },
  };
}
