import { createHash, createPrivateKey, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectConfig } from 'ssh2';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { mlkem768x25519, secretFromReply, shareOf } from '../../src/doors/sftp/mlkem768x25519.ts';
import { CURL } from './clients/other-clients.ts';
import { type Haven, makeHaven } from './haven.ts';
import { VECTOR } from './mlkem-vector.ts';
import { debian13, run, sshOptions } from './openssh.ts';
import { type OutsideDoor, openOutsideDoor, PASSWORD, type Person } from './outside-door.ts';
import { connectSsh, RawClient } from './raw-client.ts';

const MLKEM = 'mlkem768x25519-sha256';

/** Points of small order (RFC 7748 section 6.1): whatever the other key is, the result is only zeros. */
const ZERO_POINT = Buffer.alloc(32);
const SMALL_POINT = Buffer.from('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800', 'hex');

describe('the secret of mlkem768x25519-sha256', () => {
  test('is the one that another implementation computes', () => {
    const kem = createPrivateKey({
      key: Buffer.concat([
        Buffer.from('3054020100300b060960864801650304040204428040', 'hex'),
        VECTOR.clientSeed,
      ]),
      format: 'der',
      type: 'pkcs8',
    });
    const dh = createPrivateKey({
      key: Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), VECTOR.clientDh]),
      format: 'der',
      type: 'pkcs8',
    });
    expect(createHash('sha256').update(shareOf({ kem, dh })).digest('hex')).toBe(VECTOR.shareDigest);
    expect(secretFromReply({ kem, dh }, VECTOR.reply).toString('hex')).toBe(VECTOR.secret);
  });

  test('is the same on both sides, and another each time', () => {
    const secrets = Array.from({ length: 5 }, () => {
      const client = mlkem768x25519.begin();
      const { reply, secret } = mlkem768x25519.answer(client.share);
      expect([client.share.length, reply.length, secret.length]).toEqual([1184 + 32, 1088 + 32, 32]);
      expect(client.finish(reply)).toEqual(secret);
      return secret.toString('hex');
    });
    expect(new Set(secrets).size).toBe(5);
  });
});

/** Shares of a client that are no good, and what is said of each. */
function badShares(): readonly (readonly [what: string, share: Buffer, why: string])[] {
  const { share } = mlkem768x25519.begin();
  const kem = share.subarray(0, 1184);
  const unreduced = Buffer.from(share);
  // 0xfff is the first number, in 12 bits; q is 3329.
  unreduced.fill(0xff, 0, 2);
  const length = 'where 1216 are due';
  return [
    ['of no byte', Buffer.alloc(0), length],
    ['that lacks a byte', share.subarray(0, -1), length],
    ['with a byte more', Buffer.concat([share, Buffer.of(0)]), length],
    ['of X25519 alone', share.subarray(1184), length],
    ['with numbers that are not reduced modulo q', unreduced, 'asymmetric key'],
    ['whose X25519 result is zero', Buffer.concat([kem, ZERO_POINT]), 'derivation'],
    ['with a point of small order', Buffer.concat([kem, SMALL_POINT]), 'derivation'],
  ];
}

test.each(badShares())('a share %s is refused', (_, share, why) => {
  expect(() => mlkem768x25519.answer(share)).toThrow(why);
});

test('a reply that is no good is refused', () => {
  const client = mlkem768x25519.begin();
  const { reply } = mlkem768x25519.answer(client.share);
  const zero = Buffer.concat([reply.subarray(0, 1088), ZERO_POINT]);
  expect(() => client.finish(reply.subarray(1))).toThrow('where 1120 are due');
  expect(() => client.finish(Buffer.concat([reply, Buffer.of(0)]))).toThrow('where 1120 are due');
  expect(() => client.finish(zero)).toThrow('derivation');
});

