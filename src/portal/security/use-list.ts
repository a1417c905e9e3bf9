import { useCallback, useEffect, useState } from 'react';
import { ask } from '../api/ask.ts';

/** A list of the API, what went wrong with it last, and ways to change it. */
export interface Listed<Answer> {
  readonly answer: Answer | null;
  readonly fault: string | null;
  /** Reads it again. */
  readonly read: () => Promise<void>;
  /** Makes a change, then reads the list again. Resolves with what the change answered; null when it was refused. */
  readonly change: <Changed>(
    method: 'POST' | 'DELETE',
    path: string,
    body?: Readonly<Record<string, unknown>>,
  ) => Promise<Changed | null>;
}

/** Reads a list, and keeps it as it was while it is read again. */
export function useList<Answer>(path: string): Listed<Answer> {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const read = useCallback(async () => setAnswer(await ask<Answer>('GET', path)), [path]);
  const tell = (error: unknown): void => setFault(error instanceof Error ? error.message : String(error));
  useEffect(() => void read().catch(tell), [read]);
  const change = async <Changed>(
    method: 'POST' | 'DELETE',
    where: string,
    body?: Readonly<Record<string, unknown>>,
  ): Promise<Changed | null> => {
    try {
      const changed = await ask<Changed>(method, where, body);
      setFault(null);
      await read();
      return changed;
    } catch (error) {
      tell(error);
      return null;
    }
  };
  return { answer, fault, read, change };
}
