import type { ReactNode } from 'react';
import type { Site } from '../api/types.ts';
import { KeysSection } from './keys-section.tsx';
import { PasswordSection } from './password-section.tsx';
import { SecurityKeysSection } from './security-keys-section.tsx';
import { SessionsSection } from './sessions-section.tsx';
import { TokensSection } from './tokens-section.tsx';

/** How a person signs in, and where they are signed in. */
export function SecurityPage({ site }: { readonly site: Site }): ReactNode {
  return (
    <>
      <h1>Security</h1>
      <SessionsSection />
      <PasswordSection />
      <SecurityKeysSection site={site} />
      <KeysSection />
      <TokensSection />
    </>
  );
}
