import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';

/** A clamd that belongs to one test. */
export interface TestClamd {
  readonly pid: number;
  /** Its Unix socket. */
  readonly socket: string;
  /** Its configuration file, for clamdscan. */
  readonly config: string;
  /** Ends it, by its process id, and waits until it is gone. */
  stop(): Promise<void>;
}

/** The EICAR test string, put together here so that no file of the repository holds it in one piece. */
export const EICAR = [
  'X5O!P%@AP[4\\PZX54(P^)7CC)7}$',
  'EICAR-STANDARD-',
  'ANTIVIRUS-TEST-FILE!',
  '$H+H*',
].join('');

/** What the test's own signature is reported as; clamd marks signatures that are not its publisher's. */
export const EICAR_SIGNATURE = 'Havengate.Test.Eicar.UNOFFICIAL';

const SETTINGS = {
  Foreground: 'yes',
  AlertExceedsMax: 'yes',
  AlertEncrypted: 'yes',
  MaxFileSize: '2000M',
  MaxScanSize: '4000M',
  StreamMaxLength: '2000M',
};

/**
 * Starts a clamd whose files are all in `dir` (made where missing; keep its path below 90 bytes, or the socket's is
 * too long) and whose only signature finds EICAR. Resolves when it answers PING. `overrides` go to its
 * configuration.
 */
export async function startClamd(
  dir: string,
  overrides: Readonly<Record<string, string>> = {},
): Promise<TestClamd> {
  if (spawnSync('clamd', ['--version']).status !== 0)
    throw new Error(
      'clamd is missing or does not run: scripts/test installs it (apt-get install clamav-daemon)',
    );
  const [database, socket, config, log] = ['db', 'clamd.sock', 'clamd.conf', 'clamd.log'].map((name) =>
    join(dir, name),
  ) as [string, string, string, string];
  await mkdir(database, { recursive: true });
  await rm(socket, { force: true });
  await writeFile(
    join(database, 'test.ndb'),
    `Havengate.Test.Eicar:0:*:${Buffer.from(EICAR).toString('hex')}\n`,
  );
  const settings = {
    LocalSocket: socket,
    DatabaseDirectory: database,
    TemporaryDirectory: dir,
    ...SETTINGS,
    ...overrides,
  };
  await writeFile(
    config,
    Object.entries(settings)
      .map(([key, value]) => `${key} ${value}\n`)
      .join(''),
  );
  await writeFile(log, '');
  // Its own log option would need a file that it may own; its output says the same.
  const child = spawn('sh', ['-c', 'exec clamd -c "$0" >>"$1" 2>&1', config, log], { stdio: 'ignore' });
  const failed = Promise.withResolvers<never>();
  child.once('error', failed.reject);
  child.once('exit', () => failed.reject(new Error('clamd ended before it answered')));
  try {
    await Promise.race([answersPing(socket), failed.promise]);
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`clamd did not start:\n${await readFile(log, 'utf8')}`, { cause: error });
  }
  failed.promise.catch(() => undefined);
  return { pid: child.pid ?? 0, socket, config, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  child.once('exit', () => resolve());
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await promise;
  clearTimeout(timer);
}

async function answersPing(socket: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while ((await ping(socket)) !== 'PONG\0') {
    if (Date.now() > deadline) throw new Error('clamd does not answer');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function ping(path: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let answer = '';
  const socket = connect({ path });
  socket.on('data', (data) => {
    answer += data.toString();
  });
  socket.on('error', () => resolve(''));
  socket.on('close', () => resolve(answer));
  socket.write('zPING\0');
  return promise;
}
