import { z } from 'zod';
import type { StepUp } from '../../../core/accounts/security-keys/step-up.ts';
import { accept, type Result, refuse } from '../../../core/kit/result.ts';
import { assertionSchema, toAssertion } from '../keys/key-schemas.ts';

/** How somebody who is signed in proves again who they are. */
export const stepUpSchema = z.strictObject({
  password: z.string().max(1024).optional(),
  code: z.string().max(24).optional().describe('Empty in a session that an emergency code has opened.'),
  assertion: assertionSchema
    .optional()
    .describe('Of a key that one has: with the password in the place of a code, else alone.'),
});

/** What was given of it, if it is one of the ways. */
export function readStepUp({
  password,
  code,
  assertion,
}: z.output<typeof stepUpSchema>): Result<StepUp, 'body-invalid'> {
  if (assertion !== undefined) {
    const given = toAssertion(assertion);
    return accept(
      password === undefined
        ? { kind: 'passkey', assertion: given }
        : { kind: 'security-key', password, assertion: given },
    );
  }
  if (password === undefined || code === undefined)
    return refuse('body-invalid', 'give password and code, or the assertion of a key');
  return accept({ kind: 'code', password, code });
}
