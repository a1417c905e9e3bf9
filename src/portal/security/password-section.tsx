import type { ReactNode } from 'react';
import { useState } from 'react';
import { Input, Label, TextField } from 'react-aria-components';
import { ask } from '../api/ask.ts';
import type { Me, Site } from '../api/types.ts';
import { ProofForm } from '../proving/proof-form.tsx';
import { useSteps } from '../recovery/use-steps.ts';
import { Notice } from '../shell/notice.tsx';
import { AfterToken } from './after-token.tsx';

/** Changing the password, with the present one and a code or a key. */
export function PasswordSection({ site, me }: { readonly site: Site; readonly me: Me }): ReactNode {
  const [isDone, setIsDone] = useState(false);
  const { fault, busy, run } = useSteps();
  return (
    <section>
      <h2>Password</h2>
      {fault === null ? null : <Notice kind="bad">{fault}</Notice>}
      {isDone && fault === null ? (
        <Notice kind="good">Your password is changed. Your other browsers were signed out.</Notice>
      ) : null}
      {me.inEmergency ? (
        <AfterToken />
      ) : (
        <ProofForm
          site={site}
          me={me}
          busy={busy}
          label="Change the password"
          submit="Change the password"
          needsPassword
          onProof={(proof, form) =>
            run(async () => {
              const next = new FormData(form).get('next');
              const { password: current, ...rest } = { password: '', ...(await proof()) };
              await ask('POST', '/password', { current, next, ...rest });
              form.reset();
              setIsDone(true);
            })
          }
          more={
            <TextField name="next" type="password" isRequired minLength={12} autoComplete="new-password">
              <Label>New password, at least 12 characters</Label>
              <Input />
            </TextField>
          }
        />
      )}
    </section>
  );
}
