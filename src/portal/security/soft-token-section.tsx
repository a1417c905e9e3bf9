import { lazy, type ReactNode, Suspense, useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { ask } from '../api/ask.ts';
import type { Me, SoftTokenOffer } from '../api/types.ts';
import { useProof } from '../proving/use-proof.tsx';
import { useSteps } from '../recovery/use-steps.ts';
import { Notice } from '../shell/notice.tsx';
import { timeInWords } from '../words/times.ts';
import type { SecurityParts } from './security-parts.ts';

const QrCode = lazy(async () => ({ default: (await import('qrcode.react')).QRCodeSVG }));

type Stage =
  | { readonly at: 'rest' | 'removing' | 'used' | 'removed' }
  | { readonly at: 'offered'; readonly offer: SoftTokenOffer };

/**
 * Making a new soft token: prove who you are, scan the QR code, type a code. The old one goes on until then. And removing
 * it, as long as there is another way to sign in.
 */
export function SoftTokenSection({ site, me, onChanged }: SecurityParts): ReactNode {
  const [stage, setStage] = useState<Stage>({ at: 'rest' });
  const taking = useSteps();
  const proving = useProof({
    site,
    me,
    why: me.softToken === 'none' ? '' : 'Your token stays in use until then.',
  });
  const offer = (): void =>
    proving.run(async () => {
      setStage({ at: 'offered', offer: await ask<SoftTokenOffer>('POST', '/soft-token') });
    });
  const remove = (): void =>
    proving.run(async () => {
      // Whatever comes of it, it is not asked once more.
      setStage({ at: 'rest' });
      await ask('DELETE', '/soft-token');
      setStage({ at: 'removed' });
      await onChanged();
    });
  const isAtRest = stage.at === 'rest' || stage.at === 'used' || stage.at === 'removed';
  const fault = taking.fault ?? proving.fault;
  return (
    <section>
      <h2>Soft token</h2>
      {fault === null ? null : <Notice kind="bad">{fault}</Notice>}
      {stage.at === 'used' ? (
        <Notice kind="good">
          Your new token is in use. Codes of the old one open nothing any more, and your other browsers were
          signed out.
        </Notice>
      ) : null}
      {stage.at === 'removed' ? (
        <Notice kind="good">
          Your soft token is removed. Its codes open nothing any more, and your other browsers were signed
          out.
        </Notice>
      ) : null}
      {isAtRest && proving.form === null ? (
        <>
          <p>{WORDS[me.softToken]}</p>
          <div className="row">
            <Button isDisabled={proving.busy} onPress={offer}>
              Make a new soft token
            </Button>
            {me.softToken === 'none' || me.inEmergency ? null : (
              <Button
                isDisabled={proving.busy}
                onPress={() => proving.run(async () => setStage({ at: 'removing' }))}
              >
                Remove the soft token
              </Button>
            )}
          </div>
        </>
      ) : null}
      {stage.at === 'removing' && proving.form === null ? (
        <div className="card" role="group" aria-label="Remove the soft token">
          <p>
            Its codes will open nothing any more, here and over SFTP. You will sign in with what else you
            have.
          </p>
          <div className="row">
            <Button isDisabled={proving.busy} onPress={remove} autoFocus>
              Yes, remove it
            </Button>
            <Button className="plain" onPress={() => setStage({ at: 'rest' })}>
              Keep it
            </Button>
          </div>
        </div>
      ) : null}
      {proving.form}
      {stage.at === 'offered' ? (
        <form
          className="card"
          aria-label="Take the new token into use"
          onSubmit={taking.onSubmit(async (given) => {
            const pin = given('pin');
            if (pin !== given('again')) {
              throw new Error('The two PINs differ. Your old token stays in use. Type them again.');
            }
            await ask('POST', '/soft-token/use', { ticket: stage.offer.ticket, code: given('code'), pin });
            setStage({ at: 'used' });
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
            <Button type="submit" className="primary" isDisabled={taking.busy}>
              {taking.busy ? 'Looking…' : 'Take it into use'}
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
