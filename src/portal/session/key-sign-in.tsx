import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { ask } from '../api/ask.ts';
import type { KeyRequest, Site } from '../api/types.ts';
import { areKeysHere, askKey, canUseKeys } from '../keys/ask-key.ts';

/** What the parts of the sign-in page that use keys need of it. */
interface KeyWays {
  readonly site: Site;
  readonly busy: boolean;
  /** Runs one way to sign in, and says what went wrong. */
  readonly run: (way: () => Promise<void>) => Promise<void>;
}

/** A touch of a security key in the place of a code, after name and password of the form. */
export function SecurityKeyButton({
  site,
  busy,
  run,
  form,
}: KeyWays & { readonly form: () => FormData | null }): ReactNode {
  if (!areKeysHere(site)) return null;
  const signIn = async (): Promise<void> => {
    const given = form();
    const [name, password] = [given?.get('name'), given?.get('password')];
    if (!name || !password)
      throw new Error('Give your user ID and your password first, then use your security key.');
    const request = await ask<KeyRequest>('POST', '/sign-in/security-key/challenge', { name, password });
    await ask('POST', '/sign-in/security-key', { assertion: await askKey(request) });
  };
  return (
    <Button isDisabled={busy} onPress={() => void run(signIn)}>
      Use a security key instead
    </Button>
  );
}

/** A passkey alone; or where to go for that. */
export function PasskeyPart({ site, busy, run }: KeyWays): ReactNode {
  if (!site.signIn.includes('passkey') || site.keysAt === null || !canUseKeys()) return null;
  if (!areKeysHere(site)) {
    return (
      <p className="quiet">
        Passkeys and security keys work at <a href={site.keysAt}>{site.keysAt}</a> only.
      </p>
    );
  }
  const signIn = async (): Promise<void> => {
    const request = await ask<KeyRequest>('POST', '/sign-in/passkey/challenge');
    await ask('POST', '/sign-in/passkey', { assertion: await askKey(request) });
  };
  return (
    <div className="card">
      <p>
        A passkey opens this portal alone, by a PIN, a finger or a face. You make one on the Security page.
      </p>
      <Button isDisabled={busy} onPress={() => void run(signIn)}>
        Sign in with a passkey
      </Button>
    </div>
  );
}
