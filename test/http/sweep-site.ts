import { createHash, randomBytes } from 'node:crypto';
import { type OutgoingHttpHeaders, request } from 'node:http';
import type { AccountName, Role, Side, TokenScope } from '../../src/core/accounts/account.ts';
import { addToken, setAccountStatus } from '../../src/core/accounts/change-account.ts';
import { addSshKey } from '../../src/core/accounts/change-keys.ts';
import { grantUpload } from '../../src/core/accounts/grant-upload.ts';
import type { HardToken } from '../../src/core/accounts/hard-tokens/hard-token.ts';
import { createSecretBox } from '../../src/core/accounts/secret-box.ts';
import type { Session } from '../../src/core/accounts/sign-in.ts';
import { keepWebSession } from '../../src/core/accounts/web-session.ts';
import { placeFreeze } from '../../src/core/custody/freezes/decide-freeze.ts';
import { DAY } from '../../src/core/kit/clock.ts';
import { type AccountId, type FileId, newId, parseId } from '../../src/core/kit/ids.ts';
import type { Access } from '../../src/doors/http/authenticate.ts';
import type { HttpDoorOptions } from '../../src/doors/http/build-door.ts';
import { type HttpDoor, startHttpDoor } from '../../src/doors/http/start-http-door.ts';
import { done, makeOutboundHaven, type OutboundHaven } from '../custody/outbound/outbound-haven.ts';
import { guardedSignIns } from '../support/sign-ins.ts';
import { softwareKey } from '../support/software-key.ts';
import { ask, create, patch, someBytes } from './http-fixtures.ts';
import type { TableRoute } from './route-table.ts';

const CONSOLE = { kind: 'console' } as const;

/** The key that alice has. */
const KEY = `ssh-ed25519 ${sshKey()} alice-at-her-desk`;

/** Somebody, or something, that asks for what is alice's. */
export interface Caller {
  readonly name: string;
  /** What comes with each request; a session is a new one at every call, since some requests end it. */
  credentials(): Promise<OutgoingHttpHeaders>;
  /** Whether they are let in at all. */
  readonly standing: 'in' | 'shut-out' | 'frozen';
  /** What routes they reach; all but tokens reach everything. */
  readonly reaches: readonly Access[];
}

/** A door with everything that somebody may own, all of it alice's. */
export interface SweepSite {
  readonly door: HttpDoor;
  readonly haven: OutboundHaven;
  readonly options: HttpDoorOptions;
  readonly callers: readonly Caller[];
  /** She herself. */
  readonly owner: Caller;
  /** The ids of all that is hers, one of each kind and state. */
  readonly hers: readonly string[];
  /** What no answer to anybody else may hold. */
  readonly marks: readonly string[];
  /** All that is hers, as the ledger has it. */
  snapshot(): Promise<unknown>;
  close(): Promise<void>;
}

const EVERYTHING: readonly Access[] = ['open', 'upload', 'read', 'session'];

