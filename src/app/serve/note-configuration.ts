import type { CheckpointLedger } from '../../core/audit/ports.ts';
import { canonicalJson, type JsonObject } from '../../core/kit/canonical-json.ts';
import type { Clock } from '../../core/kit/clock.ts';
import { type Sha256, sha256 } from '../../core/kit/digest.ts';
import type { Config } from '../config/config.ts';
import { configurationChanges, effectiveConfiguration } from './effective-configuration.ts';

/** The effective configuration of the last start, as canonical JSON. */
const MARK = 'configuration';

/**
 * Compares the effective configuration with that of the last start. When they differ, `configuration-changed` says so
 * in the log, with both digests and the keys that differ, in the transaction that keeps the new one. The first start
 * has nothing to compare with. Returns the digest, for the row of this start.
 */
export async function noteConfiguration(
  ledger: Pick<CheckpointLedger, 'readMark' | 'changeMark'>,
  config: Config,
  clock: Clock,
): Promise<Sha256> {
  const effective = effectiveConfiguration(config);
  const text = canonicalJson(effective);
  const digest = sha256(text);
  for (;;) {
    const before = await ledger.readMark(MARK);
    if (before === text) return digest;
    const audit = before === null ? [] : [changed(before, effective, clock)];
    // Several processes may start at once: the one that comes second has nothing to tell.
    if (await ledger.changeMark(MARK, before, text, audit)) return digest;
  }
}

function changed(before: string, effective: JsonObject, clock: Clock) {
  const { count, changes } = configurationChanges(JSON.parse(before) as JsonObject, effective);
  const data = {
    old: sha256(before),
    new: sha256(canonicalJson(effective)),
    keys: count,
    changes: changes.map((change) => ({ ...change })),
  };
  const actor = { kind: 'system', part: 'daemon' } as const;
  return {
    at: clock.now(),
    actor,
    event: { type: 'configuration-changed', subjects: {}, data },
  } as const;
}
