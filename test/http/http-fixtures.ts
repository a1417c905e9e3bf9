import { createCipheriv, createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccountName, Side, TokenScope } from '../../src/core/accounts/account.ts';
import { addToken, enrolTotp, setAccountStatus } from '../../src/core/accounts/change-account.ts';
import { ALL_OFF, createGates, type SiteGates } from '../../src/core/accounts/gates.ts';
import type { GuardPolicy } from '../../src/core/accounts/guard/guard-policy.ts';
import { hashPassword } from '../../src/core/accounts/password.ts';
import { createSecretBox } from '../../src/core/accounts/secret-box.ts';
import type { SignIns } from '../../src/core/accounts/sign-in.ts';
import { admitFile } from '../../src/core/custody/admit-file.ts';
import type { Custody } from '../../src/core/custody/custody.ts';
import type { CustodyFile } from '../../src/core/custody/file.ts';
import type { ImpliedWork } from '../../src/core/custody/implied-work.ts';
import { inspectFile } from '../../src/core/custody/inspect-file.ts';
import type { Mail } from '../../src/core/custody/ports.ts';
import { sendSecurityMails } from '../../src/core/custody/security-mails/send-security-mails.ts';
import { createSigner } from '../../src/core/custody/signed-document.ts';
import type { Verdict } from '../../src/core/custody/verdict.ts';
import { GIB } from '../../src/core/kit/bytes.ts';
import { type Clock, DAY } from '../../src/core/kit/clock.ts';
import type { Sha256 } from '../../src/core/kit/digest.ts';
import { newId, parseId } from '../../src/core/kit/ids.ts';
import type { LogFields, Logger } from '../../src/core/kit/logger.ts';
import { accept } from '../../src/core/kit/result.ts';
import type { HttpDoorOptions } from '../../src/doors/http/build-door.ts';
import { type HttpDoor, startHttpDoor } from '../../src/doors/http/start-http-door.ts';
import { openThreadedLedger } from '../../src/stores/ledger/threaded-ledger.ts';
import { openZones } from '../../src/stores/zones/open-zones.ts';
import { STRICT_SCAN, testPolicy } from '../support/policy.ts';
import { guardedSignIns } from '../support/sign-ins.ts';
import { codeAt } from '../support/soft-token.ts';

/** A haven with real ledger and zones, two people, and a door of which the bytes come over real sockets. */
export interface Haven {
  readonly door: HttpDoor;
  readonly signIns: SignIns;
  readonly custody: Custody;
  readonly data: string;
  readonly hints: readonly ImpliedWork[];
  readonly logged: readonly { readonly event: string; readonly fields: LogFields }[];
  /** A token of a person for a side. */
  token(name: string, scopes?: readonly TokenScope[], side?: Side, lifetime?: number): Promise<string>;
  setStatus(name: string, status: 'active' | 'disabled'): Promise<void>;
  /** Gives a person a new password, and forgets their soft token, as the command line does. */
  reset(name: string): Promise<void>;
  /** A fresh code of a person's soft token: a step later at each call, as the clock of the haven goes on. */
  code(name: string): string;
  /** A fresh code by a soft token that is not the one that people were made with. */
  codeOf(uri: string): string;
  /** Has the mails about a person's sign-in sent, and returns all that they got so far. */
  mailsTo(name: string): Promise<readonly Mail[]>;
  /** Another door on the same haven. */
  open(options?: Partial<HttpDoorOptions>): Promise<HttpDoor>;
  file(location: string): Promise<CustodyFile>;
  /** Runs the checks and the admission of a received file; `infected` has it quarantined. */
  moveOn(location: string, outcome?: 'pass' | 'infected'): Promise<CustodyFile>;
  /** What the airlock holds of an upload. */
  bytesOf(location: string): Promise<Buffer>;
  close(): Promise<void>;
}

const CONSOLE = { kind: 'console' } as const;

