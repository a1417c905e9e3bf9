import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { ActivationPage } from '../activation/activation-page.tsx';
import { GatesNotice } from '../activation/gates-notice.tsx';
import { GatesPage } from '../activation/gates-page.tsx';
import { InvitationPage } from '../activation/invitation-page.tsx';
import { ask, onSignedOut, Refused } from '../api/ask.ts';
import type { Me, Site } from '../api/types.ts';
import { FilesPage } from '../files/files-page.tsx';
import { OutboundPage } from '../files/outbound-page.tsx';
import { HelpPage } from '../help/help-page.tsx';
import { listenLive } from '../live/live-files.ts';
import { EmergencyPage } from '../recovery/emergency-page.tsx';
import { ForgottenPage } from '../recovery/forgotten-page.tsx';
import { ResetPage } from '../recovery/reset-page.tsx';
import { SecurityPage } from '../security/security-page.tsx';
import { SignInPage } from '../session/sign-in-page.tsx';
import { Frame } from './frame.tsx';
import { Notice } from './notice.tsx';
import { type AlonePath, PAGES, type PagePath, takeInvitation, useAlone, useRoute } from './use-route.ts';

const UploadPage = lazy(async () => ({ default: (await import('../upload/upload-page.tsx')).UploadPage }));

type Who = { readonly known: false } | { readonly known: true; readonly me: Me | null };

/** The whole portal: signed out, or a page in its frame. */
export function Portal(): ReactNode {
  const [site, setSite] = useState<Site | null>(null);
  const [who, setWho] = useState<Who>({ known: false });
  const [fault, setFault] = useState<string | null>(null);
  const [wasIn, setWasIn] = useState(false);
  const [invitation, setInvitation] = useState(takeInvitation);
  const alone = useAlone();
  const path = useRoute();

  const look = async (): Promise<void> => {
    try {
      const [told, me] = await Promise.all([ask<Site>('GET', '/site'), whoIsIn()]);
      setSite(told);
      setWho({ known: true, me });
      setFault(null);
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    }
  };

  useEffect(() => void look(), []);
  useEffect(
    () =>
      onSignedOut(() => {
        setWho((before) => {
          if (before.known && before.me !== null) setWasIn(true);
          return { known: true, me: null };
        });
      }),
    [],
  );
  const isIn = who.known && who.me !== null && !who.me.inActivation;
  useEffect(() => (isIn ? listenLive() : undefined), [isIn]);

  if (fault !== null) {
    return (
      <main className="alone">
        <Notice kind="bad">{fault}</Notice>
        <button type="button" onClick={() => void look()}>
          Try again
        </button>
      </main>
    );
  }
  if (site !== null && invitation !== null && path === '/activate') {
    const begun = async (): Promise<void> => {
      await look();
      setInvitation(null);
    };
    return <InvitationPage site={site} link={invitation} onBegun={begun} />;
  }
  if (site !== null && alone !== null) return <AlonePage path={alone} site={site} />;
  if (site === null || !who.known) return <main className="alone" aria-busy="true" />;
  if (who.me === null) return <SignInPage site={site} ended={wasIn} onSignedIn={look} />;
  const leave = (): void => {
    setWasIn(false);
    setWho({ known: true, me: null });
  };
  if (who.me.inActivation) {
    return <ActivationPage site={site} me={who.me} onChanged={look} onSignedOut={leave} />;
  }
  return (
    <Frame site={site} me={who.me} onSignedOut={leave}>
      <GatesNotice />
      <Page site={site} me={who.me} onChanged={look} />
    </Frame>
  );
}

/** Who is signed in; null for nobody. */
async function whoIsIn(): Promise<Me | null> {
  return ask<Me>('GET', '/me').catch((error: unknown) => {
    if (error instanceof Refused && error.status === 401) return null;
    throw error;
  });
}

function AlonePage({ path, site }: { readonly path: AlonePath; readonly site: Site }): ReactNode {
  switch (path) {
    case '/emergency':
      return <EmergencyPage site={site} />;
    case '/forgotten':
      return <ForgottenPage site={site} />;
    case '/reset':
      return <ResetPage site={site} />;
  }
}

/** What a page works with: the site, and who is signed in; a change of that is looked up anew. */
interface PageParts {
  readonly site: Site;
  readonly me: Me;
  readonly onChanged: () => Promise<void>;
}

function Page(parts: PageParts): ReactNode {
  const { site, me } = parts;
  const path = useRoute();
  useEffect(() => {
    document.title = `${PAGES[path]} – ${site.name}`;
  }, [path, site.name]);
  return (
    <Suspense fallback={<p className="quiet">Loading…</p>}>
      <UploadPage site={site} me={me} isShown={path === '/upload'} />
      {path === '/upload' ? null : <Other path={path} {...parts} />}
    </Suspense>
  );
}

function Other({ path, ...parts }: PageParts & { readonly path: PagePath }): ReactNode {
  const { site } = parts;
  switch (path) {
    case '/arrivals':
      return <FilesPage />;
    case '/outbound':
      return <OutboundPage site={site} />;
    case '/security':
      return <SecurityPage {...parts} />;
    case '/activate':
      return <GatesPage />;
    case '/help':
      return <HelpPage site={site} />;
    case '/upload':
      return null;
  }
}
