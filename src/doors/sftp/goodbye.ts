import type { Connection } from 'ssh2';
import { MINUTE, type Millis } from '../../core/kit/clock.ts';

/** Why a connection ends (RFC 4253 section 11.1). */
export const DISCONNECT = {
  BY_APPLICATION: 11,
  TOO_MANY_CONNECTIONS: 12,
  NO_MORE_AUTH_METHODS: 14,
} as const;
export type DisconnectReason = (typeof DISCONNECT)[keyof typeof DISCONNECT];

const MSG_DISCONNECT = 1;

/** RFC 4253 section 6, before keys are agreed on: the whole packet is a multiple of this. */
const BLOCK = 8;
const SHORTEST_PADDING = 4;

/** What somebody reads of whom nothing is looked at for so long. */
export function bannedSentence(time: Millis): string {
  const minutes = Math.max(1, Math.ceil(time / MINUTE));
  const when = minutes === 1 ? 'a minute' : `${minutes} minutes`;
  return `Too many sign-ins have failed, of this name or from your address. Try again in ${when}.`;
}

/** What this door calls itself (RFC 4253 section 4.2). */
export const IDENT = 'Havengate';

/**
 * All that is said to a client that is turned away at once: who we are, and a DISCONNECT with a sentence, in the
 * clear, as is right before any key exchange. OpenSSH, PuTTY and WinSCP show the sentence. Costs no cryptography.
 */
export function turnedAway(reason: DisconnectReason, sentence: string): Buffer {
  const payload = disconnectPayload(reason, sentence);
  const unpadded = 4 + 1 + payload.length;
  const padding = SHORTEST_PADDING + ((BLOCK - ((unpadded + SHORTEST_PADDING) % BLOCK)) % BLOCK);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(1 + payload.length + padding);
  head.writeUInt8(padding, 4);
  return Buffer.concat([Buffer.from(`SSH-2.0-${IDENT}\r\n`), head, payload, Buffer.alloc(padding)]);
}

/** What ssh2 keeps to itself, and a DISCONNECT with a sentence needs: its own has none. */
interface Transport {
  readonly _packetRW: {
    readonly write: {
      readonly allocStartKEX: number;
      alloc(length: number, force: boolean): Buffer;
      finalize(packet: Buffer, force: boolean): Buffer;
    };
  };
  readonly _cipher: { encrypt(packet: Buffer): void };
}

/** Says why the connection ends, on a connection that ssh2 has; whoever calls closes it. Throws when it has ended. */
export function sayGoodbye(client: Connection, reason: DisconnectReason, sentence: string): void {
  const { _packetRW: packets, _cipher: cipher } = (client as unknown as { _protocol: Transport })._protocol;
  const payload = disconnectPayload(reason, sentence);
  const start = packets.write.allocStartKEX;
  const packet = packets.write.alloc(payload.length, true);
  payload.copy(packet, start);
  cipher.encrypt(packets.write.finalize(packet, true));
}

function disconnectPayload(reason: DisconnectReason, sentence: string): Buffer {
  const text = Buffer.from(sentence);
  const payload = Buffer.alloc(1 + 4 + 4 + text.length + 4);
  payload.writeUInt8(MSG_DISCONNECT);
  payload.writeUInt32BE(reason, 1);
  payload.writeUInt32BE(text.length, 5);
  text.copy(payload, 9);
  return payload;
}
