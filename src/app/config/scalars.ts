import { isIP } from 'node:net';
import { isAbsolute, resolve } from 'node:path';
import { type ProofKind, parseAlternative } from '../../core/accounts/sign-in-policy.ts';
import type { Millis } from '../../core/kit/clock.ts';
import { isMailAddress } from '../../notify/mail-address.ts';
import { DURATION_FORM, parseDuration, parseSize, SIZE_FORM } from './amounts.ts';
import { HOST_PORT_FORM, type HostPort, parseHostPort } from './host-port.ts';
import type { Shape } from './shape.ts';
import { mapped, scalar, word } from './value-shapes.ts';

/** Any text that is not empty. */
export const text: Shape<string> = scalar('some text', (written) =>
  written.trim() === '' ? null : written.trim(),
);

/** A sentence that is signed as it stands: one line of well-formed text. */
export const statement: Shape<string> = scalar('one line of up to 200 characters', (written) =>
  /^[^\p{Cc}]{1,200}$/u.test(written.trim()) && written.isWellFormed() ? written.trim() : null,
);

/** A path; a relative one starts at the configuration file. */
export const path: Shape<string> = scalar('a path', (written, reading) =>
  written === '' || written.includes('\0')
    ? null
    : isAbsolute(written)
      ? written
      : resolve(reading.base, written),
);

/** A length of time, which may be 0. */
export const duration: Shape<Millis> = scalar(DURATION_FORM, parseDuration);

/** A length of time of some length: what a deadline needs, lest a slip destroys everything at once. */
export const deadline: Shape<Millis> = scalar(
  `${DURATION_FORM}, longer than 0`,
  (written) => parseDuration(written) || null,
);

/** A number of bytes. */
export const size: Shape<number> = scalar(SIZE_FORM, parseSize);

/** Where to listen. */
export const hostPort: Shape<HostPort> = scalar(HOST_PORT_FORM, parseHostPort);

/** A server to connect to. */
export const serverAddress: Shape<HostPort> = scalar(
  'the address of a server such as mail.example.org:587',
  (written) => {
    const parsed = parseHostPort(written);
    return parsed === null || parsed.port === 0 ? null : parsed;
  },
);

/** The address of one mailbox. */
export const mailAddress: Shape<string> = scalar(
  'one mail address such as havengate@example.org',
  (written) => (isMailAddress(written) ? written : null),
);

/** Yes or no. */
export const yesOrNo: Shape<boolean> = mapped(word('true', 'false'), (written) => written === 'true');

/** One way to sign in: proofs joined by `+`. */
export const alternative: Shape<readonly ProofKind[]> = scalar(
  'publickey, password or token, or several joined by +',
  (written) => {
    const parsed = parseAlternative(written);
    return parsed.ok ? parsed.value : null;
  },
);

/** One way to sign in with a browser. */
export const browserAlternative: Shape<readonly ProofKind[]> = mapped(
  word('password+token', 'passkey'),
  (written): readonly ProofKind[] => (written === 'passkey' ? ['passkey'] : ['password', 'token']),
);

/**
 * The address that people open pages by, as an origin (RFC 6454 section 6.2). A browser keeps security keys for names
 * and not for numbers (WebAuthn section 5.1.3), and only where it speaks TLS or stays on its own machine.
 */
export const pagesAddress: Shape<string> = scalar(
  'an address such as https://transfer.example.org, or http://localhost:8080, with nothing after it',
  (written) => {
    if (!URL.canParse(written)) return null;
    const { origin, protocol, hostname, href } = new URL(written);
    if (href !== `${origin}/` || isIP(hostname.replaceAll(/[[\]]/g, '')) !== 0) return null;
    return protocol === 'https:' || (protocol === 'http:' && hostname === 'localhost') ? origin : null;
  },
);

/** The mode of a file: readable and writable by the daemon, executable and writable by nobody else. */
export const fileMode: Shape<number> = scalar('a mode from "0600" to "0644", such as "0640"', (written) =>
  /^0?6[04][04]$/.test(written) ? Number.parseInt(written, 8) : null,
);

/** The mode of a file in a share: also writable by a group, never by everybody. */
export const shareFileMode: Shape<number> = scalar(
  'a mode from "0600" to "0664", such as "0660"',
  (written) => (/^0?6[046][04]$/.test(written) ? Number.parseInt(written, 8) : null),
);
