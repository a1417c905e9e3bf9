import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/support/free-port.ts';
import type { Bench } from './bench.ts';
import { makeFolder, type Place } from './places.ts';
import type { SftpServer } from './sftp-client.ts';
import { timeProgram } from './timed-program.ts';

/** Debian's sshd wants this folder, which only its service makes. */
const SEPARATION = '/run/sshd';

/** Starts OpenSSH's sshd with internal-sftp on a free port of this machine; what it gets lies on `place`. */
export async function startOpenssh(bench: Bench, place: Place): Promise<SftpServer> {
  const dir = await makeFolder(bench, place);
  const uploads = join(dir, 'uploads');
  const key = join(dir, 'client_key');
  await mkdir(uploads);
  await makeSeparationFolder(bench);
  await makeKey(bench, join(dir, 'host_key'));
  await makeKey(bench, key);
  const config = join(dir, 'sshd_config');
  const port = await freePort();
  await writeFile(config, configText(dir, port));
  const { stdout } = await timeProgram('sh', ['-c', 'command -v sshd'], { signal: bench.signal });
  // In a process group of its own, so that Ctrl-C ends it only after its clients.
  const sshd = spawn(stdout.trim(), ['-D', '-e', '-f', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  bench.cleanup.defer(() => end(sshd));
  await answering(sshd, port);
  return {
    port,
    user: userInfo().username,
    key,
    folder: uploads,
    async settle() {
      for (const name of await readdir(uploads)) await rm(join(uploads, name), { recursive: true });
    },
  };
}

function configText(dir: string, port: number): string {
  return `Port ${port}
ListenAddress 127.0.0.1
HostKey ${join(dir, 'host_key')}
AuthorizedKeysFile ${join(dir, 'client_key.pub')}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
MaxStartups 200
LogLevel ERROR
`;
}

async function makeKey(bench: Bench, file: string): Promise<void> {
  await timeProgram('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file], { signal: bench.signal });
}

async function makeSeparationFolder(bench: Bench): Promise<void> {
  if (existsSync(SEPARATION) || userInfo().uid !== 0) return;
  await mkdir(SEPARATION, { mode: 0o755 });
  bench.cleanup.defer(() => rmdir(SEPARATION).catch(() => undefined));
}

/** A port of 127.0.0.1 that was free a moment ago. */
async function answering(sshd: ChildProcess, port: number): Promise<void> {
  let stderr = '';
  sshd.stderr?.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  for (let tries = 0; tries < 100; tries++) {
    if (sshd.exitCode !== null) break;
    if (await greets(port)) return;
    await sleep(50);
  }
  throw new Error(`sshd does not answer: ${stderr}`);
}

async function greets(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1');
  socket.once('data', () => resolve(true));
  socket.once('close', () => resolve(false));
  socket.once('error', () => resolve(false));
  const answered = await promise;
  socket.destroy();
  return answered;
}

/** Ends a server process by its id and waits until it is gone. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await gone;
  clearTimeout(timer);
}
