import Uppy, { type State, type UppyFile } from '@uppy/core';
import Tus, { type TusDetailedError } from '@uppy/tus';
import { lookAtGates } from '../activation/use-gates.ts';
import { forgetGrant, grantFor, keepGrant } from './grants.ts';
import { computeDigest } from './own-digests.ts';

/** What is sent along with a file: its name, and for a file of a folder the path in it. */
type Meta = { filename: string; relativePath: string | null };
type Body = Record<string, never>;

/** A file in the list of the page. */
export type Sending = UppyFile<Meta, Body>;

const ENDPOINT = '/api/v1/uploads';

/** After a break it is tried again soon, then ever later, for about a day: a laptop may sleep over night. */
const RETRIES = [0, 1000, 3000, 5000, 10_000, 30_000, ...Array.from({ length: 1500 }, () => 60_000)];

/** Files that are sent at once. */
const AT_ONCE = 4;

const uppy = new Uppy<Meta, Body>({ id: 'havengate', autoProceed: true, allowMultipleUploadBatches: true });

uppy.use(Tus, {
  endpoint: ENDPOINT,
  retryDelays: RETRIES,
  limit: AT_ONCE,
  removeFingerprintOnSuccess: true,
  allowedMetaFields: ['filename', 'relativePath'],
  onBeforeRequest(request) {
    const grant = grantFor(request.getURL());
    if (grant !== null) request.setHeader('Authorization', `Bearer ${grant}`);
  },
  onAfterResponse(request, response) {
    const [grant, location] = [response.getHeader('Upload-Grant'), response.getHeader('Location')];
    if (request.getMethod() === 'POST' && grant !== undefined && location !== undefined)
      keepGrant(location, grant);
  },
  onShouldRetry: (error, _attempt, _options, next) => isWorthRetrying(error) || next(error),
});

uppy.on('file-added', (file) => {
  if (file.data instanceof Blob) computeDigest(file.id, file.data);
});
uppy.on('upload-success', (file) => {
  if (file !== undefined) forget(file);
});

/** What every upload is doing now. A new object at every change. */
export function uploads(): State<Meta, Body> {
  return uppy.getState();
}

/** Calls back at every change. */
export function onUploads(listener: () => void): () => void {
  uppy.on('state-update', listener);
  return () => uppy.off('state-update', listener);
}

/** Adds files, which are sent at once. Those that are in the list already are left out; their names are returned. */
export function send(files: readonly { readonly file: File; readonly path: string }[]): readonly string[] {
  const twice: string[] = [];
  for (const { file, path } of files) {
    try {
      uppy.addFile({
        name: file.name,
        type: file.type,
        data: file,
        meta: { filename: file.name, relativePath: path === file.name ? null : path },
      });
    } catch {
      twice.push(path);
    }
  }
  return twice;
}

/** Pauses an upload that goes on, or goes on with one that is paused. */
export function pauseOrResume(id: string): void {
  uppy.pauseResume(id);
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

function addressOf(file: Sending): string | null {
  const { tus } = file as { readonly tus?: { readonly uploadUrl?: string | null } };
  return file.response?.uploadURL ?? tus?.uploadUrl ?? null;
}

function forget(file: Sending): void {
  const address = addressOf(file);
  if (address !== null) forgetGrant(address);
}

/** Full disks, a restart, a name that is still being written and a closed gate pass; of a gate the page tells. */
function isWorthRetrying({ originalResponse }: TusDetailedError): boolean {
  if (originalResponse?.getBody()?.includes('"gate-closed"') === true) void lookAtGates();
  return [423, 503, 507].includes(originalResponse?.getStatus() ?? 0);
}
