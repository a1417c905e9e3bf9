import type { AcceptRefusal } from '../../core/accounts/record-standing.ts';
import type { TokenRefusal } from '../../core/accounts/token-entrance.ts';
import type { ChangeRefusal } from '../../core/custody/change-upload.ts';
import type { FolderRefusal } from '../../core/custody/folders.ts';
import type { NameRefusal } from '../../core/custody/names.ts';
import type { OpenRefusal } from '../../core/custody/open-upload.ts';
import type { ResumeRefusal } from '../../core/custody/resume-upload.ts';
import type { WriteRefusal } from '../../core/custody/upload-writer.ts';
import { CREDENTIAL_REFUSALS, type CredentialRefusal } from './credential-refusals.ts';

/** What the use cases of this door refuse. */
type UseCaseRefusal =
  | TokenRefusal
  | OpenRefusal
  | ResumeRefusal
  | WriteRefusal
  | ChangeRefusal
  | FolderRefusal
  | NameRefusal
  | CredentialRefusal
  | AcceptRefusal;

/** What the door itself refuses: HTTP and tus, before a use case is asked or beside it. */
type DoorRefusal =
  | 'token-missing'
  | 'frozen'
  | 'damaged'
  | 'session-missing'
  | 'session-over'
  | 'session-needed'
  | 'sign-in-refused'
  | 'sign-in-held-back'
  | 'sign-in-busy'
  | 'cross-site'
  | 'query-invalid'
  | 'body-invalid'
  | 'no-receipt'
  | 'range-outside'
  | 'too-many-pages'
  | 'route-unknown'
  | 'method-not-allowed'
  | 'request-malformed'
  | 'request-too-slow'
  | 'headers-too-large'
  | 'too-many-connections'
  | 'tus-version'
  | 'content-type-wrong'
  | 'length-missing'
  | 'length-deferred'
  | 'concatenation-unsupported'
  | 'offset-missing'
  | 'offset-wrong'
  | 'body-too-long'
  | 'metadata-invalid'
  | 'filename-missing'
  | 'checksum-invalid'
  | 'checksum-mismatch'
  | 'upload-gone'
  | 'locked'
  | 'taken-over'
  | 'upload-idle'
  | 'upload-cut'
  | 'stopping'
  | 'try-again'
  | 'disk-full'
  | 'disk-failed'
  | 'failed';

/** Everything that this door answers with words and a status other than success. */
export type HttpRefusal = UseCaseRefusal | DoorRefusal;

