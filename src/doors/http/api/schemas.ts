import { z } from 'zod';
import { FILE_STATES } from '../../../core/custody/states.ts';
import { parseId } from '../../../core/kit/ids.ts';

/** An instant as ISO 8601 with Z. */
export const time = z.string().meta({ format: 'date-time' });

/** The address of one file. */
export const fileParams = z.strictObject({
  id: z
    .string()
    .refine((text) => parseId('file', text) !== null)
    .transform((text) => parseId('file', text) ?? neverId()),
});

/** A file of a person's own. Sizes are bytes. */
export const fileSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    folder: z.string().describe('Where it was put, without the name; empty for the top.'),
    size: z.number(),
    declaredSize: z.number().nullable(),
    sha256: z.string().nullable(),
    state: z.enum(FILE_STATES),
    settled: z.boolean().describe('Nothing can follow any more.'),
    contentType: z.string().nullable(),
    scan: z.string().nullable().describe('What the malware check said; off when this haven does not scan.'),
    unscanned: z.string().nullable().describe('Too large for the scanner: what was checked instead.'),
    reason: z.string().nullable(),
    explanation: z.string().nullable().describe('Why it is held or quarantined, what was kept, what to do.'),
    share: z.string().nullable().describe('The share that it leaves by; null for a file on its way in.'),
    startedAt: time,
    receivedAt: time.nullable(),
    arrivedAt: time.nullable(),
    releasedAt: time.nullable(),
    collectedAt: time.nullable(),
    expiresAt: time.nullable().describe('When it is destroyed.'),
  })
  .meta({ id: 'File' });

/** A file as the API shows it. */
export type FileAnswer = z.input<typeof fileSchema>;

function neverId(): never {
  throw new Error('an id that was parsed is none');
}
