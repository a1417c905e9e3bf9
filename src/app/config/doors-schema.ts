import { HOUR, type Millis } from '../../core/kit/clock.ts';
import { DURATION_FORM, parseDuration } from './amounts.ts';
import type { DoorConfig, PortalDoorConfig, SftpDoorConfig } from './config.ts';
import { isLoopback, showHostPort } from './host-port.ts';
import { portalLimits, sftpLimits } from './limits-schema.ts';
import { section, variants } from './mapping-shapes.ts';
import { alternative, browserAlternative, hostPort, pagesAddress, yesOrNo } from './scalars.ts';
import type { Shape } from './shape.ts';
import { list, mapped, optional, orNull, ruled, scalar, word } from './value-shapes.ts';

const SIGN_IN_FORM = 'a list such as [publickey, password+token]';

const BROWSER_SIGN_IN_FORM = 'a list of password+token and passkey';

/** Ways to sign in, at least one. */
function ways<T>(way: Shape<T>, form: string, byDefault: string): Shape<readonly T[]> {
  return ruled(list(way, form, byDefault), (all) =>
    all.length === 0 ? 'nobody could sign in; give at least one way' : null,
  );
}

const side = word('outside', 'inside');

/** The longest time in which people may come back. */
const LONGEST_RECONNECT: Millis = 12 * HOUR;

/** `within` is null for never. */
const reconnect: Shape<{ readonly within: Millis | null }> = scalar(
  `off, or ${DURATION_FORM}, up to 12h`,
  (written) => {
    if (written === 'off') return { within: null };
    const within = parseDuration(written);
    return within === null || within === 0 || within > LONGEST_RECONNECT ? null : { within };
  },
);

const sftpSection: Shape<SftpDoorConfig> = mapped(
  section({
    kind: word('sftp'),
    side,
    listen: hostPort,
    sign_in: ways(alternative, SIGN_IN_FORM, 'publickey, password+token'),
    algorithms: optional(word('modern', 'compatible'), 'modern'),
    reconnect: optional(reconnect, 'off'),
    tokens: optional(word('off', 'upload'), 'off'),
    limits: sftpLimits,
  }),
  ({ kind, side, listen, sign_in, algorithms, reconnect, tokens, limits }) => ({
    kind,
    side,
    listen,
    signIn: sign_in,
    algorithms,
    reconnect: reconnect.within,
    tokens,
    limits,
  }),
);

const sftp: Shape<SftpDoorConfig> = ruled(sftpSection, ({ side, reconnect, tokens }) =>
  side === 'inside' && (reconnect !== null || tokens !== 'off')
    ? 'reconnect and tokens are for uploading, and uploads come in outside; leave them out here'
    : null,
);

const portal: Shape<PortalDoorConfig> = ruled(
  mapped(
    section({
      kind: word('portal'),
      side,
      listen: hostPort,
      sign_in: ways(browserAlternative, BROWSER_SIGN_IN_FORM, 'password+token, passkey'),
      address: orNull(pagesAddress),
      behind_proxy: optional(yesOrNo, 'false'),
      limits: portalLimits,
    }),
    ({ kind, side, listen, sign_in, address, behind_proxy, limits }) => ({
      kind,
      side,
      listen,
      signIn: sign_in,
      address,
      behindProxy: behind_proxy,
      limits,
    }),
  ),
  ({ listen, behindProxy }) => whyExposed(listen.host, behindProxy),
);

/** The keys that a door may have; doors stand in a list, so the environment names none of them alone. */
export const DOOR_KEYS: readonly string[] = [
  ...new Set([...Object.keys(sftp.fields), ...Object.keys(portal.fields)]),
];

/** The listeners. */
export const doors: Shape<readonly DoorConfig[]> = ruled(
  list(variants('kind', { sftp, portal }), 'a list of doors, each with kind, side and listen'),
  (all) => {
    const taken = all.map(({ listen }) => listen).filter(({ port }) => port !== 0);
    const twice = taken.map(showHostPort).find((shown, i, every) => every.indexOf(shown) !== i);
    return twice === undefined ? null : `two doors listen on ${twice}`;
  },
);

/** Why a listener that speaks plain HTTP may not be where it is; null when it may. */
export function whyExposed(host: string, behindProxy: boolean): string | null {
  if (behindProxy || isLoopback(host)) return null;
  return (
    `"${host}" can be reached from other machines, and passwords and files would pass in the clear; ` +
    'listen on 127.0.0.1, or say `behind_proxy: true` when a proxy in front speaks TLS'
  );
}
