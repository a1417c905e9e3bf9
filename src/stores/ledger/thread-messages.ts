import type { LedgerCall, LedgerCalls } from './operations.ts';

/** What the ledger's thread is asked. Calls that are made in one turn travel in one message. */
export type ToLedgerThread =
  | { readonly kind: 'calls'; readonly calls: readonly CallMessage[] }
  | { readonly kind: 'close' };

/** One call; the answer carries its number. */
export interface CallMessage {
  readonly number: number;
  readonly name: LedgerCall;
  readonly args: Parameters<LedgerCalls[LedgerCall]>;
}

/** What the ledger's thread says: first that it is open, or why it is not; then answers. */
export type FromLedgerThread =
  | { readonly kind: 'open' }
  | { readonly kind: 'not-open'; readonly error: PlainError }
  | { readonly kind: 'answers'; readonly answers: readonly AnswerMessage[] };

/** The answer to one call. */
export type AnswerMessage =
  | { readonly number: number; readonly ok: true; readonly value: unknown }
  | { readonly number: number; readonly ok: false; readonly error: PlainError };

/** An error as data: cloning one between threads would lose its code. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | number;
  readonly errcode?: string | number;
}

/** What of an error crosses to another thread. */
export function toPlainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message } = error;
  return { name, message, ...codeOf(error, 'code'), ...codeOf(error, 'errcode') };
}

/** An error with the message and codes of the one that was thrown. */
export function fromPlainError({ message, ...rest }: PlainError): Error {
  return Object.assign(new Error(message), rest);
}

function codeOf(error: Error, key: 'code' | 'errcode'): { readonly [key: string]: string | number } {
  const code: unknown = key in error ? error[key as keyof Error] : undefined;
  return typeof code === 'string' || typeof code === 'number' ? { [key]: code } : {};
}
