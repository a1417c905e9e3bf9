import type { Algorithms, KexAlgorithm } from 'ssh2';
import { addKeyExchanges } from './key-exchanges.ts';

/**
 * What a door offers. `modern` is what has no known weakness. `compatible` adds what old clients, and those in FIPS
 * mode, need: ECDH on NIST's curves, and MACs of the plain text.
 */
export type AlgorithmChoice = 'modern' | 'compatible';

type Offer = { readonly [Part in keyof Algorithms]-?: readonly string[] };

/**
 * Best first. The client's order decides (RFC 4253 section 7.1); ours is for those that read it. AES-GCM stands before
 * ChaCha20-Poly1305, since processors compute it faster, and since prefix truncation hurts the latter where a client
 * knows no strict key exchange. Counter mode only with encrypt-then-MAC. No finite-field Diffie-Hellman (13 ms of the
 * event loop each), no SHA-1, no CBC, and no compression, which would tell the length of what it compressed.
 */
const MODERN = {
  kex: ['curve25519-sha256', 'curve25519-sha256@libssh.org'],
  serverHostKey: ['ssh-ed25519', 'rsa-sha2-512', 'rsa-sha2-256'],
  cipher: [
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'chacha20-poly1305@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
  ],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com'],
  compress: ['none'],
} as const satisfies Offer;

/** What `compatible` adds, at the end. */
const OLD = {
  kex: ['ecdh-sha2-nistp256', 'ecdh-sha2-nistp384', 'ecdh-sha2-nistp521'],
  hmac: ['hmac-sha2-256', 'hmac-sha2-512'],
} as const satisfies Partial<Offer>;

/** The algorithms of a choice. Throws when ssh2 is not patched. */
export function algorithmsOf(choice: AlgorithmChoice): Algorithms {
  const { kex, hmac } = choice === 'compatible' ? OLD : { kex: [], hmac: [] };
  const exchanges = [...addKeyExchanges(), ...MODERN.kex, ...kex];
  return {
    // The types of ssh2 do not know what was added.
    kex: exchanges as KexAlgorithm[],
    serverHostKey: [...MODERN.serverHostKey],
    cipher: [...MODERN.cipher],
    hmac: [...MODERN.hmac, ...hmac],
    compress: [...MODERN.compress],
  };
}
