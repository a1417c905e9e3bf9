import { type ReactNode, useState } from 'react';
import type { HardToken } from '../api/types.ts';
import { FinalButton } from '../shell/final-button.tsx';
import { Notice } from '../shell/notice.tsx';
import { timeInWords } from '../words/times.ts';
import { useList } from './use-list.ts';

/** The devices that show codes for somebody; nothing for who has none. */
export function HardTokensSection(): ReactNode {
  const { answer, fault, change } = useList<{ readonly tokens: readonly HardToken[] }>('/hard-tokens');
  const [lost, setLost] = useState<string | null>(null);
  const tokens = answer?.tokens ?? [];
  if (tokens.length === 0 && lost === null && fault === null) return null;
  const report = async ({ id, serial }: HardToken): Promise<void> => {
    if ((await change('DELETE', `/hard-tokens/${id}`)) !== null) setLost(serial);
  };
  return (
    <section>
      <h2>Hard tokens</h2>
      {fault === null ? null : <Notice kind="bad">{fault}</Notice>}
      {lost === null ? null : (
        <Notice kind="good">
          Token {lost} opens nothing any more, and your other browsers were signed out. Ask the data team for
          a new one.
        </Notice>
      )}
      <ul className="uploads">
        {tokens.map((token) => (
          <TokenRow key={token.id} token={token} onLost={() => void report(token)} />
        ))}
      </ul>
    </section>
  );
}

function TokenRow({ token, onLost }: { readonly token: HardToken; readonly onLost: () => void }): ReactNode {
  const { serial, assignedAt, lastUsedAt, expiresAt } = token;
  return (
    <li className="card row spread">
      <span>
        <strong>Serial {serial}</strong>
        <br />
        <span className="quiet">
          yours since {timeInWords(assignedAt)},{' '}
          {lastUsedAt === null ? 'never used' : `used ${timeInWords(lastUsedAt)}`}
          {expiresAt === null ? '' : `, ends ${timeInWords(expiresAt)}`}
        </span>
      </span>
      <FinalButton
        word="Report it lost"
        label={`Report token ${serial} lost`}
        question="Its codes will open nothing any more, for good."
        yes="Yes, it is lost"
        onYes={onLost}
      />
    </li>
  );
}
