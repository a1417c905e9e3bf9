import type { ServerChannel, Session as SshSession } from 'ssh2';

const NO_SHELL =
  'This server moves files over SFTP only; there is no shell here. Use an SFTP client: sftp, WinSCP, FileZilla.';

const NO_COMMANDS =
  'This server moves files over SFTP only; it runs no commands. Use sftp, or scp without -O.';

const NOT_ALLOWED = 1;

/**
 * Refuses what is not SFTP on a session channel (RFC 4254 section 6): a shell and commands in words, on the error
 * stream and with a failing exit status; terminals, agents and X11 by SSH's own failure.
 */
export function refuseCommands(session: SshSession): void {
  session.on('pty', (_accept, reject) => reject?.());
  session.on('shell', (accept) => explain(accept(), NO_SHELL));
  session.on('exec', (accept) => explain(accept(), NO_COMMANDS));
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
