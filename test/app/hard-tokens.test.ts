import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hotpCode } from '../../src/core/accounts/hotp.ts';
import { mailWith } from '../support/arrivals.ts';
import { type Daemon, startDaemon } from '../support/daemon.ts';
import { type Ended, type Installation, MAIN, makeInstallation, NODE, run } from '../support/installation.ts';
import { codeAt } from '../support/soft-token.ts';

/** The secret, key and serial of the example of RFC 6030 section 6.1. */
const SECRET = Buffer.from('12345678901234567890');
const KEY = '12345678901234567890123456789012';
const SERIAL = '987654321';

const ENCRYPTED = 'http://www.w3.org/2001/04/xmlenc#aes128-cbc';

const CONTAINER = `<?xml version="1.0" encoding="UTF-8"?>
<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc"
  xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#">
  <EncryptionKey><ds:KeyName>Pre-shared-key</ds:KeyName></EncryptionKey>
  <MACMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1">
    <MACKey><xenc:EncryptionMethod Algorithm="${ENCRYPTED}"/><xenc:CipherData><xenc:CipherValue>
      ESIzRFVmd4iZABEiM0RVZgKn6WjLaTC1sbeBMSvIhRejN9vJa2BOlSaMrR7I5wSX
    </xenc:CipherValue></xenc:CipherData></MACKey>
  </MACMethod>
  <KeyPackage>
    <DeviceInfo><Manufacturer>Manufacturer</Manufacturer><SerialNo>${SERIAL}</SerialNo></DeviceInfo>
    <Key Id="12345678" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp">
      <AlgorithmParameters><ResponseFormat Length="8" Encoding="DECIMAL"/></AlgorithmParameters>
      <Data>
        <Secret>
          <EncryptedValue><xenc:EncryptionMethod Algorithm="${ENCRYPTED}"/><xenc:CipherData><xenc:CipherValue>
            AAECAwQFBgcICQoLDA0OD+cIHItlB3Wra1DUpxVvOx2lef1VmNPCMl8jwZqIUqGv
          </xenc:CipherValue></xenc:CipherData></EncryptedValue>
          <ValueMAC>Su+NvtQfmvfJzF6bmQiJqoLRExc=</ValueMAC>
        </Secret>
        <Counter><PlainValue>0</PlainValue></Counter>
      </Data>
    </Key>
  </KeyPackage>
</KeyContainer>`;

let site: Installation;
let daemon: Daemon;
let file: string;

beforeAll(async () => {
  site = await makeInstallation({ notify: '{ gather: 1s }' });
  daemon = await startDaemon(site);
  await mkdir(join(site.dir, 'tokens'));
  file = join(site.dir, 'tokens/tokens.pskc');
  await writeFile(file, CONTAINER);
}, 120_000);

afterAll(async () => {
  await daemon?.end('SIGTERM');
  await site?.remove();
});

const code = (counter: number) => hotpCode(SECRET, counter, 8, 'sha1');

/** A verb whose secret comes by stdin. */
const withInput = (input: string, ...args: string[]) =>
  run(NODE, [MAIN, ...args, '--config', site.config, '--json'], { input, env: site.env });

/** OpenSSH's `sftp`, without a key: what it asks for is answered as a person would. */
async function overSsh(token: string): Promise<Ended> {
  const askpass = join(site.dir, 'tokens/askpass');
  const password = await site.secret('alice', 'password');
  const script = `#!/bin/sh\ncase "$1" in *assword*) echo '${password}';; *oken*) echo '${token}';; esac\n`;
  await writeFile(askpass, script, { mode: 0o700 });
  const options = ['PubkeyAuthentication=no', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null']
    .concat('NumberOfPasswordPrompts=1', 'PreferredAuthentications=keyboard-interactive')
    .flatMap((one) => ['-o', one]);
  const args = ['-q', '-F', '/dev/null', ...options, '-P', String(daemon.port('sftp')), 'alice@127.0.0.1'];
  return run('sftp', args, {
    input: 'pwd\n',
    env: { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' },
    within: 60_000,
  });
}

/** The portal's answer to a sign-in by this code. */
async function byBrowser(token: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${daemon.port('portal')}/api/v1/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'alice', password: await site.secret('alice', 'password'), code: token }),
  });
  return response.status;
}

interface Listed {
  readonly serial: string;
  readonly owner: string | null;
  readonly state: string;
  readonly codes: string;
  readonly lastUsedAt: string | null;
}

const list = () => site.json<Listed[]>('hard-token', 'list');

