import { useSyncExternalStore } from 'react';
import { ask } from '../api/ask.ts';
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

/** Files that somebody looks at, by id. */
const awaited = new Set<string>();

/**
 * Looks a file up that somebody looks at, now and each time the page begins to listen: what happened before that is not
 * told. Returns what ends it.
 */
export function awaitFile(id: string): () => void {
  awaited.add(id);
  void lookUp(id);
  return () => awaited.delete(id);
}

async function lookUp(id: string): Promise<void> {
  const before = files.get(id);
  if (before?.arrivedAt != null) return;
  const file = await ask<OwnFile>('GET', `/files/${id}`).catch(() => null);
  // What was told meanwhile is newer.
  if (file !== null && files.get(id) === before) noteFiles([file]);
}

async function catchUp(): Promise<void> {
  for (const id of awaited) await lookUp(id);
}

/** Listens to what becomes of the person's files, until the result is called. The browser connects again by itself. */
export function listenLive(): () => void {
  const source = new EventSource('/api/v1/events');
  source.addEventListener('file', (event: MessageEvent<string>) =>
    noteFiles([JSON.parse(event.data) as OwnFile]),
  );
  source.addEventListener('ready', () => void catchUp());
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