/** `ahead` is added to the wall clock. `data` is where the bytes go, when not to a folder of their own. */
export async function makeHaven(
  options: Partial<HttpDoorOptions> & {
    readonly data?: string;
    readonly clock?: { ahead: number };
    readonly guard?: Partial<GuardPolicy>;
    readonly gates?: Partial<SiteGates>;
  } = {},
): Promise<Haven> {
  const folder = await mkdtemp(join(tmpdir(), 'havengate-http-'));
  const data = options.data ?? join(folder, 'data');
  const ledger = await openThreadedLedger({ file: join(folder, 'ledger.sqlite') });
  const zones = await openZones({
    data,
    keepFree: 0,
    published: { mode: 0o440, gid: null },
    shares: { attributesOf: () => ({ mode: 0o660, gid: null }) },
  });
  const hints: ImpliedWork[] = [];
  const mails: Mail[] = [];
  const logged: { event: string; fields: LogFields }[] = [];
  const log = recordTo(logged);
  const skew = options.clock ?? { ahead: 0 };
  const clock: Clock = { now: () => Date.now() + skew.ahead, monotonic: () => performance.now() };
  const gates = createGates({ ...ALL_OFF, ...options.gates }, clock);
  let outcome: Verdict['outcome'] = 'pass';
  const custody: Custody = {
    ledger,
    zones,
    hints: { hint: (work) => void hints.push(work) },
    clock,
    log,
    policy: testPolicy({ largest: 100 * GIB, scan: STRICT_SCAN }),
    gates,
    inspector: {
      async inspect(bytes, about) {
        const hash = createHash('sha256');
        for await (const piece of bytes) hash.update(piece);
        const sha256 = hash.digest('hex') as Sha256;
        const at = clock.now();
        const verdict = (check: Verdict['check'], said: Verdict['outcome']): Verdict => {
          return { check, outcome: said, detail: null, version: 'test', sha256, at };
        };
        const verdicts = [verdict('digest', 'pass'), verdict('type', 'pass'), verdict('malware', outcome)];
        return { answered: true, inspection: { size: about.size, sha256, contentType: null, verdicts } };
      },
    },
    receipts: createSigner(generateKeyPairSync('ed25519').privateKey),
    certificates: createSigner(generateKeyPairSync('ed25519').privateKey),
    mailer: {
      async send(mail) {
        mails.push(mail);
        return accept(null);
      },
    },
  };
  const admin = { ledger, clock };
  const box = createSecretBox(randomBytes(32));
  const softTokens = new Map<string, string>();
  for (const name of ['alice', 'bob']) {
    await ledger.addAccount(
      {
        account: {
          id: newId('acct', clock.now()),
          name: name as AccountName,
          fullName: name,
          email: `${name}@example.org`,
          role: 'researcher',
          status: 'active',
          createdAt: clock.now(),
        },
        passwordHash: await quickHash(),
        totpSealed: null,
        sshKeys: [],
      },
      [],
    );
    const enrolled = await enrolTotp({ ...admin, box, issuer: 'test' }, CONSOLE, name);
    if (!enrolled.ok) throw new Error(enrolled.refusal);
    softTokens.set(name, enrolled.value.uri);
  }
  const { signIns, stop } = await guardedSignIns({
    ledger,
    clock,
    box,
    log,
    gates,
    hints: custody.hints,
    ...(options.guard && { guard: options.guard }),
  });
  const doors: HttpDoor[] = [];
  async function open(more: Partial<HttpDoorOptions> = {}): Promise<HttpDoor> {
    const door = await startHttpDoor({
      side: 'outside',
      listen: { host: '127.0.0.1', port: 0 },
      signIns,
      intake: custody,
      airlockFiles: join(data, 'airlock/files'),
      log,
      ...more,
    });
    doors.push(door);
    return door;
  }
  async function file(location: string): Promise<CustodyFile> {
    const found = await ledger.fileById(idIn(location));
    if (found === null) throw new Error(`no file for ${location}`);
    return found;
  }
  const { data: _data, clock: _clock, guard: _guard, ...doorOptions } = options;
  return {
    door: await open(doorOptions),
    signIns,
    custody,
    data,
    hints,
    logged,
    async token(name, scopes = ['upload'], side = 'outside', lifetime = DAY) {
      const issued = await addToken(admin, CONSOLE, { name, scopes, side, lifetime });
      if (!issued.ok) throw new Error(issued.refusal);
      return issued.value.token;
    },
    async setStatus(name, status) {
      await setAccountStatus(admin, CONSOLE, name, status);
    },
    async reset(name) {
      const { id } = (await ledger.listAccounts()).find((one) => one.name === name) ?? {};
      if (id === undefined) throw new Error(`there is no ${name}`);
      const change = { passwordHash: await quickHash(true), totpSealed: null, forgetTotpStep: true };
      const event = { type: 'account-reset', subjects: { account: id } } as const;
      await ledger.changeCredentials(id, change, [{ at: clock.now(), actor: CONSOLE, event }]);
    },
    code(name) {
      skew.ahead += 30_000;
      return codeAt(softTokens.get(name) ?? '', clock.now());
    },
    codeOf(uri) {
      skew.ahead += 30_000;
      return codeAt(uri, clock.now());
    },
    async mailsTo(name) {
      const account = (await ledger.listAccounts()).find((one) => one.name === name);
      if (account !== undefined) await sendSecurityMails(custody, account.id);
      return mails.filter(({ to }) => to.address === account?.email);
    },
    open,
    file,
    async moveOn(location, said = 'pass') {
      outcome = said;
      await inspectFile(custody, await file(location));
      await admitFile(custody, await file(location));
      return file(location);
    },
    async bytesOf(location) {
      const pieces: Uint8Array[] = [];
      for await (const piece of zones.airlock.read(idIn(location))) pieces.push(Uint8Array.from(piece));
      return Buffer.concat(pieces);
    },
    async close() {
      for (const door of doors) await door.stop(0);
      await stop();
      await ledger.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

let quick: Promise<string> | null = null;

/** A hash of everybody's password that costs a test no second. */
function quickHash(anew = false): Promise<string> {
  if (quick === null || anew) {
    quick = hashPassword('a long enough password', { memory: 64, passes: 1, parallelism: 1 });
  }
  return quick;
}

function idIn(location: string) {
  const id = parseId('file', location.split('/').at(-1) ?? '');
  if (id === null) throw new Error(`${location} has no id`);
  return id;
}

function recordTo(lines: { event: string; fields: LogFields }[]): Logger {
  const note = (event: string, fields: LogFields = {}): void => void lines.push({ event, fields });
  return { debug: note, info: note, warn: note, error: note };
}

/** What came back. */
export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The code of a refusal. */
  readonly code: string | null;
}

/** A request under way, of which the body is sent by the test. */
export interface OpenRequest {
  send(bytes: Uint8Array): Promise<void>;
  end(): void;
  /** Cuts the connection. */
  cut(): void;
  readonly answered: Promise<Answered>;
}

/** Begins a request on a connection of its own. */
export function begin(
  door: HttpDoor,
  method: string,
  path: string,
  headers: OutgoingHttpHeaders = {},
): OpenRequest {
  const { port, host } = door;
  const open = request({ host, port, method, path, headers, agent: false });
  open.flushHeaders();
  const answered = new Promise<Answered>((resolve, reject) => {
    open.on('error', reject);
    open.on('response', (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => void pieces.push(piece));
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, code: codeIn(text) });
      });
    });
  });
  answered.catch(() => undefined);
  return {
    send: (bytes) =>
      new Promise((resolve, reject) =>
        open.write(bytes, (error) => (error == null ? resolve() : reject(error))),
      ),
    end: () => void open.end(),
    cut: () => void open.destroy(),
    answered,
  };
}

