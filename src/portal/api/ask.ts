import type { ErrorAnswer } from './types.ts';

/** A refusal of the API, in words for a person: what happened, what was kept, what to do next. */
export class Refused extends Error {
  readonly code: string;
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** What is said when no answer came at all. */
const UNREACHABLE = 'The service cannot be reached. Nothing was lost. Check your connection and try again.';

const listeners = new Set<() => void>();

/** Calls back when an answer says that the session is over. Returns what takes the listener away. */
export function onSignedOut(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Asks the API; resolves with its JSON, or with undefined where it has nothing to say. Throws `Refused`. */
export async function ask<Answer>(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const response = await fetch(`/api/v1${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  }).catch(() => {
    throw new Refused(0, 'unreachable', UNREACHABLE);
  });
  if (!response.ok) throw await refusalOf(response);
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

async function refusalOf(response: Response): Promise<Refused> {
  const told = (await response.json().catch(() => null)) as ErrorAnswer | null;
  const { code, message } = told?.error ?? { code: 'failed', message: UNREACHABLE };
  if (code === 'session-over' || code === 'session-missing') for (const listener of listeners) listener();
  return new Refused(response.status, code, message);
}
