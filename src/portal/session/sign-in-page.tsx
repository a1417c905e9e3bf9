import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { ask } from '../api/ask.ts';
import type { Site } from '../api/types.ts';
import { Notice } from '../shell/notice.tsx';
import { type AlonePath, goTo } from '../shell/use-route.ts';
import { PasskeyPart, SecurityKeyButton } from './key-sign-in.tsx';

/** Name, password and code in one step: a refusal does not say which of them was wrong. */
export function SignInPage({
  site,
  ended,
  onSignedIn,
}: {
  readonly site: Site;
  /** A session was open here, and is over. */
  readonly ended: boolean;
  readonly onSignedIn: () => Promise<void>;
}): ReactNode {
  const takesCodes = site.signIn.includes('password+token');
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const code = useRef<HTMLInputElement>(null);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    document.title = `Sign in – ${site.name}`;
  }, [site.name]);

  const run = async (way: () => Promise<void>, onWrong?: () => void): Promise<void> => {
    setBusy(true);
    try {
      await way();
      await onSignedIn();
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
      onWrong?.();
    } finally {
      setBusy(false);
    }
  };
  const signIn = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const [name, password, typed] = [given.get('name'), given.get('password'), given.get('code')];
    void run(() => ask('POST', '/sign-in', { name, password, code: typed }), anotherCode);
  };
  const anotherCode = (): void => {
    if (code.current === null) return;
    code.current.value = '';
    code.current.focus();
  };
  const filledIn = (): FormData | null => (form.current === null ? null : new FormData(form.current));

  return (
    <main className="alone">
      <h1>{site.name}</h1>
      <p className="lead">
        {site.side === 'outside'
          ? 'The File Transfer Portal: the way in and out of the data safe haven.'
          : 'The File Transfer Portal, inside the data safe haven.'}
      </p>
      {ended && fault === null ? (
        <Notice kind="plain">
          Your session has ended. Uploads that were begun go on, and nothing is lost. Sign in to see them.
        </Notice>
      ) : null}
      {fault === null ? null : <Notice kind="bad">{fault}</Notice>}
      {takesCodes ? (
        <form ref={form} onSubmit={signIn} className="card">
          <TextField name="name" isRequired autoComplete="username">
            <Label>User ID</Label>
            <Input autoCapitalize="none" spellCheck={false} />
          </TextField>
          <TextField name="password" isRequired type="password" autoComplete="current-password">
            <Label>Password</Label>
            <Input />
          </TextField>
          <TextField name="code" isRequired inputMode="numeric" autoComplete="one-time-code">
            <Label>Code from your token or authenticator app</Label>
            <Input ref={code} />
          </TextField>
          <Button type="submit" className="primary" isDisabled={busy}>
            {busy ? 'Signing in…' : 'Sign in'}
          </Button>
          <SecurityKeyButton site={site} busy={busy} run={run} form={filledIn} />
        </form>
      ) : null}
      <PasskeyPart site={site} busy={busy} run={run} />
      {takesCodes ? (
        <>
          <ul className="plain-list">
            <li>
              <WayOut path="/forgotten">Forgotten your password?</WayOut>
            </li>
            <li>
              <WayOut path="/emergency">No token at hand? Get an emergency code</WayOut>
            </li>
          </ul>
          <p className="quiet">
            A code opens one door once. If it was used a moment ago, wait for the next one. An emergency code
            is typed in the place of the code, and a PIN right before it.
          </p>
        </>
      ) : null}
    </main>
  );
}

function WayOut({ path, children }: { readonly path: AlonePath; readonly children: ReactNode }): ReactNode {
  return (
    <a
      href={path}
      onClick={(event) => {
        event.preventDefault();
        goTo(path);
      }}
    >
      {children}
    </a>
  );
}
