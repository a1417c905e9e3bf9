import type { ReactNode } from 'react';
import { Notice } from '../shell/notice.tsx';
import { HardTokensSection } from './hard-tokens-section.tsx';
import { KeysSection } from './keys-section.tsx';
import { PasswordSection } from './password-section.tsx';
import { ReconnectionsSection } from './reconnections-section.tsx';
import { SecurityKeysSection } from './security-keys-section.tsx';
import type { SecurityParts } from './security-parts.ts';
import { SessionsSection } from './sessions-section.tsx';
import { SoftTokenSection } from './soft-token-section.tsx';
import { TokensSection } from './tokens-section.tsx';

/** How a person signs in, and where they are signed in. After an emergency code a new soft token comes first. */
export function SecurityPage({ site, me, onChanged }: SecurityParts): ReactNode {
  const softToken = <SoftTokenSection key="soft-token" site={site} me={me} onChanged={onChanged} />;
  const sessions = <SessionsSection key="sessions" />;
  const password = <PasswordSection key="password" site={site} me={me} />;
  return (
    <>
      <h1>Security</h1>
      {me.inEmergency ? <EmergencyNotice /> : null}
      {me.inEmergency ? [softToken, sessions, password] : [sessions, password, softToken]}
      <HardTokensSection />
      <SecurityKeysSection site={site} me={me} onChanged={onChanged} />
      <KeysSection site={site} me={me} />
      <ReconnectionsSection />
      <TokensSection site={site} me={me} />
    </>
  );
}

function EmergencyNotice(): ReactNode {
  return (
    <Notice kind="plain">
      <p>
        You have signed in with an emergency code, which opens nothing any more. Your files and uploads are
        open to you as always.
      </p>
      <p>
        If your token is lost, make a new soft token now: your password is enough. Then you can change
        everything else here too, and remove what was lost. If your token is only out of reach, there is
        nothing to do.
      </p>
    </Notice>
  );
}
