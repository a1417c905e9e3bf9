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

function current(): PagePath {
  const { pathname } = window.location;
  return pathname in PAGES ? (pathname as PagePath) : '/upload';
}

const listeners = new Set<() => void>();
window.addEventListener('popstate', () => {
  for (const listener of listeners) listener();
});

/** Goes to a page without loading it anew: uploads go on. */
export function goTo(path: PagePath): void {
  window.history.pushState(null, '', path);
  for (const listener of listeners) listener();
}

/** The page that the address names. */
export function useRoute(): PagePath {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, current);
}
