import { type ReactNode, useEffect } from 'react';
import type { Site } from '../api/types.ts';
import { Notice } from '../shell/notice.tsx';
import { goTo } from '../shell/use-route.ts';

/** A page for people who are not signed in: what it is for, what went wrong last, and the way back. */
export function Alone({
  site,
  title,
  fault,
  children,
}: {
  readonly site: Site;
  readonly title: string;
  readonly fault: string | null;
  readonly children: ReactNode;
}): ReactNode {
  useEffect(() => {
    document.title = `${title} – ${site.name}`;
  }, [title, site.name]);
  return (
    <main className="alone">
      <p className="quiet">{site.name}</p>
      <h1>{title}</h1>
      {fault === null ? null : <Notice kind="bad">{fault}</Notice>}
      {children}
      <p>
        <a
          href="/"
          onClick={(event) => {
            event.preventDefault();
            goTo('/');
          }}
        >
          Back to signing in
        </a>
      </p>
    </main>
  );
}
