import { z } from 'zod';
import type { Account } from '../../../core/accounts/account.ts';
import type { Gates } from '../../../core/accounts/gates.ts';
import { acceptAgreement } from '../../../core/accounts/record-standing.ts';
import { isoTime, isoTimeOrNull } from '../../../core/kit/clock.ts';
import { accept, refuse } from '../../../core/kit/result.ts';
import { sessionOf } from '../authenticate.ts';
import type { ApiParts } from './api-parts.ts';
import { type ApiRoute, apiRoute } from './api-route.ts';
import { time } from './schemas.ts';

const gateStatus = {
  asked: z.boolean().describe('Whether this haven asks for it.'),
  open: z.boolean().describe('Whether nothing is missing of it now.'),
};

/** How the gates of the site stand for somebody. */
const gatesSchema = z
  .strictObject({
    mayTransfer: z.boolean().describe('Whether files may be sent, fetched and moved.'),
    training: z.strictObject({ ...gateStatus, expiresAt: time.nullable() }),
    agreement: z.strictObject({
      ...gateStatus,
      version: z.string().nullable().describe('The SHA-256 of the text that is in force.'),
      text: z.string().nullable(),
      acceptedAt: time.nullable().describe('When you accepted what is in force.'),
    }),
    induction: z.strictObject({ ...gateStatus, on: time.nullable() }),
  })
  .meta({ id: 'Gates' });

/** What this haven asks of people before they transfer anything: to see, and to accept. */
export function gateRoutes({ intake }: ApiParts): readonly ApiRoute[] {
  const show = apiRoute({
    method: 'GET',
    path: '/gates',
    access: 'session',
    duringActivation: true,
    summary: 'What this haven asks of you before you may transfer files, and what of it is missing',
    answer: gatesSchema,
    async handle({ raw }) {
      const account = await intake.ledger.accountById(sessionOf(raw).account);
      return account === null ? refuse('account-disabled') : accept(showGates(intake.gates, account));
    },
  });
  const agree = apiRoute({
    method: 'POST',
    path: '/agreement',
    access: 'session',
    duringActivation: true,
    summary: 'Accept the agreement, of which you have read that version',
    body: z.strictObject({ version: z.string().max(64) }),
    answer: 'nothing',
    async handle({ raw, body: { version } }) {
      const accepted = await acceptAgreement(intake, sessionOf(raw), version);
      return accepted.ok ? accept(undefined) : accepted;
    },
  });
  return [show, agree];
}

function showGates(gates: Gates, account: Account): z.input<typeof gatesSchema> {
  const { site } = gates;
  const closed = gates.closedTo(account).map(({ gate }) => gate);
  const { trainingExpires, agreed, inductedOn } = account;
  const current = site.agreement;
  const acceptedAt = current !== null && agreed?.version === current.version ? isoTime(agreed.at) : null;
  return {
    mayTransfer: closed.length === 0,
    training: {
      asked: site.training,
      open: !closed.includes('training'),
      expiresAt: isoTimeOrNull(trainingExpires),
    },
    agreement: {
      asked: current !== null,
      open: !closed.includes('agreement'),
      version: current?.version ?? null,
      text: current?.text ?? null,
      acceptedAt,
    },
    induction: { asked: site.induction, open: !closed.includes('induction'), on: isoTimeOrNull(inductedOn) },
  };
}