describe('at a door', () => {
  let haven: Haven;
  let door: OutsideDoor;
  let alice: Person;
  const bytes = randomBytes(5_000_000);

  beforeAll(async () => {
    haven = await makeHaven();
    door = haven.outside;
    alice = haven.alice;
    await haven.release(alice, 'cohort', 'results.bin', bytes);
  });

  afterAll(async () => haven[Symbol.asyncDispose]());
  afterEach(() => void vi.restoreAllMocks());

  const connect = (kex: string) =>
    connectSsh(door, alice, { algorithms: { kex: [kex as 'curve25519-sha256'] } });

  test.each(badShares())('a share %s ends that handshake and nothing else', async (_, share) => {
    const other = await RawClient.connect(door, alice);
    vi.spyOn(mlkem768x25519, 'begin').mockReturnValueOnce({ share, finish: () => Buffer.alloc(32) });
    await expect(connect(MLKEM)).rejects.toThrow('KEY_EXCHANGE_FAILED');
    expect((await other.ask(16, Buffer.from([0, 0, 0, 1, 0x2e]))).type).toBe(104);
    other.client.end();
    (await connect(MLKEM)).end();
  });

  /** What a program negotiated, one each time that keys were exchanged. */
  const exchanges = (err: string): readonly string[] =>
    [...err.matchAll(/^debug1: kex: algorithm: (\S+)/gm)].map(([, name]) => name ?? '');

  test('OpenSSH 10 takes it, uploads and downloads by it, and again at every new exchange', async () => {
    const [up, down] = [join(door.folder, 'up.bin'), join(door.folder, 'down.bin')];
    writeFileSync(up, bytes);
    const options = sshOptions(door, alice, { LogLevel: 'DEBUG1', RekeyLimit: '1M' });
    const input = `put ${up} /arrivals/up.bin\nget /outbound/cohort/results.bin ${down}\n`;
    const ended = await run(debian13('sftp'), [...options, '-b', '-', 'alice@127.0.0.1'], { input });
    expect(ended, ended.err).toMatchObject({ code: 0 });
    const names = exchanges(ended.err);
    expect(names.length).toBeGreaterThan(8);
    expect(new Set(names)).toEqual(new Set([MLKEM]));
    expect(ended.err).toContain('debug1: Remote protocol version 2.0, remote software version Havengate');
    expect(ended.err.toLowerCase()).not.toContain('post-quantum');
    expect(ended.err, 'strict key exchange').toContain('resetting read seqnr');
    expect(readFileSync(down).equals(bytes)).toBe(true);
    const sent = await door.file(alice, 'up.bin');
    expect((await door.bytes(sent)).equals(bytes)).toBe(true);
  });

  test('the OpenSSH of this system takes the best that it knows', async () => {
    const { out } = await run('ssh', ['-Q', 'kex']);
    const best = out.split('\n').includes(MLKEM) ? MLKEM : 'curve25519-sha256';
    const options = sshOptions(door, alice, { LogLevel: 'DEBUG1' });
    const ended = await run('sftp', [...options, '-b', '-', 'alice@127.0.0.1'], { input: 'pwd\n' });
    expect(ended, ended.err).toMatchObject({ code: 0 });
    expect(
      exchanges(ended.err)
        .slice(0, 1)
        .map((name) => name.replace('@libssh.org', '')),
    ).toEqual([best]);
  });

  test('the door says which signatures it takes, and no other', async () => {
    const options = sshOptions(door, alice, { LogLevel: 'DEBUG1' });
    const { err } = await run('sftp', [...options, '-b', '-', 'alice@127.0.0.1'], { input: 'pwd\n' });
    const told = /server-sig-algs=<([^>]*)>/.exec(err)?.[1]?.split(',');
    expect(told).toEqual([
      'ssh-ed25519',
      'ecdsa-sha2-nistp256',
      'ecdsa-sha2-nistp384',
      'ecdsa-sha2-nistp521',
      'rsa-sha2-512',
      'rsa-sha2-256',
    ]);
  });
});

describe('what old clients need', () => {
  const OLD: readonly NonNullable<ConnectConfig['algorithms']>[] = [
    { kex: ['ecdh-sha2-nistp256'] },
    { kex: ['ecdh-sha2-nistp521'] },
    { cipher: ['aes128-ctr'], hmac: ['hmac-sha2-256'] },
  ];

  test('is not offered', async () => {
    await using door = await openOutsideDoor();
    const alice = await door.addPerson('alice');
    for (const algorithms of OLD)
      await expect(connectSsh(door, alice, { algorithms })).rejects.toThrow('no matching');
  });

  test('is offered where the site chooses so, beside all the rest', async () => {
    await using door = await openOutsideDoor({ algorithms: 'compatible' });
    const alice = await door.addPerson('alice');
    for (const algorithms of [...OLD, { kex: [MLKEM as 'curve25519-sha256'] }])
      (await connectSsh(door, alice, { algorithms })).end();
    const { out } = await run('curl', ['--version']);
    if (!/ sftp/.test(out)) return;
    const path = join(door.folder, 'by-curl.txt');
    writeFileSync(path, 'by curl');
    const site = { port: door.door.port, password: PASSWORD, home: door.folder, hostKey: '' };
    expect(await CURL.put(site, path, '/arrivals/by-curl.txt')).toMatchObject({ code: 0 });
    expect(await door.file(alice, 'by-curl.txt')).toMatchObject({ state: 'received', size: 7 });
  });
});
