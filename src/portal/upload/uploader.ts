import Uppy, { type UppyFile } from '@uppy/core';
import Tus, { type TusDetailedError } from '@uppy/tus';
import { lookAtGates } from '../activation/use-gates.ts';
import { ask, Refused } from '../api/ask.ts';
import type { File as OwnFile } from '../api/types.ts';
import type { Chosen } from './dropped-files.ts';
import { forgetOldUploads, forgetUpload, grantFor, keepUpload, keptUnder } from './kept-uploads.ts';
import { computeDigest } from './own-digests.ts';
import { sampleOf } from './sample.ts';
import { forgetSent, noteSent } from './speeds.ts';

/** What belongs to a file: its name, for a file of a folder the path in it, and who sends it, which is not sent. */
type Meta = { filename: string; relativePath: string | null; owner: string };
type Body = Record<string, never>;

/** A file in the list of the page. */
export type Sending = UppyFile<Meta, Body>;

const ENDPOINT = '/api/v1/uploads';

/** After a break it is tried again soon, then ever later, for about a day: a laptop may sleep over night. */
const RETRIES = [0, 1000, 3000, 5000, 10_000, 30_000, ...Array.from({ length: 1500 }, () => 60_000)];

/** Files that are sent at once. */
const AT_ONCE = 4;

/** How often the page hears of changes, in milliseconds; with many files there are many. */
const TELL_EVERY = 100;

const uppy = new Uppy<Meta, Body>({ id: 'havengate', autoProceed: true, allowMultipleUploadBatches: true });

/** The id in the page of the file that a request begins to upload. */
const begun = new WeakMap<object, string>();

uppy.use(Tus, {
  endpoint: ENDPOINT,
  retryDelays: RETRIES,
  limit: AT_ONCE,
  // What goes on after the page was closed is ours to say: the library knows no persons.
  storeFingerprintForResuming: false,
  allowedMetaFields: ['filename', 'relativePath'],
  onBeforeRequest(request, file) {
    if (request.getMethod() === 'POST') begun.set(request, file.id);
    const grant = grantFor(request.getURL());
    if (grant !== null) request.setHeader('Authorization', `Bearer ${grant}`);
  },
  async onAfterResponse(request, response) {
    const [grant, location] = [response.getHeader('Upload-Grant'), response.getHeader('Location')];
    const file = uppy.getFile(begun.get(request) ?? '');
    if (file === undefined || grant === undefined || location === undefined) return;
    await keep(file, location, grant);
  },
  onShouldRetry: (error, _attempt, _options, next) => isWorthRetrying(error) || next(error),
});

uppy.on('file-added', (file) => {
  if (file.data instanceof Blob) computeDigest(file.id, file.data);
});
uppy.on('upload-progress', (file, { bytesUploaded }) => {
  if (file !== undefined && typeof bytesUploaded === 'number') noteSent(file.id, bytesUploaded);
});
uppy.on('upload-pause', (file) => {
  if (file !== undefined) forgetSent(file.id);
});
uppy.on('upload-success', (file) => {
  if (file !== undefined) forget(file);
});
forgetOldUploads();

let snapshot: readonly Sending[] = [];
let isToBeTold = false;
const listeners = new Set<() => void>();
uppy.on('state-update', () => {
  if (isToBeTold) return;
  isToBeTold = true;
  setTimeout(() => {
    isToBeTold = false;
    snapshot = Object.values(uppy.getState().files);
    for (const listener of listeners) listener();
  }, TELL_EVERY);
});

/** Every upload of this page, whoever began it. A new list at every change; what has not changed is the same object. */
export function uploads(): readonly Sending[] {
  return snapshot;
}

