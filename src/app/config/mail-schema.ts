import { join } from 'node:path';
import type { MailConfig, SmtpConfig } from './config.ts';
import { isLoopback } from './host-port.ts';
import { either, section } from './mapping-shapes.ts';
import { deadline, mailAddress, path, serverAddress, text } from './scalars.ts';
import type { Shape } from './shape.ts';
import { mapped, optional, orNull, ruled, scalar, word } from './value-shapes.ts';

const files: Shape<MailConfig> = mapped(
  optional(
    scalar('"files", or a mapping with smtp and from', (written) => (written === 'files' ? written : null)),
    'files',
  ),
  (kind, { base }) => ({ kind, folder: join(base, 'mail') }),
);

const smtp: Shape<SmtpConfig> = ruled(
  mapped(
    section({
      smtp: serverAddress,
      from: mailAddress,
      user: orNull(text),
      password_file: orNull(path),
      tls: orNull(word('starttls', 'implicit', 'off')),
      ca_file: orNull(path),
      timeout: optional(deadline, '30s'),
    }),
    ({ smtp: server, from, user, password_file, tls, ca_file, timeout }): SmtpConfig => ({
      kind: 'smtp',
      server,
      from,
      user,
      passwordFile: password_file,
      tls: tls ?? (isLoopback(server.host) ? 'off' : 'starttls'),
      caFile: ca_file,
      timeout,
    }),
  ),
  ({ server, user, passwordFile, tls }) => {
    if ((user === null) !== (passwordFile === null)) return 'user and password_file are given together';
    if (user !== null && tls === 'off' && !isLoopback(server.host))
      return `the password would pass to "${server.host}" in the clear; leave out tls: off`;
    return null;
  },
);

/** How mails leave. */
export const mail: Shape<MailConfig> = either(files, smtp, '"files", or a mapping with smtp and from');
