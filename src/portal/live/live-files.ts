import { useSyncExternalStore } from 'react';
import type { File as OwnFile } from '../api/types.ts';

let files: ReadonlyMap<string, OwnFile> = new Map();
const listeners = new Set<() => void>();

/** Adds what is newly known of files. */
export function noteFiles(known: readonly OwnFile[]): void {
  const next = new Map(files);
  for (const file of known) next.set(file.id, file);
  files = next;
  for (const listener of listeners) listener();
}

/** Listens to what becomes of the person's files, until the result is called. The browser connects again by itself. */
export function listenLive(): () => void {
  const source = new EventSource('/api/v1/events');
  source.addEventListener('file', (event: MessageEvent<string>) =>
    noteFiles([JSON.parse(event.data) as OwnFile]),
  );
  return () => source.close();
}

/** All that was heard of the person's files since the page was opened, by id. */
export function useLiveFiles(): ReadonlyMap<string, OwnFile> {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => files,
  );
}
