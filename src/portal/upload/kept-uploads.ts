/** A grant opens one upload for seven days; a little before that it is not used any more, and the session has to do. */
const GRANT_LIFE = 6.9 * 24 * 60 * 60 * 1000;
/** What was sent of an upload is kept for two weeks by the haven. */
const LIFE = 14 * 24 * 60 * 60 * 1000;
const PREFIX = 'havengate-upload:';

/** An upload that was begun in this browser, as it remembers it after it was closed. */
export interface KeptUpload {
  /** Who began it. Others who sign in here neither see it nor go on with it. */
  readonly owner: string;
  readonly path: string;
  readonly size: number;
  /** What `sampleOf` said of the file. */
  readonly sample: string;
  /** Opens this upload, also when the session has ended. */
  readonly grant: string;
  readonly at: number;
}

/** Remembers an upload. Where the browser has no room for it, it can be finished in this page only. */
export function keepUpload(address: string, kept: Omit<KeptUpload, 'at'>): void {
  try {
    localStorage.setItem(keyOf(address), JSON.stringify({ ...kept, at: Date.now() } satisfies KeptUpload));
  } catch {
    // Full, or forbidden.
  }
}

/** The grant of an upload; null for none, or one that may be over. */
export function grantFor(address: string): string | null {
  const kept = read(keyOf(address));
  return kept !== null && Date.now() - kept.at < GRANT_LIFE ? kept.grant : null;
}

/** What a person began here under a path, newest first, with its address. */
export function keptUnder(
  owner: string,
  path: string,
): readonly (KeptUpload & { readonly address: string })[] {
  return keys()
    .flatMap((key) => {
      const kept = read(key);
      return kept?.owner === owner && kept.path === path
        ? [{ ...kept, address: key.slice(PREFIX.length) }]
        : [];
    })
    .toSorted((a, b) => b.at - a.at);
}

/** Whether a person began the upload of an id here. */
export function isKeptHere(owner: string, id: string): boolean {
  return keys().some((key) => key.endsWith(`/${id}`) && read(key)?.owner === owner);
}

/** Forgets an upload that is complete, or given up. */
export function forgetUpload(address: string): void {
  localStorage.removeItem(keyOf(address));
}

/** Forgets what the haven has given up as well. */
export function forgetOldUploads(): void {
  for (const key of keys()) {
    const kept = read(key);
    if (kept === null || Date.now() - kept.at > LIFE) localStorage.removeItem(key);
  }
}

function keys(): readonly string[] {
  return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
}

function read(key: string): KeptUpload | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null') as KeptUpload | null;
  } catch {
    return null;
  }
}

function keyOf(address: string): string {
  return PREFIX + new URL(address, window.location.href).pathname;
}
