import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setAccountStatus } from '../../src/core/accounts/change-account.ts';
import type { CustodyFile } from '../../src/core/custody/file.ts';
import { digestTurnsOf } from '../../src/core/custody/turns.ts';
import { parseSha256 } from '../../src/core/kit/digest.ts';
import type { OpenLedger } from '../../src/stores/ledger/ledger-engine.ts';
import { move, mustMove } from '../ledger/fixtures.ts';
import { type Haven, makeHaven } from './haven.ts';
import { type Ended, run, sftp, sshOptions } from './openssh.ts';
import type { OutsideDoor, Person } from './outside-door.ts';
import { connectSsh, RawClient } from './raw-client.ts';

let haven: Haven;

beforeAll(async () => {
  // Nobody is shown out here: what is asked is refused by itself.
  haven = await makeHaven({ limits: { accountCheck: 3_600_000 } });
});

afterAll(async () => haven[Symbol.asyncDispose]());

const digest = (kind: string, content: Buffer | string): string =>
  createHash(kind).update(content).digest('hex');

/** Runs a command line at a door, with OpenSSH's own client. */
function ask(door: OutsideDoor, line: string, person: Person = haven.alice): Promise<Ended> {
  return run('ssh', [...sshOptions(door, person), `${person.name}@127.0.0.1`, line]);
}

async function upload(name: string, content: Buffer | string): Promise<CustodyFile> {
  const path = join(haven.outside.folder, 'to-upload');
  writeFileSync(path, content);
  const put = await sftp(haven.outside, haven.alice, [`put "${path}" "${name.replaceAll('\\', '\\\\')}"`]);
  const file = await haven.outside.file(haven.alice, name);
  if (put.code !== 0 || file === undefined) throw new Error(put.err);
  return file;
}