/** Makes such a door of one side. */
export async function makeSweepSite(side: Side, pages: string): Promise<SweepSite> {
  const haven = await makeOutboundHaven();
  const { custody, ledger } = haven;
  const { clock, log } = custody;
  const { signIns, stop } = await guardedSignIns({
    ledger,
    clock,
    log,
    box: createSecretBox(randomBytes(32)),
  });
  const doors: HttpDoor[] = [];
  const optionsOf = (of: Side): HttpDoorOptions => ({
    side: of,
    listen: { host: '127.0.0.1', port: 0 },
    signIns,
    intake: custody,
    airlockFiles: haven.at('airlock/files'),
    log,
    pages,
  });
  const open = async (of: Side): Promise<HttpDoor> => {
    const door = await startHttpDoor(optionsOf(of));
    doors.push(door);
    return door;
  };
  const door = await open(side);
  const outside = side === 'outside' ? door : await open('outside');

  const people = new Map((await ledger.listAccounts()).map((one) => [String(one.name), one.id]));
  const add = async (name: string, role: Role): Promise<void> => {
    const id = newId('acct', clock.now());
    const about = { fullName: `The ${name}`, email: `${name}@example.org`, role, status: 'active' } as const;
    const account = { id, name: name as AccountName, createdAt: clock.now(), ...about };
    await ledger.addAccount({ account, passwordHash: null, totpSealed: null, sshKeys: [] }, []);
    people.set(name, id);
  };
  await add('olly', 'operator');
  await add('ada', 'auditor');
  await add('carl', 'researcher');
  await add('fred', 'researcher');
  const idOf = (name: string): AccountId => people.get(name) ?? newId('acct', 0);

  const sessionOf = (name: string, of: Side): Session => {
    const about = { account: idOf(name), name, side: of, door: 'portal', scopes: null };
    return { id: newId('sess', clock.now()), ...about };
  };
  const keep = (name: string, of: Side) => keepWebSession(signIns, sessionOf(name, of), '127.0.0.1');
  const cookie = (of: Side, text: string): OutgoingHttpHeaders => {
    return { cookie: `__Host-havengate-${of}=${text}`, 'sec-fetch-site': 'same-origin' };
  };
  const token = async (name: string, scopes: readonly TokenScope[], of = side) =>
    done(await addToken({ ledger, clock }, CONSOLE, { name, scopes, side: of, lifetime: DAY }));
  const bearer = (text: string): OutgoingHttpHeaders => ({ authorization: `Bearer ${text}` });

  const browser = (name: string, who: string, standing: Caller['standing'] = 'in'): Caller => ({
    name: who,
    credentials: async () => cookie(side, await keep(name, side)),
    standing,
    reaches: EVERYTHING,
  });
  const program = (
    who: string,
    text: string,
    reaches: readonly Access[],
    standing: Caller['standing'] = 'in',
  ): Caller => ({ name: who, credentials: async () => bearer(text), standing, reaches });

  // All that is hers.
  const toUpload = await token('alice', ['upload', 'read'], 'outside');
  const upload = async (name: string, size: number, sent: number): Promise<FileId> => {
    const location = await create(outside, toUpload.token, size, name);
    if (sent > 0) await ask(outside, 'PATCH', location, patch(toUpload.token, 0), someBytes(sent));
    return parseId('file', location.split('/').at(-1) ?? '') ?? newId('file', 0);
  };
  const arrived = await upload('hers-arrived.csv', 30, 30);
  await haven.work();
  haven.scannerSays('infected');
  const locked = await upload('hers-infected.csv', 31, 31);
  await haven.work();
  haven.scannerSays('pass');
  const released = await haven.release('alice', 'hers-released.csv', 'the result');
  const other = await upload('hers-other.csv', 33, 1);
  const underWay = await upload('hers-under-way.csv', 32, 7);
  const kept = await token('alice', ['upload', 'read']);
  const key = done(await addSshKey({ ledger, clock }, CONSOLE, 'alice', KEY));
  const securityKey = softwareKey(idOf('alice'), 'localhost', { side, name: 'hers-on-her-ring' }).row;
  await ledger.addSecurityKey(securityKey, []);
  const hardToken: HardToken = {
    id: newId('htok', clock.now()),
    serial: 'hers-2600124809778',
    manufacturer: 'Maker',
    kind: 'totp',
    hash: 'sha1',
    digits: 6,
    period: 30_000,
    sealed: signIns.box.seal(randomBytes(20), 'none'),
    account: idOf('alice'),
    usedUpTo: -1,
    drift: 0,
    startsAt: null,
    expiresAt: null,
    importedAt: clock.now(),
    assignedAt: clock.now(),
    lastUsedAt: null,
    lostAt: null,
  };
  const imported = {
    at: clock.now(),
    actor: CONSOLE,
    event: { type: 'hard-token-imported', subjects: {} },
  } as const;
  // With a place in time, so that no code of the sweep is looked for.
  await ledger.addHardTokens([
    { token: { ...hardToken, startsAt: clock.now() + 365 * DAY }, audit: imported },
  ]);
  const reconnection = {
    id: newId('reco', clock.now()),
    account: idOf('alice'),
    side: 'outside',
    proofs: 'password',
    source: '2001:db8::2600',
    at: clock.now(),
    until: clock.now() + DAY,
    usedAt: null,
    endedAt: null,
  } as const;
  await ledger.keepReconnection(reconnection, []);
  const opened = await keep('alice', side);
  const openSession = opened.slice('hgs_'.length, 'hgs_'.length + 'sess_'.length + 26);
  const files = [arrived, locked, released.id, underWay];

  const grant = (name: string, file: FileId) => grantUpload(signIns, sessionOf(name, side), file);
  const [herGrant, hisGrant] = [await grant('alice', other), await grant('bob', other)];
  const hisTokens = { upload: await token('bob', ['upload']), read: await token('bob', ['read']) };
  const [theirs, hersThere] =
    side === 'outside' ? (['inside', 'outside'] as const) : (['outside', 'inside'] as const);
  const elsewhere = await token('alice', ['upload', 'read'], theirs);
  const [carls, freds] = [await token('carl', ['upload', 'read']), await token('fred', ['upload', 'read'])];
  const callers: readonly Caller[] = [
    browser('bob', 'a researcher'),
    browser('ian', 'the asset owner of her project'),
    browser('dana', 'the data team'),
    browser('olly', 'an operator'),
    browser('ada', 'an auditor'),
    program('a token of another person that uploads', hisTokens.upload.token, ['open', 'upload']),
    program('a token of another person that reads', hisTokens.read.token, ['open', 'read']),
    program('her own grant for another upload', herGrant.token, ['open']),
    program('a grant of another person', hisGrant.token, ['open']),
    { name: 'nobody', credentials: async () => ({}), standing: 'shut-out', reaches: EVERYTHING },
    {
      name: 'her own session of the other side',
      credentials: async () => cookie(theirs, await keep('alice', theirs)),
      standing: 'shut-out',
      reaches: EVERYTHING,
    },
    {
      name: 'her own session of the other side, in the cookie of this one',
      credentials: async () => cookie(hersThere, await keep('alice', theirs)),
      standing: 'shut-out',
      reaches: EVERYTHING,
    },
    program('her own token of the other side', elsewhere.token, ['open', 'upload', 'read'], 'shut-out'),
    browser('carl', 'a disabled researcher', 'shut-out'),
    program('a token of a disabled researcher', carls.token, ['open', 'upload', 'read'], 'shut-out'),
    browser('fred', 'a frozen researcher', 'frozen'),
    program('a token of a frozen researcher', freds.token, ['open', 'upload', 'read'], 'frozen'),
  ];
  done(await setAccountStatus({ ledger, clock }, CONSOLE, 'carl', 'disabled'));
  const frozen = { kind: 'account', account: idOf('fred') } as const;
  done(
    await placeFreeze(custody, CONSOLE, frozen, { by: await haven.account('dana'), reason: 'incident 17' }),
  );

  const hers = [...files, openSession, kept.id, key.id, securityKey.id, hardToken.id, reconnection.id];
  const digests = await Promise.all(files.map(async (id) => (await haven.file(id)).sha256));
  const person = [
    idOf('alice'),
    'alice@example.org',
    'hers-',
    'alice-at-her-desk',
    reconnection.source,
    key.fingerprint,
  ];
  return {
    door,
    haven,
    options: optionsOf(side),
    callers,
    owner: browser('alice', 'she herself'),
    hers,
    marks: [...hers, ...person, ...digests.filter((one) => one !== null), 'the result'],
    async snapshot() {
      const tokens = await ledger.listTokens(idOf('alice'), clock.now());
      const sessions = await ledger.listWebSessions(idOf('alice'), clock.now());
      return {
        files: await Promise.all(files.map((id) => haven.file(id))),
        bytes: await Promise.all([arrived, underWay].map((id) => haven.history(id))),
        tokens: tokens.filter(({ id }) => id === kept.id),
        sessions: sessions.filter(({ id }) => id === openSession),
        hardTokens: await ledger.hardTokensOf(idOf('alice')),
        securityKeys: await ledger.securityKeysOf(idOf('alice')),
        reconnections: await ledger.listReconnections(idOf('alice'), clock.now()),
        credentials: await ledger.credentialsOf(idOf('alice')),
        account: await ledger.accountById(idOf('alice')),
      };
    },
    async close() {
      for (const one of doors) await one.stop(0);
      await stop();
      await haven.close();
    },
  };
}

