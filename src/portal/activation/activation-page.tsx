import { type ReactNode, useEffect } from 'react';
import { Button } from 'react-aria-components';
import { ask } from '../api/ask.ts';
import type { Me, Site } from '../api/types.ts';
import { areKeysHere } from '../keys/ask-key.ts';
import { AddKeyForm } from '../security/security-keys-section.tsx';
import { SoftTokenSection } from '../security/soft-token-section.tsx';
import { GateSteps } from './gate-steps.tsx';
import { Step } from './step.tsx';
import { useGates } from './use-gates.ts';

/** For whoever was invited and has a password by now: they make a token, and see what else is asked of them. */
export function ActivationPage({
  site,
  me,
  onChanged,
  onSignedOut,
}: {
  readonly site: Site;
  readonly me: Me;
  readonly onChanged: () => Promise<void>;
  readonly onSignedOut: () => void;
}): ReactNode {
  const gates = useGates();
  const takesTokens = site.signIn.includes('password+token');
  const takesKeys = areKeysHere(site);
  useEffect(() => {
    document.title = `Activate your account – ${site.name}`;
  }, [site.name]);
  const leave = async (): Promise<void> => {
    await ask('POST', '/sign-out').catch(() => undefined);
    onSignedOut();
  };
  return (
    <main className="alone wide">
      <p className="quiet">{site.name}</p>
      <h1>Activate your account</h1>
      <p className="lead">
        {me.fullName}, your account is ready once you have{' '}
        {takesTokens && takesKeys ? 'a token or a passkey' : takesTokens ? 'a token' : 'a passkey'}. If you
        have to stop here, ask the data team for another link.
      </p>
      <Step title="Password" isDone>
        <p>
          You have chosen one.
          {takesTokens ? ' You sign in with it, and with a code of your token or a touch of your key.' : ''}
        </p>
      </Step>
      {takesTokens ? <SoftTokenSection site={site} me={me} onChanged={onChanged} /> : null}
      {takesKeys ? (
        <section>
          <h2>{takesTokens ? 'Or a passkey or security key' : 'Passkey'}</h2>
          {takesTokens ? (
            <p>
              One of the two is enough, and you can add the other later. SFTP with a password takes the codes
              of a soft token.
            </p>
          ) : null}
          <AddKeyForm site={site} me={me} onAdded={onChanged} />
        </section>
      ) : null}
      {gates === null ? null : <GateSteps gates={gates} />}
      <p>
        <Button className="plain" onPress={() => void leave()}>
          Sign out
        </Button>
      </p>
    </main>
  );
}
