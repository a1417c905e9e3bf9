import { type FormEvent, useState } from 'react';

/** What went wrong last, whether an answer is waited for, and how a form is sent. */
export interface Steps {
  readonly fault: string | null;
  readonly busy: boolean;
  /** Runs a step; what it throws is told. */
  readonly run: (step: () => Promise<void>) => void;
  /** The same for a form, with what was typed into it. */
  readonly onSubmit: (
    step: (given: (name: string) => string) => Promise<void>,
  ) => (event: FormEvent<HTMLFormElement>) => void;
}

/** Steps that are taken one after the other, each of which may be refused in words. */
export function useSteps(): Steps {
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const run = (step: () => Promise<void>): void => {
    setBusy(true);
    step()
      .then(() => setFault(null))
      .catch((error: unknown) => setFault(error instanceof Error ? error.message : String(error)))
      .finally(() => setBusy(false));
  };
  return {
    fault,
    busy,
    run,
    onSubmit: (step) => (event) => {
      event.preventDefault();
      const form = new FormData(event.currentTarget);
      run(() =>
        step((name) => {
          const value = form.get(name);
          return typeof value === 'string' ? value : '';
        }),
      );
    },
  };
}
