import { newestCheckpoint, signCheckpoint } from '../../core/audit/sign-checkpoint.ts';
import type { Ledger } from '../../core/custody/ports.ts';
import { type Millis, SECOND } from '../../core/kit/clock.ts';
import type { Logger } from '../../core/kit/logger.ts';
import { within } from '../../ops/within.ts';
import type { Anchor } from '../anchors/anchor.ts';
import { createAnchors } from '../anchors/create-anchors.ts';
import type { Config } from '../config/config.ts';
import { makeCheckpointKey } from '../init/make-checkpoint-key.ts';
import { finishRotation } from '../init/rotate-checkpoint-key.ts';
import type { WarnOfKey } from '../keys/key-fault.ts';
import { loadCheckpointKeyring, loadCheckpointSigner } from '../keys/load-keys.ts';
import { systemClock } from '../system-clock.ts';
import type { Closing } from './closing.ts';

const ACTOR = { kind: 'system', part: 'checkpoints' } as const;

/** How long the end of the daemon waits for anchors, which may be on a mount that hangs. */
const LAST_WAIT: Millis = 5 * SECOND;

/**
 * Signs the audit log when the returned function is called, every `audit.checkpoint` when it has grown, and when
 * everything else of the daemon has ended; each checkpoint goes to the anchors. To be started before the row of the
 * daemon's start, so that the row of its end is covered. Throws `KeyFault` when there is no key to sign with; what
 * fails later is logged and tried again the next time. The key is read anew each time: a rotation needs no restart.
 */
export async function startCheckpoints(
  config: Config,
  ledger: Ledger,
  log: Logger,
  closing: Closing,
): Promise<() => void> {
  if (await makeCheckpointKey(config.keys)) log.warn('checkpoint-key-made', { keys: config.keys });
  await finishRotation(config);
  const warn: WarnOfKey = (problem) => log.warn('key-readable', { ...problem });
  await loadCheckpointSigner(config, warn);

  const anchors = createAnchoring(config, ledger, warn, log);
  let signing: Promise<void> = Promise.resolve();
  const sign = () => {
    signing = signing
      .then(() => signNow(config, ledger, log))
      .catch((error: unknown) => log.error('checkpoint-failed', { error }));
    return signing;
  };
  const begin = () => void sign().then(anchors.write);
  const timer = setInterval(begin, config.audit.checkpoint);
  timer.unref();
  closing.later('checkpoints', async () => {
    clearInterval(timer);
    await sign();
    const written = anchors.idle().then(anchors.write);
    await within(LAST_WAIT, written).catch((error: unknown) => log.error('anchors-cut-off', { error }));
  });
  return begin;
}

async function signNow(config: Config, ledger: Ledger, log: Logger): Promise<void> {
  await finishRotation(config);
  const signer = await loadCheckpointSigner(config, () => undefined);
  const signed = await signCheckpoint({ ledger, clock: systemClock, signer }, ACTOR);
  if (!signed.ok) log.error('checkpoint-refused', { refusal: signed.refusal, detail: signed.detail });
  else if (signed.value.isNew)
    log.info('checkpoint-signed', { size: signed.value.size, root: signed.value.root });
}

/** Writes to anchors, each on its own: one that hangs keeps nothing from the others, and is not asked again meanwhile. */
function createAnchoring(config: Config, ledger: Ledger, warn: WarnOfKey, log: Logger) {
  const all = createAnchors(config, { ledger, clock: systemClock }, warn);
  const underWay = new Map<string, Promise<void>>();
  const write = async () => {
    const newest = await newestCheckpoint(ledger);
    if (newest === null) return;
    const ring = await loadCheckpointKeyring(config);
    const writeOne = async (anchor: Anchor) => {
      const { place } = anchor;
      const found = await anchor.write(newest, ring);
      if (found.state === 'ahead') log.error('anchor-ahead', { place, why: found.why });
      else if ('why' in found) log.error('anchor-failed', { place, why: found.why });
    };
    for (const anchor of all) {
      const { place } = anchor;
      if (underWay.has(place)) log.error('anchor-failed', { place, why: 'the last write has not ended' });
      else
        underWay.set(
          place,
          writeOne(anchor).finally(() => underWay.delete(place)),
        );
    }
    await idle();
  };
  const idle = async () => {
    await Promise.all(underWay.values());
  };
  const told = () => write().catch((error: unknown) => log.error('checkpoint-failed', { error }));
  return { write: told, idle };
}
