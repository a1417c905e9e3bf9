import { type FormEvent, type ReactNode, useState } from 'react';
import { Button, Label, TextArea, TextField } from 'react-aria-components';
import { ask } from '../api/ask.ts';
import type { Me, Site, SshKey } from '../api/types.ts';
import { useProof } from '../proving/use-proof.tsx';
import { FinalButton } from '../shell/final-button.tsx';
import { Notice } from '../shell/notice.tsx';
import { timeInWords } from '../words/times.ts';
import { AfterToken } from './after-token.tsx';
import { useList } from './use-list.ts';

/** Public keys for SFTP. */
export function KeysSection({ site, me }: { readonly site: Site; readonly me: Me }): ReactNode {
  const { answer, fault, change, read } = useList<{ readonly keys: readonly SshKey[] }>('/ssh-keys');
  const [line, setLine] = useState('');
  const proving = useProof({ site, me, why: 'Then the key is added.' });
  const add = (event: FormEvent): void => {
    event.preventDefault();
    proving.run(async () => {
      await ask('POST', '/ssh-keys', { line });
      setLine('');
      await read();
    });
  };
  return (
    <section>
      <h2>Public keys for SFTP</h2>
      {fault === null ? null : <Notice kind="bad">{fault}</Notice>}
      {proving.fault === null ? null : <Notice kind="bad">{proving.fault}</Notice>}
      <ul className="uploads">
        {(answer?.keys ?? []).map(({ id, algorithm, fingerprint, comment, addedAt }) => (
          <li key={id} className="card row spread">
            <span>
              <strong>{comment === '' ? algorithm : comment}</strong>
              <br />
              <code className="digest">{fingerprint}</code>
              <br />
              <span className="quiet">added {timeInWords(addedAt)}</span>
            </span>
            <FinalButton
              word="Remove"
              label={`Remove the key ${comment === '' ? fingerprint : comment}`}
              question="What it has opened is closed."
              yes="Yes, remove it"
              onYes={() => void change('DELETE', `/ssh-keys/${id}`)}
            />
          </li>
        ))}
      </ul>
      {me.inEmergency ? <AfterToken /> : null}
      {me.inEmergency || proving.form !== null ? null : (
        <form className="card" aria-label="Add a public key" onSubmit={add}>
          <TextField name="line" isRequired spellCheck="false" value={line} onChange={setLine}>
            <Label>Add a key: the line of your .pub file</Label>
            <TextArea rows={3} />
          </TextField>
          <Button type="submit" isDisabled={proving.busy}>
            Add the key
          </Button>
        </form>
      )}
      {proving.form}
    </section>
  );
}
