import { type FormEvent, type ReactNode, useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { ask } from '../api/ask.ts';
import type { KeyCreation, Me, SecurityKey, Site } from '../api/types.ts';
import { areKeysHere, makeKey } from '../keys/ask-key.ts';
import { useProof } from '../proving/use-proof.tsx';
import { FinalButton } from '../shell/final-button.tsx';
import { Notice } from '../shell/notice.tsx';
import { timeInWords } from '../words/times.ts';
import { AfterToken } from './after-token.tsx';
import type { SecurityParts } from './security-parts.ts';
import { useList } from './use-list.ts';

/** Security keys and passkeys: those that somebody has, and a new one. */
export function SecurityKeysSection({ site, me, onChanged }: SecurityParts): ReactNode {
  const { answer, fault, change, read } = useList<{ readonly keys: readonly SecurityKey[] }>(
    '/security-keys',
  );
  const [told, setTold] = useState<{ readonly kind: 'good' | 'bad'; readonly words: string } | null>(null);
  const keys = answer?.keys ?? [];
  const remove = async ({ id, name }: SecurityKey): Promise<void> => {
    setTold(null);
    if ((await change('DELETE', `/security-keys/${id}`)) !== null) {
      setTold({
        kind: 'good',
        words: `${name} opens nothing any more. Your other browsers were signed out.`,
      });
      await onChanged();
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
            <FinalButton
              word="Remove"
              label={`Remove ${key.name}`}
              question="It will open nothing any more."
              yes="Yes, remove it"
              onYes={() => void remove(key)}
            />
          </li>
        ))}
      </ul>
      {me.inEmergency ? (
        <AfterToken />
      ) : (
        <AddKeyForm
          site={site}
          me={me}
          onAdded={async ({ name }) => {
            setTold({ kind: 'good', words: `${name} is added. You can sign in with it from now on.` });
            await Promise.all([read(), onChanged()]);
          }}
        />
      )}
    </section>
  );
}

function wordsAlone({ signIn }: Site): string {
  return signIn.includes('passkey')
    ? 'a passkey: alone, or in place of a code'
    : 'in place of a code, with your password';
}

/** The form for a new key. Who has not proven a moment ago who they are is asked to, once the form is sent. */
export function AddKeyForm({
  site,
  me,
  onAdded,
}: {
  readonly site: Site;
  readonly me: Me;
  readonly onAdded: (added: SecurityKey) => Promise<void>;
}): ReactNode {
  const [name, setName] = useState('');
  const proving = useProof({ site, me, why: 'Then touch the new key.' });
  if (site.keysAt === null) {
    return <p className="quiet">This haven has not set up security keys for this address.</p>;
  }
  if (!areKeysHere(site)) {
    return (
      <p className="quiet">
        To add one, open this portal as <a href={`${site.keysAt}/security`}>{site.keysAt}</a>.
      </p>
    );
  }
  const add = (event: FormEvent): void => {
    event.preventDefault();
    proving.run(async () => {
      const creation = await ask<KeyCreation>('POST', '/security-keys/challenge', {});
      const registration = await makeKey(creation);
      const added = await ask<SecurityKey>('POST', '/security-keys', { name, registration });
      setName('');
      await onAdded(added);
    });
  };
  return (
    <>
      {proving.fault === null ? null : <Notice kind="bad">{proving.fault}</Notice>}
      {proving.form ?? (
        <form className="card" onSubmit={add} aria-label="Add a security key or passkey">
          <p>
            A key that you plug in or hold to your device, or a passkey: this computer or your phone, by its
            PIN, your finger or your face.
          </p>
          <TextField name="name" maxLength={64} autoComplete="off" value={name} onChange={setName}>
            <Label>Name, such as “key on my ring”</Label>
            <Input />
          </TextField>
          <Button type="submit" isDisabled={proving.busy}>
            {proving.busy ? 'Touch your key…' : 'Add a security key or passkey'}
          </Button>
        </form>
      )}
    </>
  );
}
