import type { Ledger } from '../../core/custody/ports.ts';
import type { Answer, LedgerCall, LedgerCalls } from './operations.ts';

/** Answers calls by name: in this thread, or by asking another. */
export interface LedgerEngine {
  call<Call extends LedgerCall>(name: Call, args: Parameters<LedgerCalls[Call]>): Promise<Answer<Call>>;
  /** Takes no more calls and resolves when all that were taken are answered. */
  close(): Promise<void>;
}

/** The ledger as the daemon and the command line hold it. */
export interface OpenLedger extends Ledger {
  /** Takes no more calls and resolves when all that were taken are answered. Later calls reject. Idempotent. */
  close(): Promise<void>;
}

/** The ports of the core over an engine. */
export function ledgerOver(engine: LedgerEngine, names: readonly LedgerCall[]): OpenLedger {
  const calls = Object.fromEntries(
    names.map((name) => [name, (...args: never) => engine.call(name, args)]),
  ) as unknown as LedgerCalls;
  return {
    ...calls,
    close: () => engine.close(),
    async renewGenerations(audit) {
      let count = await engine.call('countInFlight', []);
      for (;;) {
        const found = await engine.call('renewInFlight', [count, audit(count)]);
        if (found === count) return count;
        count = found;
      }
    },
  };
}
