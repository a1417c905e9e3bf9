import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client, Site } from './clients/client.ts';
import { SCP, SFTP, SSHFS } from './clients/openssh-clients.ts';
import { CURL, LFTP, MANY, MIRRORS, PARAMIKO, PSCP, PSFTP, RCLONE } from './clients/other-clients.ts';
import { openCuttingProxy } from './cutting-proxy.ts';
import { type Haven, makeHaven } from './haven.ts';
import { run } from './openssh.ts';
import { PASSWORD } from './outside-door.ts';
import { connectSsh } from './raw-client.ts';

/** The clients that people use. What one of them cannot do has no test. */
const CLIENTS: readonly Client[] = [SFTP, SCP, LFTP, RCLONE, PSFTP, PSCP, PARAMIKO];

/** Mounts need a device that not every machine has. */
const MOUNTING = existsSync('/dev/fuse') ? [SSHFS] : [];

/** Not every build of curl speaks SFTP; those with a libssh2 before 1.11 know no MAC that the door offers. */
const curlBuild = (await run('curl', ['--version'])).out;
const CURLS = / libssh2\/1\.(1[1-9]|[2-9]\d)| libssh\//.test(curlBuild) ? [CURL] : [];
const OLD_CURLS = CURLS.length === 0 && / sftp/.test(curlBuild) ? [CURL] : [];

const ALL = [...CLIENTS, ...MOUNTING, ...CURLS];

let haven: Haven;
let site: Site;
let bytes: Buffer;

