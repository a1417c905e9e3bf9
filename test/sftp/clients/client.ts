import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, run } from '../openssh.ts';

/** Where a client finds the door, as alice, with her password or a wrong one. */
export interface Site {
  readonly port: number;
  readonly password: string;
  /** A folder for what the client keeps; its home. */
  readonly home: string;
  /** The door's host key as `SHA256:…`. */
  readonly hostKey: string;
  /** Ends a client that does not end by itself. */
  readonly signal?: AbortSignal;
}

/** A program that people use, with what it is to be driven by. Remote paths are absolute. */
export interface Client {
  readonly name: string;
  put(site: Site, local: string, remote: string): Promise<Ended>;
  /** Goes on with an upload that was cut: when told so, or by itself; null for a client that cannot. */
  readonly resume: ((site: Site, local: string, remote: string) => Promise<Ended>) | 'by-itself' | null;
  /** Adds what is missing to a remote file that is a beginning of the local one; null for a client that cannot. */
  readonly goOn: ((site: Site, local: string, remote: string) => Promise<Ended>) | null;
  /** Sends a folder with what is in it, to a remote folder that is there. */
  putAll(site: Site, folder: string, remote: string): Promise<Ended>;
  /** Prints the names in a folder; null for a client that cannot. */
  readonly list: ((site: Site, folder: string) => Promise<Ended>) | null;
  get(site: Site, remote: string, local: string): Promise<Ended>;
  /** It leaves without closing what it has read, so that nobody knows that it kept it. */
  readonly leavesOpen?: true;
  /** What it says of a wrong password. */
  readonly refused: RegExp;
}

/** Runs a client with names in UTF-8, in a home of its own. */
export function runClient(
  site: Site,
  command: string,
  args: readonly string[],
  input = '',
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return run(command, args, {
    input,
    env: { HOME: site.home, LC_ALL: 'C.UTF-8', ...env },
    ...(site.signal && { signal: site.signal }),
  });
}

/** What makes OpenSSH's programs ask a script for the password instead of a person. */
export function askPass({ home, password }: Site): Record<string, string> {
  const script = join(home, `askpass-${password.length}`);
  writeFileSync(script, `#!/bin/sh\necho '${password}'\n`);
  chmodSync(script, 0o700);
  return { SSH_ASKPASS: script, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: 'none' };
}

/** Options of `ssh`, with which `sftp`, `scp`, `lftp` and `sshfs` meet the door. */
export function sshOptionList({ port }: Pick<Site, 'port'>): readonly string[] {
  return [
    `Port=${port}`,
    'PubkeyAuthentication=no',
    'NumberOfPasswordPrompts=1',
    'BatchMode=no',
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
  ].flatMap((option) => ['-o', option]);
}
