import { generateKeyPairSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { mlkem768x25519 } from '../../../src/doors/sftp/mlkem768x25519.ts';
import { string, uint32 } from '../raw-client.ts';
import { anyBytes } from './fuzz-budget.ts';

/** Message numbers of SSH (RFC 4250 section 4.1.2) that are sent here. */
const TYPE = {
  DISCONNECT: 1,
  IGNORE: 2,
  UNIMPLEMENTED: 3,
  DEBUG: 4,
  SERVICE_REQUEST: 5,
  EXT_INFO: 7,
  KEXINIT: 20,
  NEWKEYS: 21,
  KEX_INIT: 30,
  USERAUTH_REQUEST: 50,
  USERAUTH_INFO_RESPONSE: 61,
  GLOBAL_REQUEST: 80,
  CHANNEL_OPEN: 90,
  CHANNEL_WINDOW_ADJUST: 93,
  CHANNEL_DATA: 94,
  CHANNEL_EXTENDED_DATA: 95,
  CHANNEL_EOF: 96,
  CHANNEL_CLOSE: 97,
  CHANNEL_REQUEST: 98,
  CHANNEL_SUCCESS: 99,
} as const;

const byte = (value: number): Buffer => Buffer.of(value & 0xff);

const message = (type: number, ...fields: readonly Buffer[]): Buffer =>
  Buffer.concat([byte(type), ...fields]);

/** What a client offers, or nearly. */
export function kexInit(kex: string, follows = 0): Buffer {
  const lists = [
    kex,
    'ssh-ed25519,rsa-sha2-512',
    'aes128-gcm@openssh.com,aes128-ctr',
    'aes128-gcm@openssh.com,aes128-ctr',
    'hmac-sha2-256-etm@openssh.com',
    'hmac-sha2-256-etm@openssh.com',
    'none',
    'none',
    '',
    '',
  ];
  return message(TYPE.KEXINIT, randomBytes(16), ...lists.map(string), byte(follows), uint32(0));
}

/** The client's share of a key exchange. */
export const kexShare = (share: Buffer): Buffer => message(TYPE.KEX_INIT, string(share));

const rightShare = (): Buffer =>
  generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);

const KEX = [
  'curve25519-sha256',
  'mlkem768x25519-sha256',
  'mlkem768x25519-sha256,curve25519-sha256,ext-info-c,kex-strict-c-v00@openssh.com',
  'curve25519-sha256,kex-strict-c-v00@openssh.com',
  'ecdh-sha2-nistp256',
  'diffie-hellman-group14-sha256',
  '',
  ',',
  'x'.repeat(5000),
  '__proto__',
];

const uint = fc.oneof(fc.nat(20), fc.constantFrom(0, 0x7fffffff, 0x80000000, 0xffffffff)).map(uint32);
const text = fc
  .oneof(
    fc.constantFrom(
      'alice',
      'nobody',
      'ssh-connection',
      'ssh-userauth',
      'session',
      'sftp',
      '',
      'root',
      'a\0b',
    ),
    fc.string({ maxLength: 50 }),
    fc.constantFrom('u'.repeat(3000)),
  )
  .map(string);
const flag = fc.nat(2).map(byte);
const junk = anyBytes(80);

function built(type: number, ...fields: readonly fc.Arbitrary<Buffer>[]): fc.Arbitrary<Buffer> {
  return fc.tuple(...fields).map((parts) => message(type, ...parts));
}

/** Messages of the transport. */
const transport = fc.oneof(
  built(TYPE.DISCONNECT, uint, text, text),
  built(TYPE.IGNORE, text),
  built(TYPE.UNIMPLEMENTED, uint),
  built(TYPE.DEBUG, flag, text, text),
  built(TYPE.SERVICE_REQUEST, text),
  built(TYPE.EXT_INFO, uint, text, text),
  built(TYPE.NEWKEYS),
  fc.tuple(fc.constantFrom(...KEX), fc.nat(1)).map(([kex, follows]) => kexInit(kex, follows)),
  fc.constantFrom(0, 31, 32, 33, 1215, 1216, 1217, 30_000).map((length) => kexShare(randomBytes(length))),
  fc.constantFrom(32, 1216).map((length) => kexShare(Buffer.alloc(length))),
  fc.constant(null).map(() => kexShare(rightShare())),
  fc.constant(null).map(() => kexShare(mlkem768x25519.begin().share)),
);

const method = fc.oneof(
  fc.constant(string('none')),
  fc.tuple(flag, text).map(([change, password]) => Buffer.concat([string('password'), change, password])),
  fc
    .tuple(flag, fc.constantFrom('ssh-ed25519', 'ssh-rsa', 'rsa-sha2-512', 'x').map(string), text, text)
    .map(([signed, ...fields]) => Buffer.concat([string('publickey'), signed, ...fields])),
  fc.tuple(text, text).map((fields) => Buffer.concat([string('keyboard-interactive'), ...fields])),
  fc.tuple(text, junk).map(([name, rest]) => Buffer.concat([string('hostbased'), name, rest])),
  fc.tuple(text, junk).map((fields) => Buffer.concat(fields)),
);

