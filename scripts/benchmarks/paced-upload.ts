import { Agent, request } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { KIB } from '../../src/core/kit/bytes.ts';

/** A tus upload of zeros. */
export interface PacedUpload {
  readonly url: string;
  readonly token: string;
  readonly name: string;
  readonly size: number;
  /** Bytes a second; null for as fast as it goes. */
  readonly pace: number | null;
  readonly signal: AbortSignal;
}

const PIECE = Buffer.alloc(64 * KIB);

/** Creates an upload and sends it in one PATCH, no faster than its pace. Resolves with the answer to the last byte. */
export async function uploadPaced(upload: PacedUpload): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const created = await ask(upload, agent, upload.url, 'POST', Readable.from([]), {
      'upload-length': String(upload.size),
      'upload-metadata': `filename ${Buffer.from(upload.name).toString('base64')}`,
    });
    const url = new URL(created.location, upload.url).href;
    await ask(upload, agent, url, 'PATCH', Readable.from(pieces(upload)), {
      'upload-offset': '0',
      'content-type': 'application/offset+octet-stream',
      'content-length': String(upload.size),
    });
  } finally {
    agent.destroy();
  }
}

async function* pieces({ size, pace, signal }: PacedUpload): AsyncGenerator<Buffer> {
  const start = performance.now();
  for (let sent = 0; sent < size; sent += PIECE.byteLength) {
    const due = pace === null ? 0 : start + (1000 * sent) / pace - performance.now();
    if (due > 0) await sleep(due, undefined, { signal });
    yield PIECE.subarray(0, size - sent);
  }
}

async function ask(
  { token, signal }: PacedUpload,
  agent: Agent,
  url: string,
  method: 'POST' | 'PATCH',
  body: Readable,
  headers: Readonly<Record<string, string>>,
): Promise<{ location: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ location: string }>();
  const asking = request(url, {
    method,
    agent,
    signal,
    headers: { ...headers, authorization: `Bearer ${token}`, 'tus-resumable': '1.0.0' },
  });
  asking.once('error', reject);
  asking.once('response', (response) => {
    text(response).then((said) => {
      const { statusCode = 0 } = response;
      if (statusCode < 300) resolve({ location: response.headers.location ?? '' });
      else reject(new Error(`${method} was answered ${statusCode}: ${said}`));
    }, reject);
  });
  await Promise.all([pipeline(body, asking), promise]);
  return promise;
}
