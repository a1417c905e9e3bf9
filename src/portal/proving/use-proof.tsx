import { type ReactNode, useState } from 'react';
import { ask, Refused } from '../api/ask.ts';
import type { Me, Site } from '../api/types.ts';
import { useSteps } from '../recovery/use-steps.ts';
import { type Proof, ProofForm } from './proof-form.tsx';

/** Steps for which people have to have proven a moment ago who they are. */
export interface Proving {
  readonly fault: string | null;
  readonly busy: boolean;
  /** Runs a step; where the API asks for a proof first, `form` asks the person, and the step is run again after it. */
  readonly run: (step: () => Promise<void>) => void;
  /** What asks for the proof; null while none is asked for. */
  readonly form: ReactNode;
}

/** Asks people to prove who they are, where it is needed: who did so within ten minutes is not asked again. */
export function useProof({
  site,
  me,
  why,
}: {
  readonly site: Site;
  readonly me: Me;
  /** What stays as it is until then, as a sentence. */
  readonly why: string;
}): Proving {
  const [waiting, setWaiting] = useState<(() => Promise<void>) | null>(null);
  const { fault, busy, run } = useSteps();
  const attempt = async (step: () => Promise<void>): Promise<void> => {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'step-up-needed') throw error;
      setWaiting(() => step);
    }
  };
  const prove = async (proof: Proof, step: () => Promise<void>): Promise<void> => {
    await ask('POST', '/step-up', proof);
    setWaiting(null);
    await step();
  };
  const form =
    waiting === null ? null : (
      <ProofForm
        site={site}
        me={me}
        busy={busy}
        label="Prove who you are"
        submit="Next"
        onProof={(proof) => run(async () => prove(await proof(), waiting))}
        onLeave={() => setWaiting(null)}
      >
        <p>First prove once more who you are. {why}</p>
      </ProofForm>
    );
  return { fault, busy, run: (step) => run(() => attempt(step)), form };
}
