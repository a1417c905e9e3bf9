import { type ReactNode, useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { ask } from '../api/ask.ts';
import type { EmergencyCode, EmergencyTicket, Site } from '../api/types.ts';
import { Notice } from '../shell/notice.tsx';
import { timeInWords } from '../words/times.ts';
import { Alone } from './alone.tsx';
import { useSteps } from './use-steps.ts';

type Stage =
  | { readonly at: 'name' }
  | { readonly at: 'password'; readonly name: string }
  | { readonly at: 'mail'; readonly ticket: string }
  | { readonly at: 'code'; readonly ticket: string }
  | { readonly at: 'made'; readonly made: EmergencyCode };

/** The way to an emergency code: User ID, password, a code by mail, and then eight digits that are shown once. */
export function EmergencyPage({ site }: { readonly site: Site }): ReactNode {
  const [stage, setStage] = useState<Stage>({ at: 'name' });
  const { fault, busy, run, onSubmit } = useSteps();
  const mail = async (ticket: string): Promise<void> => {
    await ask('POST', '/emergency/mail', { ticket });
    setStage({ at: 'code', ticket });
  };
  return (
    <Alone site={site} title="Emergency code" fault={fault}>
      {stage.at === 'name' ? (
        <>
          <p className="lead">
            For when you do not have your token, your authenticator app or your security key: a code that you
            can sign in with once, within 24 hours. You need your password, and your mail.
          </p>
          <form
            className="card"
            onSubmit={onSubmit(async (given) => setStage({ at: 'password', name: given('name') }))}
          >
            <TextField name="name" isRequired autoComplete="username" autoFocus>
              <Label>User ID</Label>
              <Input autoCapitalize="none" spellCheck={false} />
            </TextField>
            <Button type="submit" className="primary">
              Next
            </Button>
          </form>
        </>
      ) : null}
      {stage.at === 'password' ? (
        <form
          className="card"
          onSubmit={onSubmit(async (given) => {
            const body = { name: stage.name, password: given('password') };
            const { ticket } = await ask<EmergencyTicket>('POST', '/emergency', body);
            setStage({ at: 'mail', ticket });
          })}
        >
          <p>
            User ID: <strong>{stage.name}</strong>
          </p>
          <TextField name="password" type="password" isRequired autoComplete="current-password" autoFocus>
            <Label>Password</Label>
            <Input />
          </TextField>
          <div className="row">
            <Button type="submit" className="primary" isDisabled={busy}>
              {busy ? 'Looking…' : 'Verify'}
            </Button>
            <Button className="plain" onPress={() => setStage({ at: 'name' })}>
              Another User ID
            </Button>
          </div>
        </form>
      ) : null}
      {stage.at === 'mail' ? (
        <form className="card" onSubmit={onSubmit(() => mail(stage.ticket))}>
          <p>
            Your password is right. An authorisation code is sent to the mail address that this haven has of
            you.
          </p>
          <Button type="submit" className="primary" isDisabled={busy} autoFocus>
            ✉ Mail me the code
          </Button>
        </form>
      ) : null}
      {stage.at === 'code' ? (
        <form
          className="card"
          onSubmit={onSubmit(async (given) => {
            const body = { ticket: stage.ticket, code: given('code') };
            setStage({ at: 'made', made: await ask<EmergencyCode>('POST', '/emergency/code', body) });
          })}
        >
          <p role="status">
            A code is on its way to your mail. It holds for 15 minutes. Leave this page open.
          </p>
          <TextField name="code" isRequired autoComplete="one-time-code" autoFocus>
            <Label>Authorisation code from the mail</Label>
            <Input autoCapitalize="characters" spellCheck={false} />
          </TextField>
          <div className="row">
            <Button type="submit" className="primary" isDisabled={busy}>
              {busy ? 'Looking…' : 'Verify'}
            </Button>
            <Button className="plain" isDisabled={busy} onPress={() => run(() => mail(stage.ticket))}>
              Mail me another one
            </Button>
          </div>
        </form>
      ) : null}
      {stage.at === 'made' ? <Made {...stage.made} /> : null}
    </Alone>
  );
}

function Made({ code, expiresAt }: EmergencyCode): ReactNode {
  return (
    <Notice kind="good">
      <p>Your emergency code is</p>
      <p className="shown-code">
        <code>{`${code.slice(0, 4)} ${code.slice(4)}`}</code>
      </p>
      <p>
        It is shown this once. It ends when it is used, at the latest {timeInWords(expiresAt)}. Sign in with
        your User ID and your password, and type it in the place of the code from your app; over SFTP too.
      </p>
      <p>If your token is lost, sign in here with it and make a new one on the page Security.</p>
    </Notice>
  );
}
