/** A grant opens one upload for seven days; a little before that it is forgotten, and the session has to do. */
const LIFE = 6.9 * 24 * 60 * 60 * 1000;
const PREFIX = 'havengate-grant:';

interface Grant {
  readonly token: string;
  readonly at: number;
}

/** Keeps the grant of an upload, so that the upload goes on when the session has ended, or after the browser has. */
export function keepGrant(address: string, token: string): void {
  const grant: Grant = { token, at: Date.now() };
  localStorage.setItem(PREFIX + pathOf(address), JSON.stringify(grant));
}

/** The grant of an upload; null for none, or one that may be over. */
export function grantFor(address: string): string | null {
  const kept = localStorage.getItem(PREFIX + pathOf(address));
  if (kept === null) return null;
  const { token, at } = JSON.parse(kept) as Grant;
  return Date.now() - at < LIFE ? token : null;
}

/** Forgets the grant of an upload that is complete, or given up. */
export function forgetGrant(address: string): void {
  localStorage.removeItem(PREFIX + pathOf(address));
}

function pathOf(address: string): string {
  return new URL(address, window.location.href).pathname;
}