describe('a digest command', () => {
  test.each(['md5', 'sha1', 'sha256'])(
    'tells the %s of an own upload at once, in the form of coreutils',
    async (kind) => {
      const content = randomBytes(3_000_000);
      await upload(`own-${kind}`, content);
      const answer = await ask(haven.outside, `${kind}sum own-${kind} /arrivals/own-${kind} -- own-${kind}`);
      const line = (name: string): string => `${digest(kind, content)}  ${name}\n`;
      expect(answer).toEqual({
        code: 0,
        err: '',
        out: line(`own-${kind}`) + line(`/arrivals/own-${kind}`) + line(`own-${kind}`),
      });
    },
  );

  test('prints every name byte for byte as the real programs do', async () => {
    const names = [
      'plain',
      "it's",
      'with space',
      'back\\slash',
      'two  spaces',
      '-dash',
      'ünï-日本',
      '"q"',
      'a;b&c|d*?[e]{f}~#!()<>$`',
    ];
    const folder = join(haven.outside.folder, 'names');
    mkdirSync(join(folder, 'arrivals'), { recursive: true });
    const raw = await RawClient.connect(haven.outside, haven.alice);
    for (const name of names) {
      writeFileSync(join(folder, 'arrivals', name), name);
      const handle = await raw.open(`/arrivals/${name}`);
      await raw.write(handle, 0, name);
      await raw.close(handle);
    }
    await raw[Symbol.asyncDispose]();
    const quoted = names.map((name) => `'${name.replaceAll("'", "'\\''")}'`).join(' ');
    const real = await run('sh', ['-c', `cd "${folder}/arrivals" && md5sum -- ${quoted}`]);
    expect(real.code).toBe(0);
    expect(await ask(haven.outside, `md5sum -- ${quoted}`)).toEqual(real);
  });

  test('says what is wrong of each path, answers the others, and ends with 1', async () => {
    await upload('there', 'there');
    const { code, out, err } = await ask(haven.outside, 'sha256sum missing there /arrivals /elsewhere/x');
    expect({ code, out }).toEqual({ code: 1, out: `${digest('sha256', 'there')}  there\n` });
    expect(err.split('\r\n')).toEqual([
      'sha256sum: missing: there is no such file or folder',
      expect.stringMatching(/^sha256sum: \/arrivals: a folder has this name/),
      'sha256sum: /elsewhere/x: there is no such file or folder',
      '',
    ]);
  });

  test('waits for nothing: an upload that is not closed has no digest yet, and says so', async () => {
    const raw = await RawClient.connect(haven.outside, haven.alice);
    const handle = await raw.open('unclosed');
    await raw.write(handle, 0, 'half');
    expect(await ask(haven.outside, 'md5sum unclosed')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('not complete yet'),
    });
    await raw.close(handle);
    expect((await ask(haven.outside, 'md5sum unclosed')).out).toBe(`${digest('md5', 'half')}  unclosed\n`);
    await raw[Symbol.asyncDispose]();
  });

  test('refuses what was read of an upload that was opened again meanwhile', async () => {
    const begun = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const { airlock } = haven.outside.intake.zones;
    const read = airlock.read.bind(airlock);
    airlock.read = async function* (file) {
      begun.resolve();
      await goOn.promise;
      yield* read(file);
    };
    await upload('reopened', 'first');
    const asked = ask(haven.outside, 'md5sum reopened');
    await begun.promise;
    const raw = await RawClient.connect(haven.outside, haven.alice);
    const handle = await raw.open('reopened', 0x02);
    await raw.write(handle, 0, 'other');
    await raw.close(handle);
    airlock.read = read;
    goOn.resolve();
    const { code, out, err } = await asked;
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('changed while it was read');
    expect((await ask(haven.outside, 'md5sum reopened')).out).toContain(digest('md5', 'other'));
    await raw[Symbol.asyncDispose]();
  });

  test('reads nothing from quarantine, where SHA-256 is known of the ledger', async () => {
    const { id } = await upload('infected', 'eicar');
    const ledger = haven.outside.intake.ledger as OpenLedger;
    const sha256 = parseSha256(digest('sha256', 'eicar'));
    await mustMove(ledger, move(id, 'received', 'inspecting', 'inspection-begun'));
    const changes = { sha256, reason: 'malware', zone: 'quarantine' } as const;
    await mustMove(ledger, move(id, 'inspecting', 'quarantined', 'file-quarantined', { changes }));
    const { code, out, err } = await ask(haven.outside, 'md5sum infected');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('ask for SHA-256');
    expect((await ask(haven.outside, 'sha256sum infected')).out).toBe(`${sha256}  infected\n`);
  });

  test('answers what has arrived, on both sides, by the ledger and by reading', async () => {
    await haven.arrive(haven.alice, 'in/scan.csv', 'arrived');
    for (const door of [haven.outside, haven.inside]) {
      for (const kind of ['sha256', 'md5']) {
        const { out, err } = await ask(door, `${kind}sum /arrivals/in/scan.csv`);
        expect({ out, err }).toEqual({ out: `${digest(kind, 'arrived')}  /arrivals/in/scan.csv\n`, err: '' });
      }
    }
    // Nothing is read a second time: what is kept is told though the bytes are gone.
    rmSync(haven.data('arrivals', 'alice', 'in', 'scan.csv'));
    expect((await ask(haven.inside, 'sha1sum /arrivals/in/scan.csv')).out).toContain(
      digest('sha1', 'arrived'),
    );
  });

  test('says so when the disk does not hold what arrived, and tells an operator', async () => {
    const file = await haven.arrive(haven.alice, 'flipped', 'as it was');
    const path = haven.data('arrivals', 'alice', 'flipped');
    chmodSync(path, 0o600);
    writeFileSync(path, 'not as it');
    const { code, out, err } = await ask(haven.inside, 'md5sum /arrivals/flipped');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('does not hold what was received');
    expect(haven.outside.logged).toContainEqual(
      expect.objectContaining({ level: 'error', event: 'digest-differs', file: file.id }),
    );
  });

  test('answers what was released, which nobody has collected by that', async () => {
    const file = await haven.release(haven.alice, 'cohort', 'results.csv', 'released');
    const { code, out } = await ask(haven.outside, 'md5sum /outbound/cohort/results.csv');
    expect({ code, out }).toEqual({
      code: 0,
      out: `${digest('md5', 'released')}  /outbound/cohort/results.csv\n`,
    });
    expect((await haven.file(file.id)).collectedAt).toBeNull();
    // Nor does it count as read for whoever opens the file after that, or after having read all of it.
    const raw = await RawClient.connect(haven.outside, haven.alice);
    await raw.close(await raw.open('/outbound/cohort/results.csv', 1));
    expect((await haven.file(file.id)).collectedAt).toBeNull();
    const other = await haven.release(haven.alice, 'cohort', 'other.csv', 'read');
    await raw.read(await raw.open('/outbound/cohort/other.csv', 1), 0, 10);
    expect((await ask(haven.outside, 'md5sum /outbound/cohort/other.csv')).code).toBe(0);
    expect((await haven.file(other.id)).collectedAt).toBeNull();
    await raw[Symbol.asyncDispose]();
    await haven.revoke(file);
    expect(await ask(haven.outside, 'md5sum /outbound/cohort/results.csv')).toMatchObject({
      code: 1,
      out: '',
    });
  });

  test('reads a working file each time, by right, and follows no link', async () => {
    const path = haven.data('shares', 'cohort', 'work.txt');
    writeFileSync(path, 'one');
    symlinkSync(path, haven.data('shares', 'cohort', 'link'));
    const line = 'md5sum /shares/cohort/work.txt';
    expect((await ask(haven.inside, line)).out).toContain(digest('md5', 'one'));
    writeFileSync(path, 'two');
    expect((await ask(haven.inside, line)).out).toContain(digest('md5', 'two'));
    expect(await ask(haven.inside, 'md5sum /shares/cohort/link')).toMatchObject({ code: 1, out: '' });
    await haven.allow(haven.bob, 'cohort', 'write');
    expect(await ask(haven.inside, line, haven.bob)).toMatchObject({ code: 1, out: '' });
    await haven.allow(haven.bob, 'cohort', 'read');
    expect((await ask(haven.inside, line, haven.bob)).out).toContain(digest('md5', 'two'));
    expect(await ask(haven.outside, line)).toMatchObject({ code: 1, out: '' });
  });

  test("tells nothing of another person's files", async () => {
    await upload('private', 'private');
    expect(
      await ask(haven.outside, 'sha256sum private /arrivals/../arrivals/private', haven.bob),
    ).toMatchObject({
      code: 1,
      out: '',
    });
  });

  test('gives the reading up when the client goes, so that the next one has its turn', async () => {
    const path = haven.data('shares', 'cohort', 'sparse');
    writeFileSync(path, '');
    truncateSync(path, 2 ** 42);
    const client = await connectSsh(haven.inside, haven.alice);
    for (let i = 0; i < 4; i++) client.exec('md5sum /shares/cohort/sparse', () => undefined);
    const turns = digestTurnsOf(haven.outside.intake.ledger);
    await expect.poll(() => turns.waiting).toBe(2);
    client.destroy();
    await expect.poll(() => [turns.running, turns.waiting]).toEqual([0, 0]);
    expect((await ask(haven.inside, 'md5sum /shares/cohort/work.txt')).code).toBe(0);
  });
});

