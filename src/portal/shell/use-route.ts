import { useSyncExternalStore } from 'react';

/** The pages of the portal, each with its address. */
export const PAGES = {
  '/upload': 'Upload',
  '/arrivals': 'My arrivals',
  '/outbound': 'Outbound',
  '/security': 'Security',
  '/help': 'Help',
  '/activate': 'Before you start',
} as const;
export type PagePath = keyof typeof PAGES;

/** Pages for people who cannot sign in, which stand alone, whether somebody is signed in or not. */
const ALONE_PATHS = ['/emergency', '/forgotten', '/reset'] as const;
export type AlonePath = (typeof ALONE_PATHS)[number];

function current(): PagePath {
  const { pathname } = window.location;
  return pathname in PAGES ? (pathname as PagePath) : '/upload';
}

const listeners = new Set<() => void>();
window.addEventListener('popstate', () => {
  for (const listener of listeners) listener();
});

/** Goes to a page without loading it anew: uploads go on. */
export function goTo(path: PagePath | AlonePath | '/'): void {
  window.history.pushState(null, '', path);
  for (const listener of listeners) listener();
}

/** The page that the address names. */
export function useRoute(): PagePath {
  return useSyncExternalStore(listen, current);
}

/** Whether a mailed invitation was opened: its secret stands behind the #. It is taken from the address at once. */
export function takeInvitation(): string | null {
  const { pathname, hash } = window.location;
  if (pathname !== '/activate' || hash.length < 2) return null;
  window.history.replaceState(null, '', pathname);
  return hash.slice(1);
}

/** The page that stands alone and that the address names; null for others. */
export function useAlone(): AlonePath | null {
  return useSyncExternalStore(
    listen,
    () => ALONE_PATHS.find((path) => path === window.location.pathname) ?? null,
  );
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
