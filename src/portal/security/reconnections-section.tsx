import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { Reconnection } from '../api/types.ts';
import { Notice } from '../shell/notice.tsx';
import { timeInWords } from '../words/times.ts';
import { useList } from './use-list.ts';

/** From where somebody may come back over SFTP without a new code. Nothing is shown where nobody may. */
export function ReconnectionsSection(): ReactNode {
  const { answer, fault, change } = useList<{ readonly reconnections: readonly Reconnection[] }>(
    '/reconnections',
  );
  const live = answer?.reconnections ?? [];
  if (live.length === 0 && fault === null) return null;
  return (
    <section>
      <h2>SFTP without a new code</h2>
      <p className="quiet">
        Programs that have signed in with a code may come back for uploading without a new one, from the same
        address and with the same key or password.
      </p>
      {fault === null ? null : <Notice kind="bad">{fault}</Notice>}
      <ul className="uploads">
        {live.map(({ id, source, proofs, signedInAt, usedAt, until }) => (
          <li key={id} className="card row spread">
            <span>
              <strong>
                {source}, {proofs.every((one) => one === 'password') ? 'with your password' : 'with a key'}
              </strong>
              <br />
              <span className="quiet">
                code given {timeInWords(signedInAt)},{' '}
                {usedAt === null ? 'not used since' : `used ${timeInWords(usedAt)}`}, ends{' '}
                {timeInWords(until)}
              </span>
            </span>
            <Button
              aria-label={`Ask for a code again at ${source}`}
              onPress={() => void change('DELETE', `/reconnections/${id}`)}
            >
              Ask for a code again
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