beforeAll(async () => {
  haven = await makeHaven();
  bytes = randomBytes(3_000_000);
  let hostKey = '';
  const hostVerifier = (key: Buffer): boolean => {
    hostKey = `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
    return true;
  };
  (await connectSsh(haven.outside, haven.alice, { hostVerifier })).end();
  const home = join(haven.outside.folder, 'home');
  mkdirSync(home);
  site = { port: haven.outside.door.port, password: PASSWORD, home, hostKey };
});

afterAll(async () => haven[Symbol.asyncDispose]());

/** A local file. */
function local(name: string, content: Buffer | string = bytes): string {
  const path = join(site.home, name);
  writeFileSync(path, content);
  return path;
}

const received = (name: string) => haven.outside.file(haven.alice, name);

async function expectReceived(name: string, content: Buffer): Promise<void> {
  await expect.poll(() => received(name)).toMatchObject({ state: 'received', size: content.length });
  expect((await haven.outside.bytes(await received(name))).equals(content)).toBe(true);
}

/** A file name that is one client's. */
function nameFor(client: Client, what: string): string {
  return `${client.name.replace(' ', '-')}-${what}`;
}

function named(clients: readonly Client[]): (readonly [string, Client])[] {
  return clients.map((client) => [client.name, client] as const);
}

/** Has a client go on with what it has sent so far, unless it did so by itself. */
async function resume(client: Client, path: string, remote: string): Promise<void> {
  if (typeof client.resume !== 'function') return;
  const name = remote.slice('/arrivals/'.length);
  await expect.poll(() => received(name)).toMatchObject({ state: 'receiving' });
  // What a reset finds unread in the machine's buffers is lost, more of it on a busy one.
  await expect.poll(async () => (await received(name))?.size).toBeGreaterThan(0);
  const resumed = await client.resume(site, path, remote);
  expect(resumed, resumed.err).toMatchObject({ code: 0 });
}

describe.each(named(ALL))('%s', (_, client) => {
  const name = (what: string): string => nameFor(client, what);

  test('puts a file', async () => {
    const put = await client.put(site, local(name('put')), `/arrivals/${name('put')}`);
    expect(put, put.err).toMatchObject({ code: 0 });
    await expectReceived(name('put'), bytes);
  });

  test('puts many small files', async () => {
    const folder = join(site.home, name('many'));
    mkdirSync(folder);
    for (let i = 0; i < MANY; i++) writeFileSync(join(folder, `small-${i}`), `small ${i}`);
    const put = await client.putAll(site, folder, '/arrivals');
    expect(put, put.err).toMatchObject({ code: 0 });
    for (const i of [0, 57, MANY - 1])
      await expectReceived(`${name('many')}/small-${i}`, Buffer.from(`small ${i}`));
    const files = await haven.outside.intake.ledger.listFiles({ owner: haven.alice.id, limit: 1000 });
    const isThere = files.filter(({ path, state }) => path.folder === name('many') && state === 'received');
    expect(isThere).toHaveLength(MANY);
  });

  test.each(['n'.repeat(255), '日'.repeat(85), 'Ünï 日本語 – ½.csv'])('keeps the name %s', async (odd) => {
    const folder = `odd-${name('folder')}`;
    await haven.arrive(haven.alice, `${folder}/beside ${odd.length}`, 'makes the folder');
    mkdirSync(join(site.home, folder), { recursive: true });
    const put = await client.put(site, local(join(folder, odd), odd), `/arrivals/${folder}/${odd}`);
    expect(put, put.err).toMatchObject({ code: 0 });
    await expectReceived(`${folder}/${odd}`, Buffer.from(odd));
  });

  test('gets what was released, which is collected when it was closed', async () => {
    const file = await haven.release(haven.alice, 'cohort', name('released.bin'), bytes.toString('hex'));
    const to = join(site.home, name('got'));
    const got = await client.get(site, `/outbound/cohort/${name('released.bin')}`, to);
    expect(got, got.err).toMatchObject({ code: 0 });
    expect(readFileSync(to, 'utf8') === bytes.toString('hex')).toBe(true);
    const isCollected = async (): Promise<boolean> => (await haven.file(file.id)).collectedAt !== null;
    // Whether its CLOSE still gets out is a matter of luck.
    await expect.poll(async () => client.leavesOpen === true || (await isCollected())).toBe(true);
  });

  test('says that a password is wrong, and sends nothing', async () => {
    const path = local(name('wrong'));
    const put = await client.put({ ...site, password: 'something else' }, path, `/arrivals/${name('wrong')}`);
    expect(put.code).not.toBe(0);
    expect(put.out + put.err).toMatch(client.refused);
    expect(await received(name('wrong'))).toBeUndefined();
  });
});

test.each(named(ALL.filter(({ resume: can }) => can !== null)))(
  '%s goes on with an upload that was cut',
  async (_, client) => {
    const name = (what: string): string => nameFor(client, what);
    const path = local(name('cut'));
    const remote = `/arrivals/${name('cut')}`;
    await using proxy = await openCuttingProxy(site.port, 1_500_000);
    const cut = await client.put({ ...site, port: proxy.port }, path, remote);
    expect(proxy.hasCut()).toBe(true);
    expect(cut.code === 0, cut.err).toBe(client.resume === 'by-itself');
    await resume(client, path, remote);
    await expectReceived(name('cut'), bytes);
    const files = await haven.outside.intake.ledger.listFiles({ owner: haven.alice.id, limit: 1000 });
    const tries = files.filter((file) => file.path.name === name('cut'));
    expect(tries).toHaveLength(1);
    expect(tries[0]?.generation).toBe(2);
  },
);

test.each(named(ALL.filter(({ goOn }) => goOn !== null)))(
  '%s goes on with what has arrived',
  async (_, client) => {
    const name = nameFor(client, 'arrived');
    const old = await haven.arrive(haven.alice, name, bytes.subarray(0, 2_900_000));
    const went = await client.goOn?.(site, local(name), `/arrivals/${name}`);
    expect(went, went?.err).toMatchObject({ code: 0 });
    await expectReceived(name, bytes);
    expect(await received(name)).toMatchObject({ continues: old.id });
    expect(await haven.file(old.id)).toEqual(old);
  },
);

test.each(MIRRORS)('$name sends what is new, and removes nothing that has arrived', async (mirror) => {
  const { name } = mirror;
  const folder = name.replaceAll(' ', '-');
  const old = await haven.arrive(haven.alice, `${folder}/old.csv`, 'arrived');
  mkdirSync(join(site.home, folder));
  local(join(folder, 'new.csv'), 'new');
  const mirrored = await mirror.run(site, join(site.home, folder), `/arrivals/${folder}`);
  expect(mirrored.code, mirrored.err).not.toBe(0);
  await expectReceived(`${folder}/new.csv`, Buffer.from('new'));
  expect(await haven.file(old.id)).toEqual(old);
  expect(readFileSync(haven.data('arrivals', 'alice', folder, 'old.csv'), 'utf8')).toBe('arrived');
});

test.each(named(ALL.filter(({ list }) => list !== null)))('%s lists what is there', async (_, client) => {
  const name = (what: string): string => nameFor(client, what);
  await haven.arrive(haven.alice, `${name('listed')}/a b.csv`, 'x');
  await haven.arrive(haven.alice, `${name('listed')}/ü.csv`, 'y');
  const listed = await client.list?.(site, `/arrivals/${name('listed')}`);
  expect(listed, listed?.err).toMatchObject({ code: 0 });
  expect(listed?.out).toContain('a b.csv');
  expect(listed?.out).toContain('ü.csv');
});

test.each(OLD_CURLS)('an old $name cannot agree on algorithms, and says so', async (client) => {
  const put = await client.put(site, local('by-old-curl'), '/arrivals/by-old-curl');
  expect(put).toMatchObject({ code: 2, err: expect.stringContaining('Unable to exchange encryption keys') });
});
