import type { MouseEvent, ReactNode } from 'react';
import { goTo, PAGES, type PagePath, useRoute } from './use-route.ts';

/** A link to a page of the portal, which is not loaded anew. */
export function PageLink({
  path,
  children = PAGES[path],
}: {
  readonly path: PagePath;
  /** Left out, the name of the page. */
  readonly children?: ReactNode;
}): ReactNode {
  const isHere = useRoute() === path;
  const follow = (event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    goTo(path);
  };
  return (
    <a href={path} aria-current={isHere ? 'page' : undefined} onClick={follow}>
      {children}
    </a>
  );
}
