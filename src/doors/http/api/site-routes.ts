import { z } from 'zod';
import { accept } from '../../../core/kit/result.ts';
import type { ApiParts } from './api-parts.ts';
import { type ApiRoute, apiRoute } from './api-route.ts';

const policy = z.enum(['hold', 'admit']);

const siteSchema = z
  .strictObject({
    name: z.string(),
    side: z.enum(['outside', 'inside']),
    largest: z.number().describe('The largest upload.'),
    scan: z
      .strictObject({
        on: z.boolean(),
        upTo: z.number().nullable().describe('Larger files cannot be scanned.'),
        tooLarge: policy,
        encrypted: policy,
        unscanned: z.array(z.string()).describe('Formats that are admitted unscanned when they are whole.'),
      })
      .describe(
        'What is done with files that cannot be scanned, so that people hear it before they send them.',
      ),
    retention: z.strictObject({ arrivals: z.number(), outbound: z.number() }).describe('In days.'),
  })
  .meta({ id: 'Site' });

const DAY = 86_400_000;

/** What everybody may know of this haven. */
export function siteRoutes({ side, intake: { policy: rules }, site }: ApiParts): readonly ApiRoute[] {
  const { scan, retention, largest } = rules;
  return [
    apiRoute({
      method: 'GET',
      path: '/site',
      access: 'open',
      summary: 'The name of this haven and its rules for uploads',
      answer: siteSchema,
      handle: async () =>
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
          retention: { arrivals: retention.arrivals / DAY, outbound: retention.outbound / DAY },
        }),
    }),
  ];
}
