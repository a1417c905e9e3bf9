import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Ended } from '../openssh.ts';
import { type Client, runClient, type Site, sshOptionList } from './client.ts';

/** lftp, which runs `ssh` beneath itself. */
export const LFTP: Client = {
  name: 'lftp',
  put: (site, local, remote) => lftp(site, `put "${local}" -o "${remote}"`),
  resume: 'by-itself',
  goOn: (site, local, remote) => lftp(site, `put -c "${local}" -o "${remote}"`),
  putAll: (site, folder, remote) => lftp(site, `mirror -R "${folder}" "${remote}/${basename(folder)}"`),
  list: (site, folder) => lftp(site, `cls -1 "${folder}/"`),
  get: (site, remote, local) => lftp(site, `get "${remote}" -o "${local}"`),
  leavesOpen: true,
  refused: /Login failed/,
};

/** Makes remote folders what local ones are, also by removing. */
export const MIRRORS: readonly {
  readonly name: string;
  run(site: Site, folder: string, remote: string): Promise<Ended>;
}[] = [
  {
    name: 'lftp mirror --delete',
    run: (site, folder, remote) => lftp(site, `mirror -R --delete "${folder}" "${remote}"`),
  },
  { name: 'rclone sync', run: (site, folder, remote) => rclone(site, 'sync', folder, `door:${remote}`) },
];

function lftp(site: Site, command: string): Promise<Ended> {
  const ssh = `ssh -a -x -F /dev/null ${sshOptionList(site).join(' ')}`;
  const script = [
    `set sftp:connect-program "${ssh}"`,
    'set sftp:charset UTF-8; set file:charset UTF-8; set net:reconnect-interval-base 1; set cmd:fail-exit yes',
    `open -p ${site.port} -u alice,"${site.password}" sftp://127.0.0.1`,
    command,
  ];
  return runClient(site, 'lftp', ['-c', script.join('; ')]);
}

/** rclone compares digests after each copy. It starts every file anew. */
export const RCLONE: Client = {
  name: 'rclone',
  put: (site, local, remote) => rclone(site, 'copyto', local, `door:${remote}`),
  resume: null,
  goOn: null,
  putAll: (site, folder, remote) => rclone(site, 'copy', folder, `door:${remote}/${basename(folder)}`),
  list: (site, folder) => rclone(site, 'lsf', `door:${folder}`),
  get: (site, remote, local) => rclone(site, 'copyto', `door:${remote}`, local),
  refused: /unable to authenticate/,
};

async function rclone(site: Site, ...args: readonly string[]): Promise<Ended> {
  const obscured = await runClient(site, 'rclone', ['obscure', '-'], site.password);
  const config = join(site.home, 'rclone.conf');
  const [host, user, pass] = ['host = 127.0.0.1', 'user = alice', `pass = ${obscured.out.trim()}`];
  writeFileSync(config, ['[door]', 'type = sftp', host, `port = ${site.port}`, user, pass, ''].join('\n'));
  return runClient(site, 'rclone', [
    '--config',
    config,
    '--retries',
    '1',
    '--low-level-retries',
    '1',
    ...args,
  ]);
}

/** PuTTY's interactive client. */
export const PSFTP: Client = {
  name: 'psftp',
  put: (site, local, remote) => psftp(site, `put "${local}" "${remote}"`),
  resume: (site, local, remote) => psftp(site, `reput "${local}" "${remote}"`),
  goOn: (site, local, remote) => psftp(site, `reput "${local}" "${remote}"`),
  putAll: (site, folder, remote) => psftp(site, `put -r "${folder}" "${remote}/${basename(folder)}"`),
  list: (site, folder) => psftp(site, `ls "${folder}"`),
  get: (site, remote, local) => psftp(site, `get "${remote}" "${local}"`),
  refused: /Access denied|password was not accepted/,
};

async function psftp(site: Site, command: string): Promise<Ended> {
  const script = join(site.home, 'psftp.batch');
  writeFileSync(script, `${command}\n`);
  return runClient(site, 'psftp', [...puttyOptions(site), '-b', script, 'alice@127.0.0.1']);
}

/** PuTTY's scp, which speaks SFTP unless told otherwise. It starts every file anew. */
export const PSCP: Client = {
  name: 'pscp',
  put: (site, local, remote) => pscp(site, local, `alice@127.0.0.1:${remote}`),
  resume: null,
  goOn: null,
  putAll: (site, folder, remote) => pscp(site, '-r', folder, `alice@127.0.0.1:${remote}`),
  list: (site, folder) => pscp(site, '-ls', `alice@127.0.0.1:${folder}`),
  get: (site, remote, local) => pscp(site, `alice@127.0.0.1:${remote}`, local),
  refused: /Access denied|password was not accepted/,
};

function pscp(site: Site, ...args: readonly string[]): Promise<Ended> {
  return runClient(site, 'pscp', [...puttyOptions(site), '-q', ...args]);
}

function puttyOptions({ port, password, hostKey }: Site): string[] {
  return ['-batch', '-P', String(port), '-hostkey', hostKey, '-pw', password];
}

const PARAMIKO_SCRIPT = join(dirname(fileURLToPath(import.meta.url)), 'paramiko-client.py');

/** What people write in Python. The package is the system's. */
export const PARAMIKO: Client = {
  name: 'paramiko',
  put: (site, local, remote) => paramiko(site, 'put', local, remote),
  resume: (site, local, remote) => paramiko(site, 'resume', local, remote),
  goOn: (site, local, remote) => paramiko(site, 'resume', local, remote),
  putAll: (site, folder, remote) => paramiko(site, 'put-all', folder, `${remote}/${basename(folder)}`),
  list: (site, folder) => paramiko(site, 'list', folder),
  get: (site, remote, local) => paramiko(site, 'get', remote, local),
  refused: /AuthenticationException: Authentication failed/,
};

function paramiko(site: Site, ...args: readonly string[]): Promise<Ended> {
  return runClient(site, '/usr/bin/python3', [PARAMIKO_SCRIPT, String(site.port), ...args], site.password);
}

/** curl, where it was built with SFTP. */
export const CURL: Client = {
  name: 'curl',
  put: (site, local, remote) => curl(site, '-T', local, urlOf(site, remote)),
  resume: (site, local, remote) => curl(site, '-C', '-', '-T', local, urlOf(site, remote)),
  goOn: (site, local, remote) => curl(site, '-C', '-', '-T', local, urlOf(site, remote)),
  putAll: (site, folder, remote) =>
    curl(
      site,
      '--ftp-create-dirs',
      '-T',
      `${folder}/{${ALL_NAMES}}`,
      `${urlOf(site, `${remote}/${basename(folder)}`)}/`,
    ),
  list: (site, folder) => curl(site, '-l', `${urlOf(site, folder)}/`),
  get: (site, remote, local) => curl(site, '-o', local, urlOf(site, remote)),
  refused: /Authentication failure|Login denied/,
};

/** How many files are sent at once. */
export const MANY = 100;

/** The names of the many, for curl's lists. */
const ALL_NAMES = Array.from({ length: MANY }, (_, i) => `small-${i}`).join(',');

function curl(site: Site, ...args: readonly string[]): Promise<Ended> {
  return runClient(site, 'curl', ['-sS', '-k', '-u', `alice:${site.password}`, ...args]);
}

function urlOf({ port }: Site, path: string): string {
  return `sftp://127.0.0.1:${port}${path.split('/').map(encodeURIComponent).join('/')}`;
}
