import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { GuardRelay, Penalty } from '../core/accounts/guard/ports.ts';
import { parseId } from '../core/kit/ids.ts';
import type { Logger } from '../core/kit/logger.ts';
import { KEY_PREFIX, promptConnection, type QueueServer } from './queue-server.ts';
import { createSparingLog } from './sparing-log.ts';

/** Where penalties are told. */
const CHANNEL = `${KEY_PREFIX}:sign-in-guard`;

/** What one message may hold; nothing that is longer is from us. */
const MOST_PENALTIES = 1000;
const MOST_POINTS = 10;
const LONGEST_SOURCE = 64;

/** A relay that can be closed. */
export interface OpenGuardRelay extends GuardRelay {
  close(): Promise<void>;
}

/**
 * Tells the guards of other processes of failed sign-ins, by Redis' publish and subscribe. Returns at once, with or
 * without Redis, and never makes anybody wait: what it loses is in the ledger, where the others read it a little later.
 */
export function openGuardRelay(options: {
  readonly server: QueueServer;
  readonly log: Logger;
}): OpenGuardRelay {
  const self = randomUUID();
  const sparing = createSparingLog(options.log);
  const speaks = new Redis(promptConnection(options.server));
  const { commandTimeout: _, socketTimeout: __, ...patient } = promptConnection(options.server);
  const hears = new Redis({ ...patient, enableOfflineQueue: true });
  const complain = (error: Error) => sparing.warn('guard-relay-error', error.message, { error });
  speaks.on('error', complain);
  hears.on('error', complain);
  hears.subscribe(CHANNEL).catch(complain);
  return {
    tell(penalties) {
      if (speaks.status !== 'ready') return;
      for (let at = 0; at < penalties.length; at += MOST_PENALTIES) {
        const message = JSON.stringify({ from: self, penalties: penalties.slice(at, at + MOST_PENALTIES) });
        speaks.publish(CHANNEL, message).catch(complain);
      }
    },
    onTold(listener) {
      hears.on('message', (_channel, message) => {
        const penalties = readPenalties(message, self);
        if (penalties.length > 0) listener(penalties);
      });
    },
    async close() {
      speaks.disconnect();
      hears.disconnect();
    },
  };
}

/** The penalties of a message of somebody else; none when it is not in our form. */
function readPenalties(message: string, self: string): readonly Penalty[] {
  let content: unknown;
  try {
    content = JSON.parse(message);
  } catch {
    return [];
  }
  if (typeof content !== 'object' || content === null) return [];
  const { from, penalties } = content as { readonly from?: unknown; readonly penalties?: unknown };
  if (from === self || !Array.isArray(penalties)) return [];
  return penalties.slice(0, MOST_PENALTIES).flatMap((one: unknown): readonly Penalty[] => {
    const { source, account, points } = (one ?? {}) as Readonly<Record<string, unknown>>;
    const id = typeof account === 'string' && account !== '' ? parseId('acct', account) : '';
    const isRight =
      typeof source === 'string' &&
      source.length <= LONGEST_SOURCE &&
      id !== null &&
      (source !== '' || id !== '') &&
      typeof points === 'number' &&
      points > 0 &&
      points <= MOST_POINTS;
    return isRight ? [{ source, account: id, points }] : [];
  });
}
