import { z } from 'zod';
import { accept } from '../../../core/kit/result.ts';
import { relyingPartyOf } from '../keys/relying-party.ts';
import type { ApiParts } from './api-parts.ts';
import { type ApiRoute, apiRoute } from './api-route.ts';

const unscannable = z.enum(['hold', 'admit']);

const siteSchema = z
  .strictObject({
    name: z.string(),
    side: z.enum(['outside', 'inside']),
    largest: z.number().describe('The largest upload.'),
    scan: z
      .strictObject({
        on: z.boolean(),
        upTo: z.number().nullable().describe('Larger files cannot be scanned.'),
        tooLarge: unscannable,
        encrypted: unscannable,
        unscanned: z.array(z.string()).describe('Formats that are admitted unscanned when they are whole.'),
      })
      .describe(
        'What is done with files that cannot be scanned, so that people hear it before they send them.',
      ),
    signIn: z.array(z.enum(['password+token', 'passkey'])).describe('How people sign in here.'),
    keysAt: z
      .string()
      .nullable()
      .describe('The address at which security keys and passkeys can be used; null where they cannot.'),
    pin: z.boolean().describe('A new soft token gets a PIN.'),
    reset: z.boolean().describe('A link for a new password can be mailed.'),
    retention: z.strictObject({ arrivals: z.number(), outbound: z.number() }).describe('In days.'),
  })
  .meta({ id: 'Site' });

const DAY = 86_400_000;

/** What everybody may know of this haven. */
export function siteRoutes({
  side,
  intake: { policy: rules },
  site,
  policy,
  place,
}: ApiParts): readonly ApiRoute[] {
  const { scan, retention, largest } = rules;
  return [
    apiRoute({
      method: 'GET',
      path: '/site',
      access: 'open',
      summary: 'The name of this haven and its rules for uploads',
      answer: siteSchema,
      handle: async ({ raw }) =>
        accept({
          name: rules.site,
          side,
          largest,
          scan: {
            on: scan.on,
            upTo: site.scannedUpTo,
            tooLarge: scan.tooLarge,
            encrypted: scan.encrypted,
            unscanned: [...(scan.unscanned ?? [])],
          },
          signIn: policy.map((way) => (way.includes('passkey') ? 'passkey' : 'password+token')),
          keysAt: relyingPartyOf(place, raw)?.origin ?? null,
          pin: site.pin === 'required',
          reset: site.reset,
          retention: { arrivals: retention.arrivals / DAY, outbound: retention.outbound / DAY },
        }),
    }),
  ];
}
