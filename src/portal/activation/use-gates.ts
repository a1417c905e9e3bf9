import { useEffect, useSyncExternalStore } from 'react';
import { ask } from '../api/ask.ts';
import type { Gates } from '../api/types.ts';

/** How often it is looked whether a gate has closed, or opened. */
const LOOK_EVERY = 60_000;

let known: Gates | null = null;
const listeners = new Set<() => void>();

/** Asks how the gates stand for whoever is signed in, and tells the page. What cannot be asked stays as it was. */
export async function lookAtGates(): Promise<void> {
  const asked = await ask<Gates>('GET', '/gates').catch(() => null);
  if (asked === null) return;
  known = asked;
  for (const listener of listeners) listener();
}

/** How the gates of this haven stand for whoever is signed in; null until it is known. Looked at again and again. */
export function useGates(): Gates | null {
  const gates = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => known,
  );
  useEffect(() => {
    const look = (): void => void lookAtGates();
    look();
    const timer = setInterval(look, LOOK_EVERY);
    window.addEventListener('focus', look);
    return () => {
      clearInterval(timer);
      window.removeEventListener('focus', look);
      known = null;
    };
  }, []);
  return gates;
}
