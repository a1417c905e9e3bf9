/** The client of the tus rows: streams one file in one PATCH. Takes a SendJob on stdin, prints what it Sent. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { MIB } from '../../src/core/kit/bytes.ts';

/** A file and where it goes: to `url`, or to an upload that is created first. */
export interface SendJob {
  readonly file: string;
  readonly url?: string;
  readonly create?: { readonly url: string; readonly name: string };
  /** Of all requests; to an upload whose creation gave a grant, the grant alone is sent, as the portal's pages do. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How long it took, from the first request to the last answer. */
export interface Sent {
  readonly seconds: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const job = JSON.parse(await text(process.stdin)) as SendJob;
const { size } = await stat(job.file);
const start = performance.now();
const target =
  job.create === undefined ? { url: job.url ?? '', headers: job.headers } : await create(job.create);
await send(target);
const sent: Sent = { seconds: (performance.now() - start) / 1000 };
console.log(JSON.stringify(sent));
agent.destroy();

/** Where bytes go, and what opens it. */
interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function create({ url, name }: { readonly url: string; readonly name: string }): Promise<Target> {
  const headers = {
    ...job.headers,
    'tus-resumable': '1.0.0',
    'upload-length': String(size),
    'upload-metadata': `filename ${Buffer.from(name).toString('base64')}`,
  };
  const creating = request(url, { method: 'POST', agent, headers });
  const answered = answerTo(creating, 201);
  creating.end();
  const given = (await answered).headers;
  const grant = given['upload-grant'];
  return {
    url: new URL(given.location ?? '', url).href,
    headers: grant === undefined ? job.headers : { authorization: `Bearer ${String(grant)}` },
  };
}

async function send({ url, headers: opening }: Target): Promise<void> {
  const headers = {
    ...opening,
    'tus-resumable': '1.0.0',
    'upload-offset': '0',
    'content-type': 'application/offset+octet-stream',
    'content-length': String(size),
  };
  const sending = request(url, { method: 'PATCH', agent, headers });
  const answered = answerTo(sending, 204);
  await Promise.all([pipeline(createReadStream(job.file, { highWaterMark: MIB }), sending), answered]);
}

async function answerTo(sending: ReturnType<typeof request>, expected: number): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  sending.once('error', reject);
  sending.once('response', resolve);
  const response = await promise;
  const body = await text(response);
  if (response.statusCode !== expected)
    throw new Error(`the server answered ${response.statusCode}: ${body}`);
  return response;
}
