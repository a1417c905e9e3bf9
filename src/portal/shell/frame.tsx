import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { ask } from '../api/ask.ts';
import type { Me, Site } from '../api/types.ts';
import { PageLink } from './page-link.tsx';
import { PAGES, type PagePath } from './use-route.ts';

/** What stands around every page: where people are, who they are, and the way elsewhere. */
export function Frame({
  site,
  me,
  onSignedOut,
  children,
}: {
  readonly site: Site;
  readonly me: Me;
  readonly onSignedOut: () => void;
  readonly children: ReactNode;
}): ReactNode {
  const signOut = async (): Promise<void> => {
    await ask('POST', '/sign-out').catch(() => undefined);
    onSignedOut();
  };
  return (
    <>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header className="top">
        <div className="brand">
          <strong>{site.name}</strong>
          <span>File Transfer Portal</span>
        </div>
        <div className="who">
          <span>
            Signed in as <strong>{me.fullName}</strong>
          </span>
          <Button className="plain" onPress={() => void signOut()}>
            Sign out
          </Button>
        </div>
        <nav aria-label="Pages">
          <ul>
            {pagesOf(site).map((path) => (
              <li key={path}>
                <PageLink path={path} />
              </li>
            ))}
          </ul>
        </nav>
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

function pagesOf({ side }: Site): readonly PagePath[] {
  const all = (Object.keys(PAGES) as PagePath[]).filter((path) => path !== '/activate');
  return side === 'outside' ? all : all.filter((path) => path !== '/upload' && path !== '/outbound');
}
