import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Upload } from 'tus-js-client';
import type { Daemon } from './daemon.ts';
import { type Ended, type Installation, run } from './installation.ts';

/** No session of a test takes longer, unless something hangs. */
const LONGEST_SESSION_MS = 120_000;

/** Options that keep OpenSSH away from the machine's own settings and known hosts. */
function sshOptions(site: Installation, name: string): string[] {
  const options = [
    'IdentitiesOnly=yes',
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
  ];
  return [
    '-F',
    '/dev/null',
    '-i',
    join(site.dir, 'demo', `${name}.key`),
    ...options.flatMap((one) => ['-o', one]),
  ];
}

/** Runs commands in OpenSSH's `sftp` as a demo person, with their key; the first that fails ends it. */
export function sftp(
  site: Installation,
  daemon: Daemon,
  name: string,
  ...commands: string[]
): Promise<Ended> {
  return sftpAt('outside', site, daemon, name, ...commands);
}

/** The same at the inside door. */
export function sftpInside(
  site: Installation,
  daemon: Daemon,
  name: string,
  ...commands: string[]
): Promise<Ended> {
  return sftpAt('inside', site, daemon, name, ...commands);
}

function sftpAt(
  side: 'outside' | 'inside',
  site: Installation,
  daemon: Daemon,
  name: string,
  ...commands: string[]
): Promise<Ended> {
  const port = String(daemon.port('sftp', side));
  const args = ['-q', '-b', '-', ...sshOptions(site, name), '-P', port, `${name}@127.0.0.1`];
  return run('sftp', args, { input: `${commands.join('\n')}\n`, within: LONGEST_SESSION_MS });
}

/** Starts OpenSSH's `sftp`, with options of its own such as a limit of speed, without waiting for its end. */
export function startSftp(
  site: Installation,
  daemon: Daemon,
  name: string,
  options: readonly string[],
  ...commands: string[]
): ChildProcess {
  const port = String(daemon.port('sftp'));
  const args = ['-q', ...options, '-b', '-', ...sshOptions(site, name), '-P', port, `${name}@127.0.0.1`];
  const child = spawn('sftp', args, { stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.on('error', () => undefined);
  child.stdin.end(`${commands.join('\n')}\n`);
  return child;
}

/** What a tus client sends. */
export interface TusUpload {
  readonly path: string;
  /** The name that it gives. */
  readonly as: string;
  readonly chunkSize?: number;
  /** Tries again after a lost connection. */
  readonly retry?: boolean;
  readonly onProgress?: (sent: number) => void;
  /** Ends it; it then fails, and its file is not read any more. */
  readonly signal?: AbortSignal;
}

/** One upload by tus-js-client, resolved when the client says that it is complete. */
export async function tusUpload(
  site: Installation,
  daemon: Daemon,
  name: string,
  upload: TusUpload,
): Promise<string> {
  const token = await site.secret(name, 'token');
  return new Promise((complete, fail) => {
    const bytes = createReadStream(upload.path);
    bytes.on('error', fail);
    const client = new Upload(bytes, {
      endpoint: `http://127.0.0.1:${daemon.port('portal')}/api/v1/uploads`,
      headers: { authorization: `Bearer ${token}` },
      metadata: { filename: upload.as },
      uploadSize: null,
      chunkSize: upload.chunkSize ?? 8 * 1024 * 1024,
      retryDelays: upload.retry === true ? [500, 1000, 2000, 4000, 8000] : null,
      ...(upload.onProgress && { onProgress: upload.onProgress }),
      onError: fail,
      onSuccess: () => complete(client.url ?? ''),
    });
    const interrupted = () => fail(new Error('interrupted'));
    upload.signal?.addEventListener('abort', () => void client.abort().then(interrupted, interrupted));
    openSize(upload.path).then((size) => {
      // A signal that was aborted before this call tells no listener.
      if (upload.signal?.aborted === true) return interrupted();
      client.options.uploadSize = size;
      client.start();
    }, fail);
  });
}

async function openSize(path: string): Promise<number> {
  const handle = await open(path);
  try {
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

/** The SHA-256 of a file, as `sha256sum` gives it. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
