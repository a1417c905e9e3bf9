import { spawn } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/source-files.ts';
import type { OutsideDoor, Person } from './outside-door.ts';

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end; `until` may end it before. */
export async function run(
  command: string,
  args: readonly string[],
  options: {
    readonly input?: string;
    readonly env?: Record<string, string>;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Ended> {
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...options.env },
    signal: options.signal,
    killSignal: 'SIGKILL',
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('close', resolve);
    child.on('error', (error) => (error.name === 'AbortError' ? resolve(null) : reject(error)));
  });
  return { code, out, err };
}

/** The options that OpenSSH's programs need to meet a door as somebody, with a key, and others. */
export function sshOptions(
  door: OutsideDoor,
  person: Person,
  more: Readonly<Record<string, string>> = {},
): string[] {
  const key = join(door.folder, `${person.name}.key`);
  writeFileSync(key, person.key);
  chmodSync(key, 0o600);
  const options = {
    Port: String(door.door.port),
    IdentityFile: key,
    IdentitiesOnly: 'yes',
    StrictHostKeyChecking: 'no',
    UserKnownHostsFile: '/dev/null',
    LogLevel: 'ERROR',
    ...more,
  };
  return [
    '-F',
    '/dev/null',
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
  ];
}

/** A program of Debian 13, which scripts/lib/debian-13.sh fetches; throws where it could not. */
export function debian13(program: 'ssh' | 'sftp' | 'ssh-audit'): string {
  const file = join(ROOT, 'node_modules/.havengate/debian-13/bin', program);
  if (!existsSync(file)) throw new Error(`${program} of Debian 13 is missing: run scripts/lib/debian-13.sh`);
  return file;
}

/** Runs OpenSSH's `sftp` with a batch of commands; it stops at the first that fails, unless it begins with `-`. */
export function sftp(door: OutsideDoor, person: Person, commands: readonly string[]): Promise<Ended> {
  const input = commands.map((command) => `${command}\n`).join('');
  return run('sftp', [...sshOptions(door, person), '-b', '-', `${person.name}@127.0.0.1`], { input });
}
