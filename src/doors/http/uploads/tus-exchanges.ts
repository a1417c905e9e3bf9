import { Server as TusServer } from '@tus/server';
import type { FastifyRequest } from 'fastify';
import type { Session } from '../../../core/accounts/sign-in.ts';
import type { Intake } from '../../../core/custody/custody.ts';
import { findUpload } from '../../../core/custody/resume-upload.ts';
import { parseId } from '../../../core/kit/ids.ts';
import { type Answer, refusalAnswer } from '../answers.ts';
import type { HttpLimits, HttpTally } from '../limits.ts';
import { RequestRefused } from '../refusals.ts';
import type { StopReason } from './body-reader.ts';
import { type Exchange, inExchange, theExchange } from './exchange.ts';
import { type Judged, judgeFault } from './faults.ts';
import { LedgerStore } from './ledger-store.ts';
import { RunningUploads } from './running-uploads.ts';
import { OFFSET_STREAM, type TusMethod, tusHeaders, wholeNumber, wrongHeader } from './tus-headers.ts';
import { CHECKSUM_ALGORITHMS, parseUploadChecksum } from './upload-checksum.ts';
import { UploadLocks } from './upload-locks.ts';
import { parseUploadPath } from './upload-metadata.ts';

/** Where uploads live. */
export const UPLOADS_PATH = '/api/v1/uploads';

/** What uploads over HTTP work with. */
export interface UploadParts {
  readonly intake: Intake;
  /** The folder of the airlock that holds one file per id. */
  readonly airlockFiles: string;
  readonly limits: HttpLimits;
  readonly tally: HttpTally;
}

/** One tus request of somebody who is signed in. `id` is the last part of its address; null for a creation. */
export interface TusRequest {
  readonly request: FastifyRequest;
  readonly method: TusMethod;
  readonly session: Session;
  readonly id: string | null;
}

/**
 * Answers tus requests (tus 1.0: core, creation, creation-with-upload, termination, checksum). The protocol is the
 * library's; who may, what is kept and every word are ours. The library sees a request that we made for it: checked
 * headers, the address of an upload that was found to be the person's own, and no body.
 */
export class TusExchanges {
  readonly #intake: Intake;
  readonly #running: RunningUploads;
  readonly #store: LedgerStore;
  readonly #library: TusServer;
  #underWay = 0;
  #stopping = false;

  constructor({ intake, airlockFiles, limits, tally }: UploadParts) {
    this.#intake = intake;
    this.#running = new RunningUploads(intake, limits.uploadIdle, () => tally.refused('uploadIdle'));
    const locks = new UploadLocks(limits.takeOver, () => tally.refused('takeOver'));
    this.#store = new LedgerStore({ intake, airlockFiles, locks, running: this.#running });
    this.#library = new TusServer({
      path: UPLOADS_PATH,
      datastore: this.#store,
      locker: locks,
      relativeLocation: true,
      allowedOrigins: [],
      maxSize: intake.policy.largest,
      namingFunction: () => this.#store.open(),
      onResponseError: (_, error) => {
        theExchange().fault = error;
        return { status_code: 500, body: '' };
      },
    });
  }

  /** Requests under way. */
  get underWay(): number {
    return this.#underWay;
  }

  /** From now on every request is told to wait. */
  refuseNew(): void {
    this.#stopping = true;
  }

  /** Ends the bodies under way; their uploads are released and stay resumable. */
  stopBodies(reason: StopReason): void {
    this.#running.stopAll(reason);
  }

  /** The answer to OPTIONS, for anybody: what this server speaks. */
  async describe(): Promise<Answer> {
    const answer = await this.#ask('OPTIONS', UPLOADS_PATH, {});
    return {
      ...answer,
      headers: { ...answer.headers, 'tus-checksum-algorithm': CHECKSUM_ALGORITHMS.join(',') },
    };
  }

  /** The answer to any other request. Never throws: an unexpected fault is logged and answered in words. */
  async answer(tus: TusRequest): Promise<Answer> {
    this.#underWay++;
    try {
      if (this.#stopping) throw new RequestRefused('stopping');
      return await this.#exchange(tus, await this.#begin(tus));
    } catch (error) {
      return this.#refuse(tus, error);
    } finally {
      this.#underWay--;
    }
  }

  async #begin({ request, method, session, id }: TusRequest): Promise<Exchange> {
    const { headers, raw: body } = request;
    const file = id === null ? null : await this.#find(session, id);
    const wrong = wrongHeader(method, headers);
    if (wrong !== null) throw new RequestRefused(wrong);
    const checksum = parseUploadChecksum(textOf(headers['upload-checksum']));
    if (!checksum.ok) throw new RequestRefused(checksum.refusal);
    const creates = method === 'POST' ? this.#creation(headers) : null;
    const bringsBytes = method === 'POST' && headers['content-type'] === OFFSET_STREAM;
    return { session, body, creates, bringsBytes, checksum: checksum.value, file, writer: null, fault: null };
  }

  #creation(headers: FastifyRequest['headers']): Exchange['creates'] {
    const path = parseUploadPath(textOf(headers['upload-metadata']));
    if (!path.ok) throw new RequestRefused(path.refusal, path.detail);
    return { path: path.value, size: wholeNumber(headers['upload-length']) ?? 0 };
  }

  async #find(session: Session, text: string): Promise<Exchange['file']> {
    const id = parseId('file', text);
    const found = id === null ? null : await findUpload(this.#intake, session, id);
    if (found?.ok === false) throw new RequestRefused(found.refusal, found.detail);
    if (found?.value.door !== 'tus') throw new RequestRefused('not-found');
    return found.value;
  }

  async #exchange(tus: TusRequest, exchange: Exchange): Promise<Answer> {
    const path = exchange.file === null ? UPLOADS_PATH : `${UPLOADS_PATH}/${exchange.file.id}`;
    try {
      const answer = await inExchange(exchange, () =>
        this.#ask(tus.method, path, tusHeaders(tus.request.headers)),
      );
      if (answer.status < 400) return answer;
      return this.#refuse(tus, exchange.fault ?? new Error(`the tus library answered ${answer.status}`));
    } finally {
      await exchange.writer?.release();
    }
  }

  async #ask(method: TusMethod, path: string, headers: Record<string, string>): Promise<Answer> {
    const response = await this.#library.handleWeb(
      new Request(`http://localhost${path}`, { method, headers }),
    );
    const kept = [...response.headers].filter(([name]) => !name.startsWith('access-control-'));
    return { status: response.status, headers: Object.fromEntries(kept), body: null };
  }

  #refuse({ request, method, id }: TusRequest, error: unknown): Answer {
    const judged: Judged = judgeFault(error, method === 'HEAD');
    const fields = { request: request.id, file: parseId('file', id ?? ''), refusal: judged.refusal };
    if (judged.expected) this.#intake.log.info('upload-request-refused', fields);
    else this.#intake.log.error('upload-request-failed', { ...fields, error });
    return refusalAnswer(judged.refusal, judged.detail);
  }
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.join(',');
}
