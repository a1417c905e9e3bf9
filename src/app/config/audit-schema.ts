import type {
  AnchorConfig,
  Config,
  FileAnchorConfig,
  MailAnchorConfig,
  SyslogAnchorConfig,
} from './config.ts';
import { showHostPort } from './host-port.ts';
import { section, variants } from './mapping-shapes.ts';
import { deadline, mailAddress, path, serverAddress } from './scalars.ts';
import type { Shape } from './shape.ts';
import { list, mapped, optional, orNull, ruled, word } from './value-shapes.ts';

const ANCHORS_FORM = 'a list such as [{ kind: file, path: /mnt/other/havengate.checkpoints }]';

const file: Shape<FileAnchorConfig> = section({ kind: word('file'), path });

const syslog: Shape<SyslogAnchorConfig> = ruled(
  mapped(
    section({
      kind: word('syslog'),
      server: serverAddress,
      ca_file: orNull(path),
      certificate_file: orNull(path),
      key_file: orNull(path),
      timeout: optional(deadline, '10s'),
    }),
    ({ kind, server, ca_file, certificate_file, key_file, timeout }) => ({
      kind,
      server,
      caFile: ca_file,
      certificateFile: certificate_file,
      keyFile: key_file,
      timeout,
    }),
  ),
  ({ certificateFile, keyFile }) =>
    (certificateFile === null) === (keyFile === null)
      ? null
      : 'certificate_file and key_file are given together',
);

const mail: Shape<MailAnchorConfig> = section({
  kind: word('mail'),
  to: mailAddress,
  every: optional(deadline, '1d'),
});

/** The keys that each kind of anchor may have; anchors stand in a list, so the environment names none of them alone. */
export const ANCHOR_KEYS: Readonly<Record<AnchorConfig['kind'], readonly string[]>> = {
  file: Object.keys(file.fields),
  syslog: Object.keys(syslog.fields),
  mail: Object.keys(mail.fields),
};

/** Where an anchor is, in one word of its kind: no two have the same. */
export function anchorPlace(anchor: AnchorConfig): string {
  switch (anchor.kind) {
    case 'file':
      return anchor.path;
    case 'syslog':
      return `syslog ${showHostPort(anchor.server)}`;
    case 'mail':
      return `mail ${anchor.to}`;
  }
}

const anchors: Shape<readonly AnchorConfig[]> = ruled(
  {
    ...list(variants('kind', { file, syslog, mail }), ANCHORS_FORM),
    absent: { kind: 'list', place: 'default', items: [] },
  },
  (all) => {
    const places = all.map(anchorPlace);
    const twice = places.find((one, i) => places.indexOf(one) !== i);
    return twice === undefined ? null : `${twice} stands there twice`;
  },
);

/** Checkpoints of the audit log, and where copies of them go. */
export const audit: Shape<Config['audit']> = section({ checkpoint: optional(deadline, '5m'), anchors });
