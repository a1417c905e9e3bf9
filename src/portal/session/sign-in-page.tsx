import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { ask } from '../api/ask.ts';
import type { Site } from '../api/types.ts';
import { Notice } from '../shell/notice.tsx';

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
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const code = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = `Sign in – ${site.name}`;
  }, [site.name]);

  const signIn = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    setBusy(true);
    try {
      await ask('POST', '/sign-in', {
        name: given.get('name'),
        password: given.get('password'),
        code: given.get('code'),
      });
      await onSignedIn();
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
      if (code.current !== null) {
        code.current.value = '';
        code.current.focus();
      }
    } finally {
      setBusy(false);
    }
  };

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
      <form onSubmit={(event) => void signIn(event)} className="card">
        <TextField name="name" isRequired autoComplete="username">
          <Label>User ID</Label>
          <Input autoCapitalize="none" spellCheck={false} />
        </TextField>
        <TextField name="password" isRequired type="password" autoComplete="current-password">
          <Label>Password</Label>
          <Input />
        </TextField>
        <TextField name="code" isRequired inputMode="numeric" autoComplete="one-time-code">
          <Label>Code from your authenticator app</Label>
          <Input ref={code} />
        </TextField>
        <Button type="submit" className="primary" isDisabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </Button>
      </form>
      <p className="quiet">
        A code opens one door once. If it was used a moment ago, wait for the next one. If you have lost your
        password or your token, ask the data team.
      </p>
    </main>
  );
}