/** One whole request. */
export async function ask(
  door: HttpDoor,
  method: string,
  path: string,
  headers: OutgoingHttpHeaders = {},
  body?: Uint8Array,
): Promise<Answered> {
  const open = begin(
    door,
    method,
    path,
    body === undefined ? headers : { 'content-length': body.length, ...headers },
  );
  if (body !== undefined) open.send(body).catch(() => undefined);
  open.end();
  return open.answered;
}

/** Headers of a tus request by the holder of a token. */
export function tus(token: string, more: OutgoingHttpHeaders = {}): OutgoingHttpHeaders {
  return { authorization: `Bearer ${token}`, 'tus-resumable': '1.0.0', ...more };
}

/** Headers of a PATCH. */
export function patch(token: string, offset: number, more: OutgoingHttpHeaders = {}): OutgoingHttpHeaders {
  return tus(token, { 'upload-offset': offset, 'content-type': 'application/offset+octet-stream', ...more });
}

/** Upload-Metadata from plain values. */
export function metadata(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');
}

/** Creates an upload and returns its address. */
export async function create(
  door: HttpDoor,
  token: string,
  size: number,
  filename = 'scan.csv',
): Promise<string> {
  const headers = tus(token, { 'upload-length': size, 'upload-metadata': metadata({ filename }) });
  const created = await ask(door, 'POST', '/api/v1/uploads', headers);
  if (created.status !== 201) throw new Error(`${created.status} ${created.text}`);
  return created.headers.location ?? '';
}

/** Bytes that look random and are the same at every call. */
export function someBytes(length: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16)).update(Buffer.alloc(length));
}

/** Waits until a condition holds; throws after `within` milliseconds. */
export async function until(condition: () => boolean | Promise<boolean>, within = 5000): Promise<void> {
  const end = performance.now() + within;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`it did not happen within ${within} ms`);
    await pause(10);
  }
}

export function pause(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time));
}

function codeIn(text: string): string | null {
  try {
    const parsed = JSON.parse(text) as { error?: { code?: string } };
    return parsed.error?.code ?? null;
  } catch {
    return null;
  }
}
