import type { ReactNode } from 'react';
import { KeysSection } from './keys-section.tsx';
import { PasswordSection } from './password-section.tsx';
import { SessionsSection } from './sessions-section.tsx';
import { TokensSection } from './tokens-section.tsx';

/** How a person signs in, and where they are signed in. */
export function SecurityPage(): ReactNode {
  return (
    <>
      <h1>Security</h1>
      <SessionsSection />
      <PasswordSection />
      <KeysSection />
      <TokensSection />
    </>
  );
}
