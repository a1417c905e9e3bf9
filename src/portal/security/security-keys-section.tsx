import { type FormEvent, type ReactNode, useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { ask } from '../api/ask.ts';
import type { KeyAssertion, KeyCreation, KeyRequest, SecurityKey, Site } from '../api/types.ts';
import { askKey, canUseKeys, makeKey } from '../keys/ask-key.ts';
import { Notice } from '../shell/notice.tsx';
import { timeInWords } from '../words/times.ts';
import { useList } from './use-list.ts';

type StepUp =
  | { readonly assertion: KeyAssertion }
  | { readonly password: FormDataEntryValue | null; readonly code: FormDataEntryValue | null };

/** Security keys and passkeys: those that somebody has, and a new one. */
export function SecurityKeysSection({ site }: { readonly site: Site }): ReactNode {
  const { answer, fault, change } = useList<{ readonly keys: readonly SecurityKey[] }>('/security-keys');
  const [told, setTold] = useState<{ readonly kind: 'good' | 'bad'; readonly words: string } | null>(null);
  const keys = answer?.keys ?? [];
  const remove = async ({ id, name }: SecurityKey): Promise<void> => {
    setTold(null);
    if ((await change('DELETE', `/security-keys/${id}`)) !== null) {
      setTold({
        kind: 'good',
        words: `${name} opens nothing any more. Your other browsers were signed out.`,
      });
    }
  };
  return (
    <section>
      <h2>Security keys and passkeys</h2>
      {fault === null ? null : <Notice kind="bad">{fault}</Notice>}
      {told === null ? null : <Notice kind={told.kind}>{told.words}</Notice>}
      <ul className="uploads">
        {keys.map((key) => (
          <li key={key.id} className="card row spread">
            <span>
              <strong>{key.name}</strong>
              <br />
              <span className="quiet">
                {key.verifiesUser ? wordsAlone(site) : 'in place of a code, with your password'}
                <br />
                added {timeInWords(key.addedAt)},{' '}
                {key.lastUsedAt === null ? 'never used' : `used ${timeInWords(key.lastUsedAt)}`}
              </span>
            </span>
            <Button aria-label={`Remove ${key.name}`} onPress={() => void remove(key)}>
              Remove
            </Button>
          </li>
        ))}
      </ul>
      <AddForm
        site={site}
        hasKeys={keys.some(({ verifiesUser }) => verifiesUser)}
        onAdd={(body) => change<SecurityKey>('POST', '/security-keys', body)}
        onTold={setTold}
      />
    </section>
  );
}

function wordsAlone({ signIn }: Site): string {
  return signIn.includes('passkey')
    ? 'a passkey: alone, or in place of a code'
    : 'in place of a code, with your password';
}

function AddForm({
  site,
  hasKeys,
  onAdd,
  onTold,
}: {
  readonly site: Site;
  /** Some key can prove again who they are. */
  readonly hasKeys: boolean;
  readonly onAdd: (body: Readonly<Record<string, unknown>>) => Promise<SecurityKey | null>;
  readonly onTold: (told: { readonly kind: 'good' | 'bad'; readonly words: string } | null) => void;
}): ReactNode {
  const [busy, setBusy] = useState(false);
  if (site.keysAt === null) {
    return <p className="quiet">This haven has not set up security keys for this address.</p>;
  }
  if (site.keysAt !== globalThis.location.origin || !canUseKeys()) {
    return (
      <p className="quiet">
        To add one, open this portal as <a href={`${site.keysAt}/security`}>{site.keysAt}</a>.
      </p>
    );
  }
  const add = async (form: HTMLFormElement, prove: () => Promise<StepUp>): Promise<void> => {
    setBusy(true);
    onTold(null);
    try {
      const creation = await ask<KeyCreation>('POST', '/security-keys/challenge', await prove());
      const name = new FormData(form).get('name');
      const added = await onAdd({ name, registration: await makeKey(creation) });
      if (added === null) return;
      form.reset();
      onTold({ kind: 'good', words: `${added.name} is added. You can sign in with it from now on.` });
    } catch (error) {
      onTold({ kind: 'bad', words: error instanceof Error ? error.message : String(error) });
    } finally {
      setBusy(false);
    }
  };
  const byCode = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const proof = { password: given.get('password'), code: given.get('code') };
    void add(event.currentTarget, async () => proof);
  };
  const byKey = (form: HTMLFormElement | null): void => {
    if (form === null) return;
    void add(form, async () => ({
      assertion: await askKey(await ask<KeyRequest>('POST', '/security-keys/step-up')),
    }));
  };
  return (
    <form className="card" onSubmit={byCode} aria-label="Add a security key or passkey">
      <p>
        To add one, prove once more who you are, with your password and a fresh code
        {hasKeys ? ' or with a passkey you have' : ''}. Then touch the new key.
      </p>
      <TextField name="name" maxLength={64} autoComplete="off">
        <Label>Name, such as “key on my ring”</Label>
        <Input />
      </TextField>
      <TextField name="password" isRequired type="password" autoComplete="current-password">
        <Label>Present password</Label>
        <Input />
      </TextField>
      <TextField name="code" isRequired inputMode="numeric" autoComplete="one-time-code">
        <Label>A fresh code</Label>
        <Input />
      </TextField>
      <Button type="submit" isDisabled={busy}>
        {busy ? 'Touch your key…' : 'Add a security key or passkey'}
      </Button>
      {hasKeys ? (
        <Button
          isDisabled={busy}
          onPress={({ target }) => byKey(target instanceof HTMLElement ? target.closest('form') : null)}
        >
          Use a passkey you have instead
        </Button>
      ) : null}
    </form>
  );
}
