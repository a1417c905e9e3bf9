import { z } from 'zod';
import { listOwnFiles, type OwnFile, ownFile, ownReceipt } from '../../../core/custody/own-files.ts';
import { FILE_STATES } from '../../../core/custody/states.ts';
import { type FileId, parseId } from '../../../core/kit/ids.ts';
import { accept } from '../../../core/kit/result.ts';
import { sessionOf } from '../authenticate.ts';
import type { ApiParts } from './api-parts.ts';
import { type ApiRoute, apiRoute } from './api-route.ts';
import { type FileAnswer, fileParams, fileSchema } from './schemas.ts';
import { showFile } from './show-file.ts';

/** What of a person's files is shown together. */
const GROUPS = {
  here: ['arrived', 'moving'],
  coming: ['receiving', 'received', 'inspecting', 'admitting'],
  stopped: ['held', 'quarantined'],
  released: ['released'],
  ended: ['shared', 'removed', 'destroying', 'destroyed', 'revoked'],
} as const satisfies Readonly<Record<string, readonly (typeof FILE_STATES)[number][]>>;

const group = z.enum(['here', 'coming', 'stopped', 'released', 'ended']);

const query = z.strictObject({
  direction: z.enum(['in', 'out']).default('in').describe('What was sent in, or what was released.'),
  groups: z
    .string()
    .default('here,coming,stopped,released')
    .transform((text) => text.split(','))
    .pipe(z.array(group))
    .describe('A list with commas of here, coming, stopped, released, ended.'),
  search: z.string().max(255).default(''),
  sort: z.enum(['newest', 'name', 'size', 'expires']).default('newest'),
  order: z.enum(['ascending', 'descending']).default('descending'),
  after: z
    .string()
    .transform((text) => parseId('file', text))
    .pipe(z.custom<FileId>((id) => id !== null, 'no id of a file'))
    .optional()
    .describe('The id of the last file of the page before; left out for the first page.'),
  pageSize: z.coerce.number().int().min(1).max(200).default(50),
});

const pageSchema = z
  .strictObject({
    files: z.array(fileSchema),
    total: z.number().describe('On all pages.'),
    more: z.boolean().describe('Another page follows, after the last of these.'),
  })
  .meta({ id: 'FilesPage' });

const JSON_FILE = 'application/json; charset=utf-8';

/** A person's own files, one by one and by the page, and their receipts. */
export function fileRoutes({ intake, proveReceipt }: ApiParts): readonly ApiRoute[] {
  const list = apiRoute({
    method: 'GET',
    path: '/files',
    access: 'read',
    summary: 'Your own files',
    query,
    answer: pageSchema,
    async handle({ raw, query: { direction, groups, search, sort, order, after, pageSize } }) {
      const found = await listOwnFiles(intake, sessionOf(raw), {
        leaving: direction === 'out',
        states: groups.flatMap((one) => GROUPS[one]),
        search,
        sort,
        descending: order === 'descending',
        after: after ?? null,
        limit: pageSize,
      });
      if (!found.ok) return found;
      const { shown, total, more } = found.value;
      return accept({ files: await Promise.all(shown.map((one) => showTo(intake, one))), total, more });
    },
  });
  const one = apiRoute({
    method: 'GET',
    path: '/files/:id',
    access: 'read',
    summary: 'One of your own files, whatever became of it',
    params: fileParams,
    answer: fileSchema,
    async handle({ raw, params }) {
      const found = await ownFile(intake, sessionOf(raw), params.id);
      return found.ok ? accept(await showTo(intake, found.value)) : found;
    },
  });
  const receipt = apiRoute({
    method: 'GET',
    path: '/files/:id/receipt',
    access: 'read',
    summary: 'The signed receipt of a file that has arrived, to be kept',
    params: fileParams,
    answer: {
      media: 'application/json',
      what: 'The receipt, as `havengate receipt verify` reads it; with its proof once a checkpoint covers it',
    },
    async handle({ raw, params, reply }) {
      const found = await ownReceipt(intake, sessionOf(raw), params.id);
      if (!found.ok) return found;
      void reply
        .type(JSON_FILE)
        .header('content-disposition', `attachment; filename="receipt-${params.id}.json"`)
        .send(`${JSON.stringify(await proveReceipt(found.value), null, 2)}\n`);
      return accept(undefined);
    },
  });
  return [list, one, receipt];
}

/** A file with the name of the share that it leaves by. */
export async function showTo({ ledger, clock }: ApiParts['intake'], one: OwnFile): Promise<FileAnswer> {
  const { leavesBy } = one.file;
  const share = leavesBy === null ? null : await ledger.shareById(leavesBy);
  return showFile(one, clock.now(), share?.name ?? null);
}
