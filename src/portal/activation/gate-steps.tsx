import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from 'react-aria-components';
import { ask } from '../api/ask.ts';
import type { Gates } from '../api/types.ts';
import { Notice } from '../shell/notice.tsx';
import { timeInWords } from '../words/times.ts';
import { Step } from './step.tsx';
import { lookAtGates } from './use-gates.ts';

/** What this haven asks of people before they transfer anything: each with what to do. */
export function GateSteps({ gates }: { readonly gates: Gates }): ReactNode {
  return (
    <>
      {gates.agreement.asked ? <AgreementStep agreement={gates.agreement} /> : null}
      {gates.training.asked ? <TrainingStep training={gates.training} /> : null}
      {gates.induction.asked ? <InductionStep induction={gates.induction} /> : null}
    </>
  );
}

function TrainingStep({
  training: { open, expiresAt },
}: {
  readonly training: Gates['training'];
}): ReactNode {
  if (open && expiresAt !== null) {
    return (
      <Step title="Training" isDone>
        <p>Your training is valid until {timeInWords(expiresAt)}.</p>
      </Step>
    );
  }
  return (
    <Step title="Training" isDone={false}>
      <p>
        {expiresAt === null
          ? 'No training of yours is recorded.'
          : `Your training is over since ${timeInWords(expiresAt)}.`}{' '}
        Take the training, and send the proof to the data team, who record it.
      </p>
    </Step>
  );
}

function InductionStep({ induction: { open, on } }: { readonly induction: Gates['induction'] }): ReactNode {
  return (
    <Step title="Induction" isDone={open}>
      <p>
        {open && on !== null
          ? `You had your induction on ${timeInWords(on)}.`
          : 'No induction of yours is recorded. Ask the data team for one: they show you how to work here.'}
      </p>
    </Step>
  );
}

function AgreementStep({ agreement }: { readonly agreement: Gates['agreement'] }): ReactNode {
  const { open, version, text, acceptedAt } = agreement;
  const [hasRead, setHasRead] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const accept = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    try {
      await ask('POST', '/agreement', { version });
      setFault(null);
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
      setHasRead(false);
    }
    await lookAtGates();
  };
  const words = (
    // Scrolls, so that it has to be reached by the keyboard (WCAG 2.1.1).
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls takes the focus
    <section className="agreement" tabIndex={0} aria-label="The agreement">
      {text}
    </section>
  );
  if (open && acceptedAt !== null) {
    return (
      <Step title="Agreement" isDone>
        <p>You accepted it on {timeInWords(acceptedAt)}.</p>
        <details>
          <summary>Read it again</summary>
          {words}
        </details>
      </Step>
    );
  }
  return (
    <Step title="Agreement" isDone={false}>
      <p>Read the agreement to its end, and accept it.</p>
      {fault === null ? null : <Notice kind="bad">{fault}</Notice>}
      {words}
      <form onSubmit={(event) => void accept(event)}>
        <p>
          <label className="choice">
            <input type="checkbox" checked={hasRead} onChange={({ target }) => setHasRead(target.checked)} />{' '}
            I have read the agreement
          </label>
        </p>
        <Button type="submit" className="primary" isDisabled={!hasRead}>
          Accept the agreement
        </Button>
      </form>
    </Step>
  );
}
