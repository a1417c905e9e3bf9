import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Certified } from './certificates.ts';
import { eventually } from './wait.ts';

/** A syslog server that belongs to one test. */
export interface SyslogServer {
  readonly port: number;
  /** The file that it writes what it takes to. */
  readonly file: string;
  /** What it has written so far. */
  taken(): Promise<string>;
  /** Ends it, and waits until it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts an rsyslogd that takes TLS on a free port of 127.0.0.1, all its files in `dir`. When `asks`, it
 * takes messages only from who shows a certificate of the authority.
 */
export async function startSyslogServer(
  dir: string,
  authority: string,
  own: Certified,
  asks = false,
): Promise<SyslogServer> {
  await mkdir(dir);
  const [config, portFile, file] = [join(dir, 'conf'), join(dir, 'port'), join(dir, 'log')];
  const who = asks ? 'x509/certvalid' : 'anon';
  await writeFile(
    config,
    `global(workDirectory="${dir}" defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="${authority}"
  defaultNetstreamDriverCertFile="${own.certificate}" defaultNetstreamDriverKeyFile="${own.key}")
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="${who}")
input(type="imtcp" port="0" address="127.0.0.1" listenPortFileName="${portFile}")
action(type="omfile" file="${file}")
`,
  );
  const child = spawn('rsyslogd', ['-n', '-f', config, '-i', join(dir, 'pid')], { stdio: 'ignore' });
  const ended = once(child, 'close');
  const taken = () => readFile(file, 'utf8').catch(() => '');
  const port = await eventually('rsyslogd listens', async () => {
    if (child.exitCode !== null) throw new Error(`rsyslogd ended with ${child.exitCode}`);
    const port = Number(await readFile(portFile, 'utf8').catch(() => '0'));
    return port > 0 && port;
  });
  return {
    port,
    file,
    taken,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
