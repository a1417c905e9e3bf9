import type { ServerChannel, Session as SshSession } from 'ssh2';

const NO_SHELL =
  'This server moves files over SFTP only; there is no shell here. Use an SFTP client: sftp, WinSCP, FileZilla.';

const NOT_ALLOWED = 1;

/**
 * Refuses what no session channel gets here (RFC 4254 section 6): a shell in words, on the error stream and with a
 * failing exit status; terminals, agents and X11 by SSH's own failure.
 */
export function refuseShells(session: SshSession): void {
  session.on('pty', (_accept, reject) => reject?.());
  session.on('shell', (accept) => explain(accept(), NO_SHELL));
}

function explain(channel: ServerChannel | undefined, sentence: string): void {
  if (channel === undefined) return;
  channel.on('error', () => undefined);
  channel.stderr.on('error', () => undefined);
  channel.resume();
  channel.stderr.write(`${sentence}\r\n`);
  channel.exit(NOT_ALLOWED);
  channel.end();
}