/** What came back of a request to a route; of a stream, what came first. */
export async function askRoute(
  door: HttpDoor,
  { method, path: route, api }: TableRoute,
  path: string,
  headers: OutgoingHttpHeaders,
): Promise<{ readonly status: number; readonly text: string }> {
  const isStream =
    typeof api?.answer === 'object' && 'media' in api.answer && api.answer.media === 'text/event-stream';
  if (isStream) return firstOf(door, path, headers);
  const body =
    api?.body === undefined ? undefined : Buffer.from(JSON.stringify(sampleOf(api.body.toJSONSchema())));
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const { status, text } = await ask(
    door,
    method,
    path,
    { ...type, ...(route.startsWith('/api/v1/uploads') && TUS), ...headers },
    body,
  );
  return { status, text };
}

/** What a tus route wants to see before it looks at anything else. */
const TUS: OutgoingHttpHeaders = {
  'tus-resumable': '1.0.0',
  'upload-offset': 0,
  'content-type': 'application/offset+octet-stream',
};

function firstOf(
  { port, host }: HttpDoor,
  path: string,
  headers: OutgoingHttpHeaders,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const open = request({ host, port, path, headers, agent: false }, (response) => {
      response.once('data', (piece: Buffer) => {
        resolve({ status: response.statusCode ?? 0, text: piece.toString() });
        response.on('error', () => undefined);
        open.destroy();
      });
    });
    open.once('error', reject);
    open.end();
  });
}

type JsonSchema = {
  readonly type?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly items?: unknown;
};

/** Something that a schema of a body takes, so that a request is not refused for its body alone. */
export function sampleOf(schema: unknown): unknown {
  const { type, enum: values, minimum, properties, items } = schema as JsonSchema;
  if (values !== undefined) return values[0];
  if (type === 'object') {
    return Object.fromEntries(Object.entries(properties ?? {}).map(([key, one]) => [key, sampleOf(one)]));
  }
  if (type === 'array') return [sampleOf(items)];
  if (type === 'integer' || type === 'number') return minimum ?? 1;
  return type === 'boolean' ? true : 'x';
}

function sshKey(): string {
  const part = (bytes: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const bytes = createHash('sha256').update('alice').digest();
  return Buffer.concat([part(Buffer.from('ssh-ed25519')), part(bytes)]).toString('base64');
}
