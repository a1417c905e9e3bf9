import type { Bench } from './bench.ts';
import { timeProgram } from './timed-program.ts';

/** An SFTP server that OpenSSH's client can sign in to with a key. */
export interface SftpServer {
  readonly port: number;
  readonly user: string;
  /** The file of the private key. */
  readonly key: string;
  /** Where uploads go, as the client sees it. */
  readonly folder: string;
  /** Waits for the work that uploads left behind, and removes what was uploaded. */
  settle(): Promise<void>;
}

/** The ciphers that are measured. */
export type Cipher = 'aes128-gcm@openssh.com' | 'chacha20-poly1305@openssh.com';

/** How the client is started. */
export interface SftpOptions {
  readonly cipher?: Cipher;
  /** More arguments, such as `-f`. */
  readonly args?: readonly string[];
}

/** Runs commands in OpenSSH's `sftp`, apart from this machine's own settings. Resolves with seconds from start to exit. */
export async function timeSftp(
  bench: Bench,
  server: SftpServer,
  commands: readonly string[],
  { cipher = 'aes128-gcm@openssh.com', args = [] }: SftpOptions = {},
): Promise<number> {
  const settings = [
    'IdentitiesOnly=yes',
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'GlobalKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
    `Ciphers=${cipher}`,
  ].flatMap((setting) => ['-o', setting]);
  const { seconds } = await timeProgram(
    'sftp',
    [
      '-q',
      '-b',
      '-',
      '-F',
      '/dev/null',
      '-i',
      server.key,
      ...settings,
      ...args,
      '-P',
      String(server.port),
      `${server.user}@127.0.0.1`,
    ],
    { signal: bench.signal, input: `${commands.join('\n')}\n` },
  );
  return seconds;
}