/** How a refusal is answered. The message says what went wrong, what was kept, and what to do next. */
export interface RefusalWords {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const KEPT = 'What had arrived is kept: ask for the offset and go on from there.';

/**
 * The answer to every refusal: status codes of RFC 9110 section 15, tus 1.0 (409, 410, 412, 415, 423, 460) and
 * RFC 4918 (423, 507). Where a tus client would throw its progress away on another status, 423 makes it wait.
 */
export const REFUSALS = {
  'token-missing': {
    status: 401,
    message:
      'No access token came with this request. Nothing was done. Send "Authorization: Bearer <token>".',
    headers: { 'www-authenticate': 'Bearer realm="havengate"' },
  },
  'token-invalid': {
    status: 401,
    message:
      'This access token is unknown, was revoked, or its account is closed. Nothing was done. Ask for a new token.',
    headers: { 'www-authenticate': 'Bearer realm="havengate", error="invalid_token"' },
  },
  'token-expired': {
    status: 401,
    message:
      'This access token has expired. Unfinished uploads are kept. Ask for a new token and resume with it.',
    headers: { 'www-authenticate': 'Bearer realm="havengate", error="invalid_token"' },
  },
  'token-other-side': {
    status: 401,
    message:
      'This access token is for the other side of the haven. Nothing was done. Use a token made for this side.',
    headers: { 'www-authenticate': 'Bearer realm="havengate", error="invalid_token"' },
  },
  'token-scope': {
    status: 403,
    message:
      'This access token does not allow that. Nothing was done. Ask for a token with the scope you need.',
    headers: { 'www-authenticate': 'Bearer realm="havengate", error="insufficient_scope"' },
  },
  damaged: {
    status: 409,
    message:
      'Its bytes were altered on our disk, so nobody gets them. What is there is kept, and the data team decides.',
  },
  frozen: {
    // 423: a tus client keeps its progress and tries again.
    status: 423,
    message: `This is frozen for now, and nothing can be done here. ${KEPT} Ask the data team.`,
    headers: { 'retry-after': '60' },
  },
  'gate-closed': {
    // 423: a tus client keeps its progress and tries again.
    status: 423,
    message: `You may not send, fetch or move files yet. ${KEPT} The portal shows what is missing, and what to do.`,
    headers: { 'retry-after': '60' },
  },
  'agreement-changed': {
    status: 409,
    message: 'Another agreement is in force by now. Nothing was recorded. Read it, and accept that.',
  },
  'account-disabled': {
    status: 403,
    message: 'Your account was disabled. Unfinished uploads are kept. Ask the people who run this haven.',
  },
  'session-missing': {
    status: 401,
    message: 'You are not signed in. Nothing was done. Sign in, or send "Authorization: Bearer <token>".',
    headers: { 'www-authenticate': 'Bearer realm="havengate"' },
  },
  'session-over': {
    status: 401,
    message: 'Your session has ended. Uploads that were begun go on, and nothing is lost. Sign in again.',
    headers: { 'www-authenticate': 'Bearer realm="havengate"' },
  },
  'session-needed': {
    status: 403,
    message: 'This is done in a browser, signed in with password and code. Nothing was done.',
  },
  'sign-in-held-back': {
    status: 429,
    message:
      'Too many sign-ins have failed, of this name or from your address. Nothing was looked at. Try again after the ' +
      'time in Retry-After, or from where you have signed in before.',
  },
  'sign-in-busy': {
    status: 503,
    message:
      'Too many people are signing in at the same time. Nothing was looked at. Try again in half a minute.',
  },
  'sign-in-refused': {
    status: 401,
    message:
      'Name, password and code do not belong together, or the code was used before. Nothing was done. Wait for the next code and try again.',
  },
  'cross-site': {
    status: 403,
    message: 'A page of another site sent this request. Nothing was done. Open this portal itself.',
  },
  'query-invalid': { status: 400, message: 'The address cannot be understood. Nothing was done.' },
  'body-invalid': { status: 400, message: 'What was sent cannot be understood. Nothing was done.' },
  'no-receipt': {
    status: 404,
    message:
      'There is no receipt yet: one is made when a file has arrived. The file is kept. Look again later.',
  },
  'range-outside': { status: 416, message: 'The range is not within the file. Nothing was sent.' },
  'too-many-pages': {
    status: 429,
    message: 'Too many pages of yours are open. Nothing was lost. Close some of them.',
    headers: { 'retry-after': '30' },
  },
  ...CREDENTIAL_REFUSALS,
  'route-unknown': {
    status: 404,
    message: 'There is nothing at this address. See /api/v1/openapi.json for what there is.',
  },
  'method-not-allowed': {
    status: 405,
    message:
      'This address does not take that method. Nothing was done; files cannot be read back from outside.',
  },
  'request-malformed': {
    status: 400,
    message: 'This is not a request that can be read (RFC 9112). Nothing was done.',
  },
  'request-too-slow': {
    status: 408,
    message: 'The headers of the request took too long. Nothing was done. Try again.',
  },
  'headers-too-large': {
    status: 431,
    message: 'The headers of the request are too large. Nothing was done. Send less metadata.',
  },
  'too-many-connections': {
    status: 429,
    message: 'Too many connections come from your address. Nothing was done. Close some, or try again later.',
    headers: { 'retry-after': '10' },
  },
  'tus-version': {
    status: 412,
    message: 'This door speaks tus 1.0.0. Nothing was done. Send "Tus-Resumable: 1.0.0".',
    headers: { 'tus-version': '1.0.0' },
  },
  'content-type-wrong': {
    status: 415,
    message:
      'Bytes of an upload come as application/offset+octet-stream. Nothing was written. Send that Content-Type.',
  },
  'length-missing': {
    status: 400,
    message:
      'The size of the upload is missing or no whole number. Nothing was created. Send Upload-Length in bytes.',
  },
  'length-deferred': {
    status: 400,
    message:
      'An upload needs its size at the start, so that room can be kept for it. Nothing was created. Send Upload-Length.',
  },
  'concatenation-unsupported': {
    status: 400,
    message: 'Uploads in parallel parts are not taken. Nothing was created. Send the file as one upload.',
  },
  'offset-missing': {
    status: 400,
    message:
      'Upload-Offset is missing or no whole number. Nothing was written. Ask for the offset with HEAD.',
  },
  'offset-wrong': {
    status: 409,
    message:
      'The upload is at another offset. Nothing was written. Ask for the offset with HEAD and go on from there.',
  },
  'body-too-long': {
    status: 413,
    message:
      'More bytes came than the upload announced. None of this request were kept. Check the size of the file, then resume.',
  },
  'metadata-invalid': {
    status: 400,
    message:
      'Upload-Metadata cannot be read. Nothing was created. Send keys with base64 values of UTF-8 text.',
  },
  'filename-missing': {
    status: 400,
    message: 'The upload has no name. Nothing was created. Send "filename" in Upload-Metadata.',
  },
  'name-invalid': {
    status: 400,
    message: 'This name cannot be kept. Nothing was created. Rename the file and upload it again.',
  },
  'path-too-long': {
    status: 400,
    message: 'This name or path is too long. Nothing was created. Shorten it and upload again.',
  },
  'checksum-invalid': {
    status: 400,
    message:
      'Upload-Checksum is not one of sha256, sha1 or md5 with a base64 digest. Nothing was written. Mend it or leave it out.',
  },
  'checksum-mismatch': {
    status: 460,
    message:
      'The bytes do not have the checksum that was sent. None of this request were kept. Send them again.',
  },
  'not-found': {
    status: 404,
    message: 'There is no such upload of yours. Nothing was done. Start a new upload.',
  },
  'upload-gone': {
    status: 410,
    message:
      'This upload was removed or replaced before it was complete. Nothing of it is kept. Start a new upload.',
  },
  'gone-on': {
    status: 409,
    message:
      'What was sent under this name has gone on, and is not here to be gone on with. It is kept where it is. ' +
      'Send the whole file again.',
  },
  settled: {
    status: 403,
    message:
      'This upload is complete and can no longer be changed. The file is kept. To send other bytes, start a new upload.',
  },
  superseded: {
    status: 410,
    message: 'A newer upload of the same name took this one’s place. The newer one is kept. Go on with that.',
  },
  'being-written': {
    status: 423,
    message:
      'An upload of this name is being written right now. It is kept. Wait until it ends, then try again.',
    headers: { 'retry-after': '5' },
  },
  locked: {
    status: 423,
    message: `Another request is still busy with this upload. ${KEPT}`,
    headers: { 'retry-after': '5' },
  },
  'taken-over': { status: 423, message: `A newer request took over this upload. ${KEPT}` },
  stopping: { status: 423, message: `The service is restarting. ${KEPT}`, headers: { 'retry-after': '5' } },
  'try-again': {
    status: 423,
    message: 'The upload cannot be looked up right now. What had arrived is kept. Try again in a minute.',
    headers: { 'retry-after': '30' },
  },
  'upload-idle': {
    status: 503,
    message: `No byte came for too long. ${KEPT}`,
    headers: { 'retry-after': '1' },
  },
  'upload-cut': { status: 400, message: `The connection ended before the request was complete. ${KEPT}` },
  exists: {
    status: 409,
    message: 'Something of that name is there already. It is kept, nothing was created. Choose another name.',
  },
  'is-a-folder': {
    status: 409,
    message: 'There is a folder of that name. It is kept, nothing was created. Choose another name.',
  },
  'folder-missing': {
    status: 409,
    message: 'The folder is not there any more. Nothing was created. Try again.',
  },
  'not-empty': { status: 409, message: 'The folder is not empty. Nothing was changed.' },
  'too-large': {
    status: 413,
    message:
      'The file is larger than this haven takes. Nothing of it is kept. Ask the people who run it how to send it.',
  },
  'no-room': {
    status: 507,
    message: 'There is no room for this upload right now. What had arrived of it is kept. Try again later.',
  },
  'share-unknown': {
    status: 404,
    message: 'There is no such share for you. Nothing was changed. Ask its owner whether you are a member.',
  },
  'no-right': {
    status: 403,
    message: 'You have no right to do this on the share. Nothing was changed. Ask its owner for the right.',
  },
  'disk-full': { status: 507, message: `The disk is full. ${KEPT} Try again later.` },
  'disk-failed': {
    status: 500,
    message:
      'The disk could not keep the bytes, and this upload was given up. Start it again from the beginning.',
  },
  failed: {
    status: 500,
    message:
      'Something went wrong on our side. What had arrived is kept. Try again, and quote the request id if it stays.',
  },
} as const satisfies Record<HttpRefusal, RefusalWords>;

/** Thrown where a refusal has to pass through code that is not ours; caught at the edge and answered from the table. */
export class RequestRefused extends Error {
  readonly refusal: HttpRefusal;
  readonly detail: string | undefined;

  constructor(refusal: HttpRefusal, detail?: string, options?: ErrorOptions) {
    super(`refused: ${refusal}`, options);
    this.refusal = refusal;
    this.detail = detail;
  }
}
