import { type FormEvent, type ReactNode } from 'react';
import { Button, Label, TextArea, TextField } from 'react-aria-components';
import type { SshKey } from '../api/types.ts';
import { Notice } from '../shell/notice.tsx';
import { timeInWords } from '../words/times.ts';
import { useList } from './use-list.ts';

/** Public keys for SFTP. */
export function KeysSection(): ReactNode {
  const { answer, fault, change } = useList<{ readonly keys: readonly SshKey[] }>('/ssh-keys');
  const add = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget;
    if ((await change('POST', '/ssh-keys', { line: new FormData(form).get('line') })) !== null) form.reset();
  };
  return (
    <section>
      <h2>Public keys for SFTP</h2>
      {fault === null ? null : <Notice kind="bad">{fault}</Notice>}
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
            <Button
              aria-label={`Remove the key ${comment === '' ? fingerprint : comment}`}
              onPress={() => void change('DELETE', `/ssh-keys/${id}`)}
            >
              Remove
            </Button>
          </li>
        ))}
      </ul>
      <form className="card" onSubmit={(event) => void add(event)}>
        <TextField name="line" isRequired spellCheck="false">
          <Label>Add a key: the line of your .pub file</Label>
          <TextArea rows={3} />
        </TextField>
        <Button type="submit">Add the key</Button>
      </form>
    </section>
  );
}
