import { type ReactNode, useEffect, useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { ask } from '../api/ask.ts';
import type { KeyAssertion, KeyRequest, PasswordReset, Site } from '../api/types.ts';
import { askKey } from '../keys/ask-key.ts';
import { Notice } from '../shell/notice.tsx';
import { Alone } from './alone.tsx';
import { chosenPassword, NewPasswordFields } from './new-password-fields.tsx';
import { useSteps } from './use-steps.ts';

/** What a mailed link opens. Its secret stands behind the #, which browsers send to nobody, and is taken from the address at once. */
export function ResetPage({ site }: { readonly site: Site }): ReactNode {
  const [link] = useState(() => globalThis.location.hash.slice(1));
  const [known, setKnown] = useState<PasswordReset | null>(null);
  const [isDone, setIsDone] = useState(false);
  const { fault, busy, run, onSubmit } = useSteps();
  useEffect(() => {
    globalThis.history.replaceState(null, '', '/reset');
    if (link !== '')
      run(async () => setKnown(await ask<PasswordReset>('POST', '/password-reset/look', { link })));
  }, [link]);
  if (isDone) {
    return (
      <Alone site={site} title="A new password" fault={null}>
        <Notice kind="good">
          Your password is changed. Your browsers were signed out; what was being uploaded goes on. Sign in
          with the new password.
        </Notice>
      </Alone>
    );
  }
  return (
    <Alone site={site} title="A new password" fault={fault}>
      {link === '' ? (
        <p>Open the link of the newest mail once more: its secret is not kept in the address.</p>
      ) : null}
      {known === null ? null : (
        <form
          className="card"
          onSubmit={onSubmit(async (given) => {
            const password = chosenPassword(given);
            const isByKey = known.hasKey && given('code') === '';
            const proof = isByKey ? { assertion: await touchKey(link) } : { code: given('code') };
            await ask('POST', '/password-reset/finish', { link, password, ...proof });
            setIsDone(true);
          })}
        >
          <p>
            For <strong>{known.name}</strong>
          </p>
          <NewPasswordFields name={known.name} what="New password" />
          {known.hasKey ? (
            <p>
              {known.needsCode
                ? 'Give a code of your token, or leave it empty and touch your security key or passkey.'
                : 'Then touch your security key or passkey.'}
            </p>
          ) : null}
          {known.needsCode ? (
            <TextField
              name="code"
              isRequired={!known.hasKey}
              inputMode="numeric"
              autoComplete="one-time-code"
            >
              <Label>Code from your token or authenticator app</Label>
              <Input />
            </TextField>
          ) : null}
          <Button type="submit" className="primary" isDisabled={busy}>
            {busy ? 'Changing…' : 'Set the new password'}
          </Button>
        </form>
      )}
    </Alone>
  );
}

async function touchKey(link: string): Promise<KeyAssertion> {
  return askKey(await ask<KeyRequest>('POST', '/password-reset/challenge', { link }));
}
