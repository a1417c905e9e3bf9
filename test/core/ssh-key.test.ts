import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseSshKey } from '../../src/core/accounts/ssh-key.ts';

const NOW = 1_700_000_000_000;

function blobOf(...parts: readonly (string | Uint8Array)[]): string {
  const pieces = parts.map((part) => {
    const bytes = Buffer.from(part);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  return Buffer.concat(pieces).toString('base64');
}

/** An RSA key of so many bits, as OpenSSH writes it. */
function rsa(bits: number): string {
  const { n = '' } = generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' });
  const modulus = Buffer.concat([Buffer.alloc(1), Buffer.from(n, 'base64url')]);
  return `ssh-rsa ${blobOf('ssh-rsa', Uint8Array.of(1, 0, 1), modulus)} old@laptop`;
}

const ED25519 = `ssh-ed25519 ${blobOf('ssh-ed25519', Buffer.alloc(32, 7))}`;

describe('a public key', () => {
  test.each([
    ['Ed25519', `${ED25519} alice@laptop`],
    ['RSA of 2048 bits', rsa(2048)],
    ['ECDSA', `ecdsa-sha2-nistp256 ${blobOf('ecdsa-sha2-nistp256', 'nistp256', Buffer.alloc(65, 4))}`],
  ])('is taken: %s', (_, line) => {
    expect(parseSshKey(line, NOW)).toMatchObject({
      ok: true,
      value: { fingerprint: expect.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/), addedAt: NOW },
    });
  });

  test.each([
    ['RSA of 1024 bits', rsa(1024), 'needs at least 2048 bits'],
    [
      'RSA of 2047 bits',
      `ssh-rsa ${blobOf('ssh-rsa', Uint8Array.of(3), Buffer.alloc(256, 0x7f))}`,
      'at least 2048 bits',
    ],
    [
      'a small RSA key that is padded with zeros',
      `ssh-rsa ${blobOf('ssh-rsa', Uint8Array.of(3), Buffer.concat([Buffer.alloc(200), Buffer.alloc(128, 255)]))}`,
      'at least 2048 bits',
    ],
    ['DSA', `ssh-dss ${blobOf('ssh-dss', 'x')}`, 'DSA keys are broken'],
    [
      'a certificate',
      `ssh-ed25519-cert-v01@openssh.com ${blobOf('ssh-ed25519-cert-v01@openssh.com', 'x')}`,
      'this is a certificate',
    ],
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----', 'this is a private key'],
    ['a key that is cut short', ED25519.slice(0, -8), 'damaged'],
    [
      'a key with something behind it',
      `ssh-ed25519 ${blobOf('ssh-ed25519', Buffer.alloc(32), 'x')}`,
      'damaged',
    ],
    ['one that says another algorithm', `ssh-rsa ${blobOf('ssh-ed25519', Buffer.alloc(32))}`, 'damaged'],
    [
      'a curve that is another',
      `ecdsa-sha2-nistp256 ${blobOf('ecdsa-sha2-nistp256', 'nistp384', Buffer.alloc(65))}`,
      'damaged',
    ],
    ['options before it', `no-pty ${ED25519}`, '"no-pty" is not one of'],
    ['nothing', '', 'is not one of'],
  ])('is refused in words: %s', (_, line, words) => {
    expect(parseSshKey(line, NOW)).toMatchObject({
      ok: false,
      refusal: 'ssh-key-invalid',
      detail: expect.stringContaining(words),
    });
  });
});
