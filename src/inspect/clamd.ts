import type { Millis } from '../core/kit/clock.ts';
import { type ClamdAddress, type ClamdConnection, connectClamd } from './clamd-connection.ts';
import { readReply, type ScanAnswer } from './clamd-reply.ts';

/** A clamd and how long we wait for it. */
export interface ClamdOptions {
  readonly address: ClamdAddress;
  /** Without progress for so long while connecting or sending, clamd counts as hanging. */
  readonly stall: Millis;
  /** How long it may scan after the last byte; more than its MaxScanTime. */
  readonly patience: Millis;
}

/** Bytes on their way to clamd. */
export interface ClamdStream {
  /** Sends one piece. False: no more bytes are wanted, because clamd answered early or is gone. */
  send(piece: Uint8Array): Promise<boolean>;
  /** Ends the stream and waits for the answer; never rejects. */
  finish(): Promise<ScanAnswer>;
  /** Drops the connection; harmless after `finish`. */
  abort(): void;
}

/** `ClamAV 1.4.6/27500/Sat Nov 21 …`: program, signatures and their date. Rejects when clamd cannot tell. */
export async function clamdVersion({ address, stall }: ClamdOptions): Promise<string> {
  const connection = await connectClamd(address, stall);
  try {
    await connection.send([Buffer.from('zVERSION\0')], stall);
    const version = await connection.answer(stall);
    if (!/^ClamAV [\x20-\x7e]{1,200}$/.test(version)) {
      throw new Error(`clamd gave as its version ${JSON.stringify(version.slice(0, 200))}`);
    }
    return version;
  } finally {
    connection.close();
  }
}

/** Opens a stream (INSTREAM of clamd(8)). Rejects when clamd cannot be reached. */
export async function openClamdStream({ address, stall, patience }: ClamdOptions): Promise<ClamdStream> {
  const connection: ClamdConnection = await connectClamd(address, stall);
  let taking = await connection.send([Buffer.from('zINSTREAM\0')], stall);

  async function sendPart(parts: readonly Uint8Array[]): Promise<boolean> {
    taking &&= await connection.send(parts, stall);
    return taking;
  }

  return {
    async send(piece) {
      // A length of zero would end the stream.
      if (piece.byteLength === 0) return taking;
      return await sendPart([lengthOf(piece), piece]);
    },
    async finish() {
      try {
        const allSent = await sendPart([new Uint8Array(4)]);
        return readReply(await connection.answer(patience), allSent);
      } catch (error) {
        return { answered: false, why: error instanceof Error ? error.message : String(error) };
      } finally {
        connection.close();
      }
    },
    abort: () => connection.close(),
  };
}

/** Four bytes, most significant first. */
function lengthOf(piece: Uint8Array): Uint8Array {
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(piece.byteLength);
  return length;
}