/** Calls back after changes. */
export function onUploads(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Adds files of a person, which are sent at once; what was begun in this browser goes on where it stopped. Returns in
 * words which were not added: those that are in the list, and others than those that were begun under their paths.
 */
export async function send(owner: string, files: readonly Chosen[]): Promise<readonly string[]> {
  const refused: string[] = [];
  const known = new Map<File, string | null>();
  for (const { file, path } of files) {
    const { isAnother, address } = await findBegun(owner, path, file);
    if (isAnother) refused.push(anotherInWords(path));
    else known.set(file, address);
  }
  const added = files.filter(({ file }) => known.has(file));
  uppy.setOptions({ id: `havengate-${owner}` });
  try {
    uppy.addFiles(added.map(({ file, path }) => describe(owner, file, path)));
  } catch {
    // Which of them are there already is seen below.
  }
  const here = new Map(uppy.getFiles().map((one) => [one.data, one.id]));
  for (const { file, path } of added) {
    const id = here.get(file);
    const address = known.get(file) ?? null;
    if (id === undefined) refused.push(`${path} is in the list already, and was not added again.`);
    else if (address !== null) uppy.setFileState(id, { tus: { uploadUrl: address } });
  }
  return refused;
}

/** Pauses an upload that goes on, or goes on with one that is paused. */
export function pauseOrResume(id: string): void {
  uppy.pauseResume(id);
}

/** Pauses all. */
export function pauseAll(): void {
  uppy.pauseAll();
}

/** Goes on with all that are paused. */
export function resumeAll(): void {
  uppy.resumeAll();
}

/** Tries an upload again that has failed; it goes on where it stopped. */
export function retry(id: string): void {
  void uppy.retryUpload(id);
}

/** Takes an upload out of the list, and ends it if it is not complete. */
export function remove(id: string): void {
  const file = uppy.getFile(id);
  if (file !== undefined) forget(file);
  uppy.removeFile(id);
}

/** The id of the file in our custody; null before the upload was begun. */
export function custodyId(file: Sending): string | null {
  const address = addressOf(file);
  return address === null ? null : (address.split('/').at(-1) ?? null);
}

/** The path of a file below what was chosen. */
export function pathOf(file: Sending): string {
  return file.meta.relativePath ?? file.meta.filename;
}

function describe(owner: string, file: File, path: string) {
  const name = path.split('/').at(-1) ?? file.name;
  const meta = { filename: name, relativePath: path === name ? null : path, owner };
  return { name, type: file.type, data: file, meta };
}

/** What a person began here under a path: its address if it was this very file, or that it was another. */
async function findBegun(
  owner: string,
  path: string,
  file: File,
): Promise<{ readonly isAnother: boolean; readonly address: string | null }> {
  for (const kept of keptUnder(owner, path)) {
    const isSame = kept.size === file.size && kept.sample === (await sampleOf(file).catch(() => ''));
    if (isSame) return { isAnother: false, address: kept.address };
    if (await isUnfinished(kept.address)) return { isAnother: true, address: null };
    forgetUpload(kept.address);
  }
  return { isAnother: false, address: null };
}

/** Whether an upload waits for more. When that cannot be known it does: nothing is given up by mistake. */
async function isUnfinished(address: string): Promise<boolean> {
  try {
    const { state } = await ask<OwnFile>('GET', `/files/${address.split('/').at(-1)}`);
    return state === 'receiving';
  } catch (error) {
    return !(error instanceof Refused && error.status === 404);
  }
}

function anotherInWords(path: string): string {
  return `${path} was not added: an upload of that name is not finished, and this is another file than the one that was begun. Choose that one, or cancel what is not finished to send this in its place.`;
}

async function keep(file: Sending, address: string, grant: string): Promise<void> {
  if (!(file.data instanceof Blob)) return;
  const { owner } = file.meta;
  const sample = await sampleOf(file.data).catch(() => '');
  keepUpload(address, { owner, path: pathOf(file), size: file.data.size, sample, grant });
}

function addressOf(file: Sending): string | null {
  const { tus } = file as { readonly tus?: { readonly uploadUrl?: string | null } };
  return file.response?.uploadURL ?? tus?.uploadUrl ?? null;
}

function forget(file: Sending): void {
  forgetSent(file.id);
  const address = addressOf(file);
  if (address !== null) forgetUpload(address);
}

/** Full disks, a restart, a name that is still being written and a closed gate pass; of a gate the page tells. */
function isWorthRetrying({ originalResponse }: TusDetailedError): boolean {
  if (originalResponse?.getBody()?.includes('"gate-closed"') === true) void lookAtGates();
  return [423, 503, 507].includes(originalResponse?.getStatus() ?? 0);
}
