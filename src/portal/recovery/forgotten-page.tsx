import { type ReactNode, useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { ask } from '../api/ask.ts';
import type { Site } from '../api/types.ts';
import { Notice } from '../shell/notice.tsx';
import { Alone } from './alone.tsx';
import { useSteps } from './use-steps.ts';

/** Asking for a link by mail to set a new password. The answer is the same whoever has the name. */
export function ForgottenPage({ site }: { readonly site: Site }): ReactNode {
  const [isSent, setIsSent] = useState(false);
  const { fault, busy, onSubmit } = useSteps();
  if (!site.reset) {
    return (
      <Alone site={site} title="A new password" fault={null}>
        <p>This haven mails no links. Ask the people who run it for a new password.</p>
      </Alone>
    );
  }
  return (
    <Alone site={site} title="A new password" fault={fault}>
      {isSent ? (
        <Notice kind="plain">
          <p>
            If somebody has this User ID and may sign in here, a mail is on its way to the address that this
            haven has of them. Its link holds for 30 minutes.
          </p>
          <p>
            No mail? Look at the User ID and among unwanted mail, then ask again, or ask the people who run
            this haven.
          </p>
        </Notice>
      ) : (
        <p className="lead">
          A link is sent to the mail address that this haven has of you. With it you choose a new password; a
          code of your token, or your security key, is asked for there too.
        </p>
      )}
      <form
        className="card"
        onSubmit={onSubmit(async (given) => {
          await ask('POST', '/password-reset', { name: given('name') });
          setIsSent(true);
        })}
      >
        <TextField name="name" isRequired autoComplete="username">
          <Label>User ID</Label>
          <Input autoCapitalize="none" spellCheck={false} />
        </TextField>
        <Button type="submit" className="primary" isDisabled={busy}>
          {isSent ? 'Mail the link again' : 'Mail me the link'}
        </Button>
      </form>
    </Alone>
  );
}