describe('the probes of rclone', () => {
  test.each([
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what rclone sends
    ['echo ${ShellId}%ComSpec%', '%ComSpec%\n'],
    ['md5sum', `${digest('md5', '')}  -\n`],
    ['sha1sum', `${digest('sha1', '')}  -\n`],
    ["echo 'abc' | md5sum", '0bee89b07a248e27c83fc3d5951213c1  -\n'],
  ])('%s is answered as a shell would', async (line, out) => {
    expect(await ask(haven.outside, line)).toEqual({ code: 0, out, err: '' });
  });

  test.each(['md5sum', "echo 'abc' | md5sum"])('%s is answered as by the real program', async (line) => {
    const { out } = await run('sh', ['-c', line]);
    expect((await ask(haven.outside, line)).out).toBe(out);
  });

  test('but what is sent is not digested', async () => {
    const args = [...sshOptions(haven.outside, haven.alice), 'alice@127.0.0.1', 'md5sum'];
    expect(await run('ssh', args, { input: 'secret' })).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('give a path'),
    });
  });
});

describe('any other command', () => {
  test.each([
    ['id; cat /etc/passwd', 'runs no commands'],
    ['md5sum $(id)', 'no shell here'],
    ['md5sum -c list', 'No options'],
    ['cd /arrivals && md5sum there', 'runs no commands'],
  ])('%s is refused in words, and not run', async (line, words) => {
    expect(await ask(haven.outside, line)).toEqual({ code: 1, out: '', err: expect.stringContaining(words) });
  });

  test('scp -O is told what to do', async () => {
    const path = join(haven.outside.folder, 'by-old-scp');
    writeFileSync(path, 'x');
    const options = sshOptions(haven.outside, haven.alice);
    const { code, err } = await run('scp', ['-O', ...options, path, 'alice@127.0.0.1:']);
    expect(code).toBe(1);
    expect(err).toContain('does not speak the old protocol of scp');
    expect(readFileSync(path, 'utf8')).toBe('x');
    expect(await haven.outside.file(haven.alice, 'by-old-scp')).toBeUndefined();
  });
});

test('a disabled person is told nothing', async () => {
  const carol = await haven.outside.addPerson('carol');
  const client = await connectSsh(haven.outside, carol);
  const { ledger, clock } = haven.outside.intake;
  await setAccountStatus({ ledger, clock }, { kind: 'console' }, 'carol', 'disabled');
  const said = await new Promise<string>((resolve) => {
    let text = '';
    client.on('close', () => resolve(text));
    client.on('error', () => resolve(text));
    client.exec('md5sum x', (error, channel) => {
      if (error !== undefined) return resolve(text);
      channel.on('data', () => undefined);
      channel.stderr.on('data', (data: Buffer) => (text += data.toString()));
      channel.on('close', () => resolve(text));
    });
  });
  expect(said).toContain('account has been disabled');
});
