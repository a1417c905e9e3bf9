import { RESEARCH_FORMATS } from '../../core/custody/verdict.ts';
import { GIB, MIB } from '../../core/kit/bytes.ts';
import { parseQueueServer } from '../../jobs/queue-server.ts';
import type { CheckConfig, ClamdAddress, Config, QueueConfig, ScanConfig, ScrubConfig } from './config.ts';
import { whyExposed } from './doors-schema.ts';
import { parseHostPort } from './host-port.ts';
import { count } from './limits-schema.ts';
import { listedWords } from './listed-words.ts';
import { either, section } from './mapping-shapes.ts';
import { deadline, duration, hostPort, path, size, yesOrNo } from './scalars.ts';
import type { Shape } from './shape.ts';
import { mapped, optional, orNull, ruled, scalar, word } from './value-shapes.ts';

/** clamd takes lengths below 2 GiB only. */
const CLAMD_LIMIT = 2 * GIB - 1;

const holdOrAdmit = optional(word('hold', 'admit'), 'hold');

const clamd: Shape<ClamdAddress | 'off'> = scalar(
  'the path of a socket such as /run/clamav/clamd.ctl, host:port, or off',
  (written, reading) => {
    if (written === 'off') return 'off';
    const network = parseHostPort(written);
    if (network !== null) return { kind: 'network', ...network };
    if (!written.includes('/')) return null;
    const read = path.read({ kind: 'scalar', place: '', text: written }, '', reading);
    return read === null ? null : { kind: 'socket', path: read.value };
  },
);

/** Malware scanning. */
export const scan: Shape<ScanConfig> = either(
  mapped(word('off'), (): ScanConfig => ({ on: false })),
  mapped(
    section({
      clamd: optional(clamd, '/run/clamav/clamd.ctl'),
      too_large: holdOrAdmit,
      encrypted: holdOrAdmit,
      max_stream: ruled(optional(size, '2000MiB'), (bytes) =>
        bytes > CLAMD_LIMIT ? 'clamd takes less than 2GiB at a time' : null,
      ),
      unscanned: listedWords(RESEARCH_FORMATS, 'a list of formats such as [bam, vcf]'),
    }),
    ({ clamd, too_large, encrypted, max_stream, unscanned }): ScanConfig =>
      clamd === 'off'
        ? { on: false }
        : { on: true, clamd, tooLarge: too_large, encrypted, maxStream: max_stream, unscanned },
  ),
  '"off", or a mapping with clamd',
);

/** The reading of all files again. */
export const scrub: Shape<ScrubConfig> = either(
  mapped(word('off'), (): ScrubConfig => ({ on: false })),
  mapped(
    section({
      every: optional(deadline, '30d'),
      rate: ruled(optional(size, '32MiB'), (bytes) => (bytes < MIB ? 'less than 1MiB gets nowhere' : null)),
    }),
    (read): ScrubConfig => ({ on: true, ...read }),
  ),
  '"off", or a mapping with every and rate',
);

/** The check behind a daemon. */
export const check: Shape<CheckConfig> = either(
  mapped(word('off'), (): CheckConfig => ({ on: false })),
  mapped(
    section({ after: optional(duration, '10s'), looks: count(200) }),
    (read): CheckConfig => ({ on: true, ...read }),
  ),
  '"off", or a mapping with after and looks',
);

const redis: Shape<QueueConfig> = {
  ...scalar('', () => null),
  read(written, key, reading) {
    try {
      const server = parseQueueServer(written.kind === 'scalar' ? written.text : '');
      return { value: { kind: 'server', server, passwordFile: null } };
    } catch (error) {
      reading.fault(written.place, `${key}: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  },
};

const managedOrRedis: Shape<QueueConfig> = {
  ...redis,
  absent: { kind: 'scalar', place: 'default', text: 'managed' },
  read: (written, key, reading) =>
    written.kind === 'scalar' && written.text === 'managed'
      ? { value: { kind: 'managed' } }
      : redis.read(written, key, reading),
};

/** Where jobs wait. */
export const queue: Shape<QueueConfig> = either(
  managedOrRedis,
  mapped(section({ server: redis, password_file: orNull(path) }), ({ server, password_file }) =>
    server.kind === 'server' ? { ...server, passwordFile: password_file } : server,
  ),
  '"managed", an address such as redis://host:6379, or a mapping with server and password_file',
);

/** The operators' listener. */
export const ops: Shape<Config['ops']> = ruled(
  mapped(
    section({
      listen: optional(hostPort, '127.0.0.1:9090'),
      password_file: optional(path, './keys/ops-password'),
      behind_proxy: optional(yesOrNo, 'false'),
    }),
    ({ listen, password_file, behind_proxy }) => ({
      listen,
      passwordFile: password_file,
      behindProxy: behind_proxy,
    }),
  ),
  ({ listen, behindProxy }) => whyExposed(listen.host, behindProxy),
);