describe('the seeds of a maker', () => {
  test('are taken in by the key that was agreed on, and by no other, all or none', async () => {
    const wrong = await withInput('00'.repeat(16), 'hard-token', 'import', file, '--key-file', '-');
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.stdout).toMatch(/the key is wrong.*nothing was taken in/);
    const without = await site.havengate('hard-token', 'import', file);
    expect(without).toMatchObject({ code: 1 });
    expect(without.stderr).toMatch(/encrypted by a key: give it with --key-file/);
    expect(await list()).toEqual([]);
    const right = await withInput(KEY, 'hard-token', 'import', file, '--key-file', '-');
    expect(right).toMatchObject({ code: 0 });
    expect(await list()).toMatchObject([
      { serial: SERIAL, owner: null, state: 'spare', codes: 'HOTP SHA1 8', lastUsedAt: null },
    ]);
  });

  test('are left as they are when they come once more', async () => {
    const again = await withInput(KEY, 'hard-token', 'import', file, '--key-file', '-');
    expect(JSON.parse(again.stdout)).toEqual({ added: [], known: [SERIAL] });
  });

  test('are in the ledger sealed only, and in no log', async () => {
    for (const name of ['ledger.sqlite3', 'ledger.sqlite3-wal'])
      expect((await readFile(join(site.dir, name))).includes(SECRET)).toBe(false);
    expect(JSON.stringify(daemon.log)).not.toContain(SECRET.toString());
  });
});

describe('a hard token', () => {
  test('opens nothing before it is somebody’s', async () => {
    expect(await byBrowser(code(0))).toBe(401);
  });

  test('opens where a token is asked for', async () => {
    expect(await site.havengate('hard-token', 'assign', SERIAL, 'alice')).toMatchObject({ code: 0 });
    expect(await overSsh(code(0))).toMatchObject({ code: 0 });
    expect(await list()).toMatchObject([
      { owner: 'alice', state: 'assigned', lastUsedAt: expect.any(String) },
    ]);
  });

  test('opens one door once by each code, and by none before it', async () => {
    expect(await overSsh(code(0))).not.toMatchObject({ code: 0 });
    expect(await byBrowser(code(0))).toBe(401);
    expect(await byBrowser(code(5))).toBe(204);
    expect(await overSsh(code(5))).not.toMatchObject({ code: 0 });
    expect(await byBrowser(code(4))).toBe(401);
  });

  test('leaves the soft token as good as it was', async () => {
    const soft = codeAt(await site.secret('alice', 'otpauth'), Date.now());
    expect(await byBrowser(soft)).toBe(204);
  });

  test('is found again by two codes in a row, after its button was pressed on and on', async () => {
    expect(await byBrowser(code(300))).toBe(401);
    const twice = await withInput(`${code(300)} ${code(300)}`, 'hard-token', 'resync', SERIAL);
    expect(twice).toMatchObject({ code: 1 });
    const found = await withInput(`${code(300)} ${code(301)}`, 'hard-token', 'resync', SERIAL);
    expect(found).toMatchObject({ code: 0 });
    expect(await byBrowser(code(301))).toBe(401);
    expect(await byBrowser(code(302))).toBe(204);
  });

  test('belongs to one person, and is given to the next when it was taken back', async () => {
    const taken = await site.havengate('hard-token', 'assign', SERIAL, 'bob');
    expect(taken).toMatchObject({ code: 1 });
    expect(taken.stderr).toMatch(/is somebody's; unassign it first/);
    expect(await site.havengate('hard-token', 'unassign', SERIAL)).toMatchObject({ code: 0 });
    expect(await byBrowser(code(303))).toBe(401);
    expect(await site.havengate('hard-token', 'assign', SERIAL, 'alice')).toMatchObject({ code: 0 });
    expect(await byBrowser(code(303))).toBe(204);
  });

  test('opens nothing once it is lost, signs its owner’s browsers out, and is given to nobody', async () => {
    expect(await site.havengate('hard-token', 'lost', SERIAL)).toMatchObject({ code: 0 });
    expect(await byBrowser(code(304))).toBe(401);
    expect(await overSsh(code(304))).not.toMatchObject({ code: 0 });
    expect(await site.havengate('hard-token', 'unassign', SERIAL)).toMatchObject({ code: 1 });
    expect(await site.havengate('hard-token', 'lost', SERIAL)).toMatchObject({ code: 0 });
    expect(await list()).toMatchObject([{ owner: 'alice', state: 'lost' }]);
  });

  test('is told of to its owner by mail, whatever was done with it', async () => {
    // What the command line changes is mailed when the daemon looks, at its start and every minute.
    await daemon.end('SIGTERM');
    daemon = await startDaemon(site);
    const mail = await mailWith(site, 'A hard token of yours was reported lost', SERIAL);
    expect(mail).toMatch(/by +the people who run this haven, on its machine/);
    await mailWith(site, 'A hard token was given to you', SERIAL);
    await mailWith(site, 'A hard token was taken back from you', SERIAL);
    await mailWith(site, 'A hard token of yours was set again', SERIAL);
  });
});
