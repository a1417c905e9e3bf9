import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import type { Session } from '../../../core/accounts/sign-in.ts';
import type { ArrivalPath, CustodyFile } from '../../../core/custody/file.ts';
import type { UploadWriter } from '../../../core/custody/upload-writer.ts';
import type { UploadChecksum } from './upload-checksum.ts';

/** One tus request on its way through the library, which knows nothing of persons and hands no request to its store. */
export interface Exchange {
  readonly session: Session;
  readonly body: IncomingMessage;
  /** Where a new upload is to land, and its size; null for requests about an existing one. */
  readonly creates: { readonly path: ArrivalPath; readonly size: number } | null;
  /** A creation that brings its first bytes along (tus 1.0, creation-with-upload). */
  readonly bringsBytes: boolean;
  readonly checksum: UploadChecksum | null;
  /** The upload as it was last looked up in this exchange. */
  file: CustodyFile | null;
  /** An upload that was opened and not ended yet. */
  writer: UploadWriter | null;
  /** What the library was about to put into words of its own. */
  fault: unknown;
}

const current = new AsyncLocalStorage<Exchange>();

/** Runs the library's part of an exchange. */
export function inExchange<T>(exchange: Exchange, run: () => Promise<T>): Promise<T> {
  return current.run(exchange, run);
}

/** The exchange that the calling code belongs to. */
export function theExchange(): Exchange {
  const exchange = current.getStore();
  if (exchange === undefined) throw new Error('the upload store was called outside a request');
  return exchange;
}
