import { join } from 'node:path';
import { audit } from './audit-schema.ts';
import { type Config, LOG_LEVELS } from './config.ts';
import { doors } from './doors-schema.ts';
import { drives } from './drives-schema.ts';
import { gates } from './gates-schema.ts';
import { guard } from './guard-schema.ts';
import { mail } from './mail-schema.ts';
import { keyPaths, section } from './mapping-shapes.ts';
import { deadline, duration, fileMode, path, size, statement, text } from './scalars.ts';
import { check, ops, queue, scan, scrub } from './services-schema.ts';
import type { Shape } from './shape.ts';
import { shares } from './shares-schema.ts';
import { list, mapped, optional, orNull, scalar, word } from './value-shapes.ts';

/** What a certificate says of the medium where the site has said nothing. */
const NOT_STATED = 'not stated';

const WARN_FORM = 'a list of durations such as [7d, 1d]';

const ledger: Shape<Config['ledger']> = mapped(
  optional(
    scalar('"sqlite"; PostgreSQL is not supported yet', (written) => (written === 'sqlite' ? written : null)),
    'sqlite',
  ),
  (kind, { base }) => ({ kind, file: join(base, 'ledger.sqlite3') }),
);

const shape = section({
  site: optional(text, 'Havengate'),
  data: optional(path, './data'),
  keys: optional(path, './keys'),
  ledger,
  queue,
  doors,
  guard,
  tokens: section({ pin: optional(word('off', 'required'), 'off') }),
  ops,
  gates,
  retention: section({
    arrivals: optional(deadline, '30d'),
    outbound: optional(deadline, '14d'),
    warn: mapped(list(deadline, WARN_FORM, '7d, 1d'), (steps) => [...new Set(steps)].sort((a, b) => b - a)),
    aside: optional(deadline, '90d'),
    extension: optional(deadline, '30d'),
  }),
  certificates: section({
    encryption: optional(statement, NOT_STATED),
    snapshots: optional(statement, NOT_STATED),
    backups: optional(statement, NOT_STATED),
  }),
  scan,
  intake: mapped(
    section({
      settle: optional(duration, '5s'),
      largest: optional(size, '5TiB'),
      keep_free: optional(size, '1GiB'),
    }),
    ({ keep_free, ...intake }) => ({ ...intake, keepFree: keep_free }),
  ),
  uploads: section({ abandon: optional(deadline, '14d') }),
  notify: section({ gather: optional(duration, '60s') }),
  mail,
  published: section({ mode: optional(fileMode, '0640'), group: orNull(text) }),
  shares,
  drives,
  scrub,
  check,
  audit,
  log: section({ level: optional(word(...LOG_LEVELS), 'info') }),
});

/** The whole configuration, without the name of its file. */
export const CONFIG_SHAPE: Shape<Omit<Config, 'file'>> = shape;

/** The path of every key, such as `retention.arrivals`; those of doors, which stand in a list, are not among them. */
export const CONFIG_KEYS: readonly string[] = keyPaths(CONFIG_SHAPE.fields);
