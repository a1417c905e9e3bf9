import { type ReactNode, useEffect } from 'react';
import { Button } from 'react-aria-components';
import { ask } from '../api/ask.ts';
import type { Me, Site } from '../api/types.ts';
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
        {me.fullName}, your account is ready once you have a token. If you have to stop here, ask the data
        team for another link.
      </p>
      <Step title="Password" isDone>
        <p>You have chosen one. You sign in with it, and with a code of your token.</p>
      </Step>
      <SoftTokenSection site={site} me={me} onChanged={onChanged} />
      {gates === null ? null : <GateSteps gates={gates} />}
      <p>
        <Button className="plain" onPress={() => void leave()}>
          Sign out
        </Button>
      </p>
    </main>
  );
}
