import type { HashAnswer, HashTask } from './hash-worker.ts';
import workerUrl from './hash-worker.ts?worker&url';

/** What the browser computed of a file that it sends: not yet known, its SHA-256, or that it could not be read. */
export type OwnDigest = HashAnswer | undefined;

let digests: ReadonlyMap<string, HashAnswer> = new Map();
const listeners = new Set<() => void>();
let worker: Worker | null = null;

/** The digests so far, by the id that `computeDigest` was given. A new map at every change. */
export function ownDigests(): ReadonlyMap<string, HashAnswer> {
  return digests;
}

/** Calls back at every change. */
export function onDigests(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Computes the SHA-256 of a file beside its upload, in a thread of its own. */
export function computeDigest(id: string, file: Blob): void {
  worker ??= startWorker();
  const task: HashTask = { id, file };
  worker.postMessage(task);
}

function startWorker(): Worker {
  const started = new Worker(trusted(workerUrl), { type: 'module' });
  started.addEventListener('message', (event: MessageEvent<HashAnswer>) => {
    digests = new Map(digests).set(event.data.id, event.data);
    for (const listener of listeners) listener();
  });
  return started;
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { readonly createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): string };
}

/** The page's policy lets no text become the address of a script, but this one, which the build has made. */
function trusted(url: string): string {
  const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes };
  const policy = trustedTypes?.createPolicy('havengate-worker', { createScriptURL: () => url });
  return policy?.createScriptURL(url) ?? url;
}
