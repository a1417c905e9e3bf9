import { accept, type Result, refuse } from '../../core/kit/result.ts';
import type { OpenHandle } from './handles/open-handles.ts';
import { readPath } from './path-requests.ts';
import type { Refusal } from './refusals.ts';
import type { Desk, Reply, Request } from './requests.ts';
import { digestReply } from './wire/replies.ts';

/** The one algorithm, as the draft spells it. */
const ALGORITHM = 'sha256';

/**
 * check-file-handle (draft-ietf-secsh-filexfer-extensions-00 section 3), and the older name check-file: the SHA-256
 * that the ledger has of the whole file. Nothing is read for it: another range, blocks, another algorithm or a file
 * without a kept digest are refused.
 */
export async function checkFileHandle(_desk: Desk, request: Request, { target }: OpenHandle): Reply {
  const asked = readQuestion(request);
  if (!asked.ok) return asked;
  if (target.kind === 'folder') return refuse('is-a-folder');
  if (target.kind === 'upload') return refuse('not-complete');
  if (target.kind === 'reading') return reply(request, await target.digest());
  const allowed = await target.look();
  return allowed.ok ? refuse('not-computed') : allowed;
}

/** check-file-name: the same for a path. */
export async function checkFileName(desk: Desk, request: Request): Reply {
  const path = readPath(desk, request);
  if (!path.ok) return path;
  const asked = readQuestion(request);
  if (!asked.ok) return asked;
  return reply(request, await desk.view.digest(path.value, { kind: ALGORITHM, signal: null }));
}

/** Algorithms in the order of preference, start, length, block size. */
function readQuestion({ fields }: Request): Result<void, 'no-blocks'> {
  const isKnown = fields.latin1().split(',').includes(ALGORITHM);
  const isWhole = fields.uint64() === 0 && fields.uint64() === 0 && fields.uint32() === 0;
  return isKnown && isWhole ? accept(undefined) : refuse('no-blocks');
}

function reply({ id }: Request, digest: Result<string, Refusal>): Result<Buffer, Refusal> {
  return digest.ok ? accept(digestReply(id, ALGORITHM, Buffer.from(digest.value, 'hex'))) : digest;
}
