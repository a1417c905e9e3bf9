import type { FormEvent, ReactNode } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { ask } from '../api/ask.ts';
import type { KeyAssertion, KeyRequest, Me, Site } from '../api/types.ts';
import { areKeysHere, askKey } from '../keys/ask-key.ts';

/** What proves to the API who somebody is: password and code, password and key, or a passkey alone. */
export type Proof =
  | { readonly password: string; readonly code: string }
  | { readonly password: string; readonly assertion: KeyAssertion }
  | { readonly assertion: KeyAssertion };

/**
 * Asks somebody who is signed in to prove who they are: for their password and a code, or a key where they have one. In
 * a session without a token the password is enough.
 */
export function ProofForm({
  site,
  me,
  busy,
  label,
  submit,
  needsPassword = false,
  children,
  more = null,
  onProof,
  onLeave,
}: {
  readonly site: Site;
  readonly me: Me;
  readonly busy: boolean;
  /** What the form is, for those who do not see it. */
  readonly label: string;
  /** The words on its button. */
  readonly submit: string;
  /** The password is asked for beside a passkey too. */
  readonly needsPassword?: boolean;
  /** What it is for. */
  readonly children?: ReactNode;
  /** What is asked for after the password. */
  readonly more?: ReactNode;
  /** Gets the proof, which may ask for a touch of a key and throw in words, and what was typed. */
  readonly onProof: (proof: () => Promise<Proof>, form: HTMLFormElement) => void;
  /** Goes back; left out, there is no way back. */
  readonly onLeave?: () => void;
}): ReactNode {
  const isByPassword = me.inEmergency || me.inActivation;
  const hasKey = me.securityKeys !== 'none' && areKeysHere(site);
  const asksCode = !isByPassword && (me.hasToken || !hasKey);
  const isByKeyOnly = !isByPassword && !asksCode;
  const isAlone = me.securityKeys === 'passkey' && !needsPassword;
  const bySubmit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    if (isByKeyOnly) return byKey(form);
    const proof = { password: typed(form, 'password'), code: typed(form, 'code') };
    onProof(async () => proof, form);
  };
  const byKey = (form: HTMLFormElement): void => {
    const password = typed(form, 'password');
    onProof(() => proofByKey(password, isAlone), form);
  };
  return (
    <form className="card" aria-label={label} onSubmit={bySubmit}>
      {children}
      {isByKeyOnly && isAlone ? null : (
        <TextField
          name="password"
          type="password"
          isRequired={!isAlone || asksCode}
          autoComplete="current-password"
        >
          <Label>Present password</Label>
          <Input />
        </TextField>
      )}
      {more}
      {asksCode ? (
        <TextField name="code" isRequired inputMode="numeric" autoComplete="one-time-code">
          <Label>A fresh code, or an emergency code</Label>
          <Input />
        </TextField>
      ) : null}
      <div className="row">
        <Button type="submit" className="primary" isDisabled={busy}>
          {busy ? 'Looking…' : isByKeyOnly ? `${submit}: touch your key` : submit}
        </Button>
        {hasKey && asksCode ? (
          <Button
            isDisabled={busy}
            onPress={({ target }) => {
              const form = target instanceof HTMLElement ? target.closest('form') : null;
              if (form !== null) byKey(form);
            }}
          >
            {isAlone ? 'Use a passkey instead' : 'Use your security key instead of a code'}
          </Button>
        ) : null}
        {onLeave === undefined ? null : (
          <Button className="plain" onPress={onLeave}>
            Leave it as it is
          </Button>
        )}
      </div>
    </form>
  );
}

/** By the key that somebody touches: beside the password where they have typed one, so that any key will do; else alone. */
async function proofByKey(password: string, isAlone: boolean): Promise<Proof> {
  if (password === '' && !isAlone) {
    throw new Error('Type your present password first, then use your security key. Nothing was changed.');
  }
  const request = await ask<KeyRequest>('POST', '/security-keys/step-up', { alone: password === '' });
  const assertion = await askKey(request);
  return password === '' ? { assertion } : { password, assertion };
}

function typed(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name);
  return typeof value === 'string' ? value : '';
}
