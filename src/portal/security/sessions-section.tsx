import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import type { Session } from '../api/types.ts';
import { Notice } from '../shell/notice.tsx';
import { timeInWords } from '../words/times.ts';
import { useList } from './use-list.ts';

/** The browsers that somebody is signed in with. */
export function SessionsSection(): ReactNode {
  const { answer, fault, change } = useList<{ readonly sessions: readonly Session[] }>('/sessions');
  return (
    <section>
      <h2>Where you are signed in</h2>
      {fault === null ? null : <Notice kind="bad">{fault}</Notice>}
      <ul className="uploads">
        {(answer?.sessions ?? []).map(({ id, source, createdAt, seenAt, until, current }) => (
          <li key={id} className="card row spread">
            <span>
              <strong>{current ? 'This browser' : `A browser at ${source}`}</strong>
              <br />
              <span className="quiet">
                since {timeInWords(createdAt)}, used {timeInWords(seenAt)}, ends {timeInWords(until)} at the
                latest
              </span>
            </span>
            {current ? null : (
              <Button
                aria-label={`Sign out the browser at ${source}`}
                onPress={() => void change('DELETE', `/sessions/${id}`)}
              >
                Sign out
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
