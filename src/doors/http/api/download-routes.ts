import type { ServerResponse } from 'node:http';
import type { CustodyFile } from '../../../core/custody/file.ts';
import { openReleased } from '../../../core/custody/outbound/outbound-view.ts';
import type { ReleasedReader } from '../../../core/custody/outbound/released-reader.ts';
import { ownFile } from '../../../core/custody/own-files.ts';
import { KIB } from '../../../core/kit/bytes.ts';
import type { FileId } from '../../../core/kit/ids.ts';
import { accept, type Result, refuse } from '../../../core/kit/result.ts';
import { sessionOf } from '../authenticate.ts';
import type { HttpRefusal } from '../refusals.ts';
import { SECURITY_HEADERS } from '../security-headers.ts';
import type { ApiParts } from './api-parts.ts';
import { type ApiRequest, type ApiRoute, apiRoute } from './api-route.ts';
import { parseByteRange } from './byte-range.ts';
import { contentDisposition } from './content-disposition.ts';
import { fileParams } from './schemas.ts';

/** How much is read at once. */
const PIECE = 256 * KIB;

/** Downloads of what was released to a person. A revoked file ends in the middle. */
export function downloadRoutes({ intake }: ApiParts): readonly ApiRoute[] {
  return [
    apiRoute({
      method: 'GET',
      path: '/files/:id/content',
      access: 'read',
      summary: 'The bytes of a file that was released to you; takes one range (RFC 9110 section 14)',
      params: fileParams,
      answer: {
        media: 'application/octet-stream',
        what: 'The bytes, never as anything that a browser shows',
      },
      handle: (request) => download(intake, request),
    }),
  ];
}

async function download(
  intake: ApiParts['intake'],
  { raw, reply, params }: ApiRequest<{ readonly id: FileId }, undefined, undefined>,
): Promise<Result<undefined, HttpRefusal>> {
  const session = sessionOf(raw);
  const found = await ownFile(intake, session, params.id);
  if (!found.ok) return found;
  const { file } = found.value;
  const share = file.leavesBy === null ? null : await intake.ledger.shareById(file.leavesBy);
  if (share === null || file.arrival === null) return refuse('not-found');
  const opened = await openReleased(intake, session, share.name, file.arrival);
  if (!opened.ok) return opened;
  const reader = opened.value;
  const range = parseByteRange(raw.headers.range, reader.size);
  if (range === 'unsatisfiable') {
    await reader.leave();
    return refuse('range-outside', `it has ${reader.size} bytes`);
  }
  reply.hijack();
  const { start, end } = range ?? { start: 0, end: reader.size };
  reply.raw.writeHead(range === null ? 200 : 206, {
    ...headersOf(file, reader),
    'content-length': end - start,
    ...(range !== null && { 'content-range': `bytes ${start}-${end - 1}/${reader.size}` }),
  });
  await send(intake, reply.raw, reader, start, end);
  return accept(undefined);
}

function headersOf({ arrival, path }: CustodyFile, { sha256 }: ReleasedReader): Record<string, string> {
  return {
    ...SECURITY_HEADERS,
    'content-type': 'application/octet-stream',
    'content-disposition': contentDisposition((arrival ?? path).name),
    'accept-ranges': 'bytes',
    ...(sha256 !== null && { etag: `"${sha256}"` }),
  };
}

/** Sends the bytes. What is cut short ends without its last bytes, so that the browser says it failed. */
async function send(
  intake: ApiParts['intake'],
  response: ServerResponse,
  reader: ReleasedReader,
  start: number,
  end: number,
): Promise<void> {
  const isWhole = await sendPieces(response, reader, start, end).catch((error: unknown) => {
    intake.log.error('download-failed', { error });
    return false;
  });
  if (!isWhole) {
    response.destroy();
    return reader.leave();
  }
  response.end();
  if (await isHandedOver(response)) await reader.close();
  else await reader.leave();
}

async function sendPieces(
  response: ServerResponse,
  reader: ReleasedReader,
  start: number,
  end: number,
): Promise<boolean> {
  for (let position = start; position < end; ) {
    const piece = Buffer.allocUnsafe(Math.min(PIECE, end - position));
    const read = await reader.readAhead(piece, position);
    if (!read.ok || read.value === 0 || response.destroyed) return false;
    if (!response.write(piece.subarray(0, read.value)) && !(await isDrained(response))) return false;
    reader.sent(position, position + read.value);
    position += read.value;
  }
  return true;
}

function isDrained(response: ServerResponse): Promise<boolean> {
  return firstOf(response, 'drain');
}

/** Whether the last byte went to the system, and not to a connection that is gone. */
function isHandedOver(response: ServerResponse): Promise<boolean> {
  return response.writableFinished ? Promise.resolve(true) : firstOf(response, 'finish');
}

function firstOf(response: ServerResponse, event: 'drain' | 'finish'): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (happened: boolean): void => {
      response.off(event, yes).off('close', no);
      resolve(happened);
    };
    const yes = (): void => settle(true);
    const no = (): void => settle(false);
    response.once(event, yes).once('close', no);
    if (response.destroyed) settle(false);
  });
}
