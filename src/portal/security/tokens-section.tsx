import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { ask } from '../api/ask.ts';
import type { Me, NewToken, Site, Token } from '../api/types.ts';
import { useProof } from '../proving/use-proof.tsx';
import { FinalButton } from '../shell/final-button.tsx';
import { Notice } from '../shell/notice.tsx';
import { timeInWords } from '../words/times.ts';
import { AfterToken } from './after-token.tsx';
import { useList } from './use-list.ts';

const SCOPES = { upload: 'Upload', read: 'Read' } as const;

/** Access tokens for programs. */
export function TokensSection({ site, me }: { readonly site: Site; readonly me: Me }): ReactNode {
  const { answer, fault, change, read } = useList<{ readonly tokens: readonly Token[] }>('/tokens');
  const [made, setMade] = useState<NewToken | null>(null);
  const proving = useProof({ site, me, why: 'Then the token is made.' });
  const make = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const given = new FormData(event.currentTarget);
    const body = { scopes: given.getAll('scope'), days: Number(given.get('days')) };
    setMade(null);
    proving.run(async () => {
      setMade(await ask<NewToken>('POST', '/tokens', body));
      await read();
    });
  };
  return (
    <section>
      <h2>Access tokens for programs</h2>
      {fault === null ? null : <Notice kind="bad">{fault}</Notice>}
      {proving.fault === null ? null : <Notice kind="bad">{proving.fault}</Notice>}
      {made === null ? null : (
        <Notice kind="good">
          <p>Copy this token now: it is shown this once.</p>
          <code className="digest">{made.token}</code>
        </Notice>
      )}
      <ul className="uploads">
        {(answer?.tokens ?? []).map(({ id, scopes, createdAt, expiresAt, lastUsedAt }) => (
          <li key={id} className="card row spread">
            <span>
              <strong>{scopes.map((scope) => SCOPES[scope]).join(', ')}</strong>
              <br />
              <span className="quiet">
                made {timeInWords(createdAt)},{' '}
                {lastUsedAt === null ? 'never used' : `used ${timeInWords(lastUsedAt)}`}, ends{' '}
                {timeInWords(expiresAt)}
              </span>
            </span>
            <FinalButton
              word="Revoke"
              label={`Revoke the token made ${timeInWords(createdAt)}`}
              question="Programs that use it are refused."
              yes="Yes, revoke it"
              onYes={() => void change('DELETE', `/tokens/${id}`)}
            />
          </li>
        ))}
      </ul>
      {me.inEmergency ? <AfterToken /> : null}
      {me.inEmergency ? null : (
        <div hidden={proving.form !== null}>
          {' '}
          <form className="card" aria-label="Make an access token" onSubmit={make}>
            <fieldset>
              <legend>What it may do</legend>
              {Object.entries(SCOPES).map(([value, words]) => (
                <label key={value} className="choice">
                  <input type="checkbox" name="scope" value={value} defaultChecked={value === 'upload'} />{' '}
                  {words}
                </label>
              ))}
            </fieldset>
            <label>
              For how many days
              <input type="number" name="days" min={1} max={366} defaultValue={30} required />
            </label>
            <Button type="submit">Make a token</Button>
          </form>
        </div>
      )}
      {proving.form}
    </section>
  );
}
