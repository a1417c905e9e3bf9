import { join } from 'node:path';
import type { SignIns } from '../../core/accounts/sign-in.ts';
import type { Intake } from '../../core/custody/custody.ts';
import { createReceiptProver, type ReceiptProver } from '../../core/custody/document-proof.ts';
import { type Millis, SECOND } from '../../core/kit/clock.ts';
import type { LimitUse } from '../../core/kit/limit-tally.ts';
import type { Logger } from '../../core/kit/logger.ts';
import { keyVerifier } from '../../doors/http/keys/key-verifier.ts';
import { startHttpDoor } from '../../doors/http/start-http-door.ts';
import { startSftpDoor } from '../../doors/sftp/start-sftp-door.ts';
import type { Config, DoorConfig } from '../config/config.ts';
import { loadCheckpointKeyring, loadHostKeys, loadSecretBox } from '../keys/load-keys.ts';
import type { Closing } from './closing.ts';
import { explainListening } from './explain-listening.ts';

/** Where `scripts/lib/build-portal.ts` puts the pages. */
const PAGES = join(import.meta.dirname, '../../../build/portal');

/** How long running writes get to end when the daemon stops. */
const DRAIN: Millis = 8 * SECOND;

/** A door that people can use now. */
export interface RunningDoor {
  readonly kind: DoorConfig['kind'];
  readonly side: DoorConfig['side'];
  readonly host: string;
  readonly port: number;
  /** How many sessions it has now. */
  sessions(): number;
  /** How its limits stand, by the keys of the configuration. */
  limits(): readonly LimitUse[];
}

interface Stoppable {
  readonly host: string;
  readonly port: number;
  sessions(): number;
  limits(): readonly LimitUse[];
  stop(within: Millis): Promise<void>;
}

/** Opens all doors of the configuration. When one cannot be opened, the others are closed again by `closing`. */
export async function startDoors(
  config: Config,
  intake: Intake,
  { guard, passwords }: Pick<SignIns, 'guard' | 'passwords'>,
  log: Logger,
  closing: Closing,
): Promise<readonly RunningDoor[]> {
  const open: Stoppable[] = [];
  closing.later('doors', async () => {
    await Promise.all(open.map((door) => door.stop(DRAIN)));
  });
  const box = await loadSecretBox(config, (problem) => log.warn('key-readable', { ...problem }));
  const { ledger, clock, hints, gates } = intake;
  const signIns: SignIns = { ledger, clock, box, guard, passwords, hints, gates, keys: keyVerifier };
  // The ring is read each time: the key may have been rotated.
  const proveReceipt = createReceiptProver(intake, () => loadCheckpointKeyring(config));
  const running: RunningDoor[] = [];
  for (const door of config.doors) {
    const started = await startDoor(door, config, { signIns, intake, log, proveReceipt }).catch(
      (error: unknown) => {
        throw explainListening(error, `the ${door.side} ${door.kind} door`, door.listen);
      },
    );
    open.push(started);
    const { host, port } = started;
    running.push({
      kind: door.kind,
      side: door.side,
      host,
      port,
      sessions: () => started.sessions(),
      limits: () => started.limits().map((use) => ({ ...use, limit: configKey(use.limit) })),
    });
  }
  return running;
}

/** How a limit is spelled in the configuration. */
function configKey(limit: string): string {
  return limit.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
}

async function startDoor(
  door: DoorConfig,
  config: Config,
  parts: {
    readonly signIns: SignIns;
    readonly intake: Intake;
    readonly log: Logger;
    readonly proveReceipt: ReceiptProver;
  },
): Promise<Stoppable> {
  const { side, listen } = door;
  if (door.kind === 'portal') {
    return startHttpDoor({
      ...parts,
      side,
      listen,
      airlockFiles: join(config.data, 'airlock', 'files'),
      site: {
        scannedUpTo: config.scan.on ? config.scan.maxStream : null,
        pin: config.tokens.pin,
        reset: parts.intake.policy.portals[side] !== null,
      },
      pages: PAGES,
      limits: door.limits,
      behindProxy: door.behindProxy,
      policy: door.signIn,
      address: door.address,
      proveReceipt: parts.proveReceipt,
    });
  }
  const keys = await loadHostKeys(config, side, (problem) => parts.log.warn('key-readable', { ...problem }));
  return startSftpDoor({
    ...parts,
    side,
    listen,
    hostKeys: keys.map((key) => key.privateText),
    algorithms: door.algorithms,
    policy: door.signIn,
    reconnect: door.reconnect,
    uploadTokens: door.tokens === 'upload',
    limits: door.limits,
  });
}