/** Messages of signing in. */
const signIn = fc.oneof(
  built(TYPE.USERAUTH_REQUEST, text, fc.constantFrom('ssh-connection', 'x').map(string), method),
  built(TYPE.USERAUTH_INFO_RESPONSE, uint, text, text),
  built(TYPE.USERAUTH_REQUEST, junk),
);

const channelRequest = fc
  .tuple(
    uint,
    fc
      .constantFrom(
        'pty-req',
        'shell',
        'exec',
        'env',
        'subsystem',
        'signal',
        'window-change',
        'xon-xoff',
        'exit-status',
        'exit-signal',
        'x11-req',
        'auth-agent-req@openssh.com',
        'eow@openssh.com',
        'keepalive@openssh.com',
        'x',
      )
      .map(string),
    flag,
    fc.oneof(text, junk, fc.constantFrom('sftp', 'md5sum a', "sha256sum 'a").map(string)),
  )
  .map((fields) => message(TYPE.CHANNEL_REQUEST, ...fields));

/** Messages of channels. */
const channels = fc.oneof(
  built(
    TYPE.CHANNEL_OPEN,
    fc.constantFrom('session', 'direct-tcpip', 'x11', 'direct-streamlocal@openssh.com', 'x').map(string),
    uint,
    uint,
    uint,
    junk,
  ),
  channelRequest,
  channelRequest,
  built(
    TYPE.GLOBAL_REQUEST,
    fc
      .constantFrom(
        'tcpip-forward',
        'cancel-tcpip-forward',
        'streamlocal-forward@openssh.com',
        'keepalive@openssh.com',
        'x',
      )
      .map(string),
    flag,
    fc.oneof(junk, text),
  ),
  built(TYPE.CHANNEL_WINDOW_ADJUST, uint, uint),
  built(TYPE.CHANNEL_DATA, uint, fc.oneof(text, anyBytes(300).map(string))),
  built(TYPE.CHANNEL_EXTENDED_DATA, uint, uint, text),
  built(TYPE.CHANNEL_EOF, uint),
  built(TYPE.CHANNEL_CLOSE, uint),
  built(TYPE.CHANNEL_SUCCESS, uint),
);

const anything = fc.tuple(fc.nat(255), junk).map(([type, rest]) => message(type, rest));

/** A message that was cut, or in which a byte is another. */
const damaged = fc
  .tuple(fc.oneof(transport, signIn, channels), fc.nat(200), fc.option(fc.nat(255)))
  .map(([whole, at, value]) => {
    if (value === null) return whole.subarray(0, Math.max(1, whole.length - at));
    const copy = Buffer.from(whole);
    copy[at % copy.length] = value;
    return copy;
  });

/** Messages as a client sends them before it has signed in. */
export const anyMessages: fc.Arbitrary<readonly Buffer[]> = fc.array(
  fc.oneof(transport, signIn, channels, damaged, anything),
  { minLength: 1, maxLength: 12 },
);

/** Messages as a client sends them when it has signed in. */
export const channelMessages: fc.Arbitrary<readonly Buffer[]> = fc.array(
  fc.oneof({ weight: 6, arbitrary: channels }, transport, signIn, damaged, anything),
  { minLength: 1, maxLength: 20 },
);

/** The line with which a client begins (RFC 4253 section 4.2), or what stands for it. */
export const anyGreeting: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        'SSH-2.0-x\n',
        'SSH-1.99-x\r\n',
        'SSH-1.5-x\r\n',
        'SSH-2.0-\r\n',
        'SSH-2.0-x y z\r\n',
        `SSH-2.0-${'x'.repeat(300)}\r\n`,
        'SSH-2.0-a\0b\r\n',
        'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
        'hello\r\nSSH-2.0-x\r\n',
        '\r\n\r\n\r\n',
        '',
      )
      .map((line) => Buffer.from(line)),
  },
  { weight: 1, arbitrary: anyBytes(400) },
);

/** A message as a packet in the clear (RFC 4253 section 6). */
export function plainPacket(payload: Buffer): Buffer {
  const padding = 8 - ((5 + payload.length) % 8);
  const length = padding < 4 ? padding + 8 : padding;
  return Buffer.concat([uint32(1 + payload.length + length), byte(length), payload, Buffer.alloc(length)]);
}

/** A packet in the clear, whose lengths may be wrong. */
export const frame: fc.Arbitrary<(payload: Buffer) => Buffer> = fc.oneof(
  { weight: 10, arbitrary: fc.constant(plainPacket) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(0, 1, 7, 35_001, 0x7fffffff, 0xffffffff), fc.nat(255)).map(
      ([length, padding]) =>
        (payload: Buffer) =>
          Buffer.concat([uint32(length), byte(padding), payload]),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat(255).map((padding) => (payload: Buffer) => {
      const whole = plainPacket(payload);
      whole[4] = padding;
      return whole;
    }),
  },
);
