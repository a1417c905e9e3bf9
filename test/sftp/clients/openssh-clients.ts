import { basename } from 'node:path';
import { askPass, type Client, runClient, type Site, sshOptionList } from './client.ts';

const HOST = 'alice@127.0.0.1';

/** OpenSSH's interactive client, with a batch of commands. */
export const SFTP: Client = {
  name: 'OpenSSH sftp',
  put: (site, local, remote) => sftp(site, `put "${local}" "${remote}"`),
  resume: (site, local, remote) => sftp(site, `reput "${local}" "${remote}"`),
  goOn: (site, local, remote) => sftp(site, `reput "${local}" "${remote}"`),
  putAll: (site, folder, remote) => sftp(site, `put -R "${folder}" "${remote}/"`),
  list: (site, folder) => sftp(site, `ls -1 "${folder}"`),
  get: (site, remote, local) => sftp(site, `get "${remote}" "${local}"`),
  refused: /Permission denied/,
};

function sftp(site: Site, command: string): ReturnType<typeof runClient> {
  const args = ['-F', '/dev/null', ...sshOptionList(site), '-b', '-', HOST];
  return runClient(site, 'sftp', args, `${command}\n`, askPass(site));
}

/** OpenSSH's scp, which speaks SFTP since version 9. It starts every file anew. */
export const SCP: Client = {
  name: 'OpenSSH scp',
  put: (site, local, remote) => scp(site, local, `${HOST}:${remote}`),
  resume: null,
  goOn: null,
  putAll: (site, folder, remote) => scp(site, '-r', folder, `${HOST}:${remote}`),
  list: null,
  get: (site, remote, local) => scp(site, `${HOST}:${remote}`, local),
  refused: /Permission denied/,
};

function scp(site: Site, ...args: readonly string[]): ReturnType<typeof runClient> {
  return runClient(site, 'scp', ['-F', '/dev/null', ...sshOptionList(site), ...args], '', askPass(site));
}

/** A mount. Programs that write into it start anew, so that there is nothing to be gone on with. */
export const SSHFS: Client = {
  name: 'sshfs',
  put: (site, local, remote) => mounted(site, (mount) => `cp ${quote(local)} ${mount}${quote(remote)}`),
  resume: null,
  goOn: (site, local, remote) =>
    mounted(site, (mount) => {
      const there = `${mount}${quote(remote)}`;
      return `tail -c +$(($(stat -c %s ${there}) + 1)) ${quote(local)} >> ${there}`;
    }),
  putAll: (site, folder, remote) =>
    mounted(site, (mount) => `cp -R ${quote(folder)} ${mount}${quote(`${remote}/${basename(folder)}`)}`),
  list: (site, folder) => mounted(site, (mount) => `ls -1 ${mount}${quote(folder)}`),
  get: (site, remote, local) => mounted(site, (mount) => `cp ${mount}${quote(remote)} ${quote(local)}`),
  refused: /Permission denied|Connection reset by peer/,
};

/**
 * Mounts the haven, runs a command line, and unmounts. The last close() of a program does not wait for the CLOSE of
 * sshfs, which an unmount would cut off: the question for room comes back after it.
 */
function mounted(site: Site, command: (mount: string) => string): ReturnType<typeof runClient> {
  const options = sshOptionList(site).join(' ');
  const script = `
    set -u
    mount=$(mktemp -d)
    printf '%s\\n' "$PASSWORD" | sshfs -s -F /dev/null -o password_stdin ${options} ${HOST}:/ "$mount" || exit 9
    ${command('"$mount"')}
    code=$?
    df "$mount" >/dev/null
    fusermount3 -u "$mount" || fusermount3 -u -z "$mount"
    rmdir "$mount"
    exit $code
  `;
  return runClient(site, 'sh', ['-c', script], '', { PASSWORD: site.password });
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
