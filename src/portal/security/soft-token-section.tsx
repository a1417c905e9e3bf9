import { lazy, type ReactNode, Suspense, useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { ask, Refused } from '../api/ask.ts';
import type { Me, Site, SoftTokenOffer } from '../api/types.ts';
import { useSteps } from '../recovery/use-steps.ts';
import { Notice } from '../shell/notice.tsx';
import { timeInWords } from '../words/times.ts';

const QrCode = lazy(async () => ({ default: (await import('qrcode.react')).QRCodeSVG }));

type Stage =
  | { readonly at: 'rest' | 'proving' | 'done' }
  | { readonly at: 'offered'; readonly offer: SoftTokenOffer };

/** Making a new soft token: prove who you are, scan the QR code, type a code. The old one goes on until then. */
export function SoftTokenSection({
  site,
  me,
  onChanged,
}: {
  readonly site: Site;
  readonly me: Me;
  readonly onChanged: () => Promise<void>;
}): ReactNode {
  const [stage, setStage] = useState<Stage>({ at: 'rest' });
  const { fault, busy, run, onSubmit } = useSteps();
  const isProvenByPassword = me.inEmergency || me.inActivation;
  const offer = async (): Promise<void> =>
    setStage({ at: 'offered', offer: await ask<SoftTokenOffer>('POST', '/soft-token') });
  /** Who has just chosen a password is not asked for it again. */
  const begin = async (): Promise<void> => {
    if (!me.inActivation) return setStage({ at: 'proving' });
    await offer().catch((error: unknown) => {
      if (!(error instanceof Refused) || error.code !== 'step-up-needed') throw error;
      setStage({ at: 'proving' });
    });
  };
  return (
    <section>
      <h2>Soft token</h2>
      {fault === null ? null : <Notice kind="bad">{fault}</Notice>}
      {me.inEmergency && stage.at === 'rest' ? (
        <Notice kind="plain">
          You have signed in with an emergency code, which opens nothing any more. If your token is lost, make
          a new one now: your password is enough.
        </Notice>
      ) : null}
      {stage.at === 'done' ? (
        <Notice kind="good">
          Your new token is in use. Codes of the old one open nothing any more, and your other browsers were
          signed out.
        </Notice>
      ) : null}
      {stage.at === 'rest' || stage.at === 'done' ? (
        <>
          <p>{WORDS[me.softToken]}</p>
          <Button isDisabled={busy} onPress={() => run(begin)}>
            Make a new soft token
          </Button>
        </>
      ) : null}
      {stage.at === 'proving' ? (
        <form
          className="card"
          aria-label="Prove who you are"
          onSubmit={onSubmit(async (given) => {
            await ask('POST', '/step-up', { password: given('password'), code: given('code') });
            await offer();
          })}
        >
          <p>First prove once more who you are. Your token stays in use until the new one works.</p>
          <TextField name="password" type="password" isRequired autoComplete="current-password" autoFocus>
            <Label>Present password</Label>
            <Input />
          </TextField>
          {isProvenByPassword ? null : (
            <TextField name="code" isRequired inputMode="numeric" autoComplete="one-time-code">
              <Label>A fresh code, or an emergency code</Label>
              <Input />
            </TextField>
          )}
          <div className="row">
            <Button type="submit" className="primary" isDisabled={busy}>
              {busy ? 'Looking…' : 'Next'}
            </Button>
            <Button className="plain" onPress={() => setStage({ at: 'rest' })}>
              Leave it as it is
            </Button>
          </div>
        </form>
      ) : null}
      {stage.at === 'offered' ? (
        <form
          className="card"
          aria-label="Take the new token into use"
          onSubmit={onSubmit(async (given) => {
            const pin = given('pin');
            if (pin !== given('again')) {
              throw new Error('The two PINs differ. Your old token stays in use. Type them again.');
            }
            await ask('POST', '/soft-token/use', { ticket: stage.offer.ticket, code: given('code'), pin });
            setStage({ at: 'done' });
            await onChanged();
          })}
        >
          <Offer {...stage.offer} />
          {site.pin ? <PinFields /> : null}
          <TextField name="code" isRequired inputMode="numeric" autoComplete="one-time-code">
            <Label>The code that your app shows now</Label>
            <Input />
          </TextField>
          <div className="row">
            <Button type="submit" className="primary" isDisabled={busy}>
              {busy ? 'Looking…' : 'Take it into use'}
            </Button>
            <Button className="plain" onPress={() => setStage({ at: 'rest' })}>
              {me.softToken === 'none' ? 'Not now' : 'Keep the old one'}
            </Button>
          </div>
        </form>
      ) : null}
    </section>
  );
}

const WORDS: Readonly<Record<Me['softToken'], string>> = {
  none: 'You have no soft token: an authenticator app on your phone that shows a new code every 30 seconds.',
  plain: 'You have a soft token: an authenticator app that shows a new code every 30 seconds.',
  pin: 'You have a soft token with a PIN, which you type right before each code.',
};

function Offer({ uri, secret, expiresAt }: SoftTokenOffer): ReactNode {
  return (
    <>
      <p>
        Scan this with your authenticator app (Aegis, 2FAS, FreeOTP, Google or Microsoft Authenticator, or
        another one), until {timeInWords(expiresAt)}:
      </p>
      <Suspense fallback={<div className="qr" aria-busy="true" />}>
        <QrCode className="qr" value={uri} title="QR code of the new soft token" marginSize={4} />
      </Suspense>
      <p>
        Or type this key into it, as time-based, with 6 digits and 30 seconds:
        <br />
        <code className="typed-key">{secret}</code>
      </p>
      <p className="quiet">Show it to nobody: who has it makes the same codes.</p>
    </>
  );
}

function PinFields(): ReactNode {
  const digits = { inputMode: 'numeric', pattern: '[0-9]{4,8}', autoComplete: 'off' } as const;
  return (
    <>
      <TextField name="pin" type="password" isRequired {...digits}>
        <Label>A PIN of 4 to 8 digits, which you will type right before each code</Label>
        <Input />
      </TextField>
      <TextField name="again" type="password" isRequired {...digits}>
        <Label>The PIN once more</Label>
        <Input />
      </TextField>
    </>
  );
}
