import { type ReactNode, useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { ask } from '../api/ask.ts';
import type { Invitation, Site } from '../api/types.ts';
import { areKeysHere } from '../keys/ask-key.ts';
import { Alone } from '../recovery/alone.tsx';
import { chosenPassword, NewPasswordFields } from '../recovery/new-password-fields.tsx';
import { useSteps } from '../recovery/use-steps.ts';

/** What a mailed invitation opens: its person chooses a password, by which the link is used up. */
export function InvitationPage({
  site,
  link,
  onBegun,
}: {
  readonly site: Site;
  readonly link: string;
  readonly onBegun: () => Promise<void>;
}): ReactNode {
  const [known, setKnown] = useState<Invitation | null>(null);
  const { fault, busy, run, onSubmit } = useSteps();
  useEffect(() => {
    run(async () => setKnown(await ask<Invitation>('POST', '/activation/look', { link })));
  }, [link]);
  return (
    <Alone site={site} title="Activate your account" fault={fault}>
      {known === null ? null : (
        <form
          className="card"
          onSubmit={onSubmit(async (given) => {
            await ask('POST', '/activation/begin', { link, password: chosenPassword(given) });
            await onBegun();
          })}
        >
          <p>
            Welcome, {known.fullName}. Your User ID is <strong>{known.name}</strong>. First choose a password;
            then you make a token, with an app on your phone{areKeysHere(site) ? ', or add a passkey' : ''}.
          </p>
          <NewPasswordFields name={known.name} what="Password" />
          <Button type="submit" className="primary" isDisabled={busy}>
            {busy ? 'Setting it…' : 'Set the password'}
          </Button>
        </form>
      )}
    </Alone>
  );
}
