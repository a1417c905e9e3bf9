import type { ReactNode } from 'react';
import type { Me, Site } from '../api/types.ts';
import { HardTokensSection } from './hard-tokens-section.tsx';
import { KeysSection } from './keys-section.tsx';
import { PasswordSection } from './password-section.tsx';
import { SecurityKeysSection } from './security-keys-section.tsx';
import { SessionsSection } from './sessions-section.tsx';
import { SoftTokenSection } from './soft-token-section.tsx';
import { TokensSection } from './tokens-section.tsx';

/** How a person signs in, and where they are signed in. */
export function SecurityPage({
  site,
  me,
  onChanged,
}: {
  readonly site: Site;
  readonly me: Me;
  readonly onChanged: () => Promise<void>;
}): ReactNode {
  return (
    <>
      <h1>Security</h1>
      <SessionsSection />
      <PasswordSection />
      <SoftTokenSection site={site} me={me} onChanged={onChanged} />
      <HardTokensSection />
      <SecurityKeysSection site={site} />
      <KeysSection />
      <TokensSection />
    </>
  );
}
