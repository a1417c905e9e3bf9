import { createDecipheriv, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import type { Element } from '@xmldom/xmldom';
import { PskcFault } from './pskc-fault.ts';
import { childAt, textAt } from './xml.ts';

/** What a container is opened with; both null for one in the clear. */
export interface ContainerSecret {
  /** A key that was agreed on with the maker: 16, 24 or 32 bytes. */
  readonly key: Uint8Array | null;
  readonly passphrase: string | null;
}

/** Opens values of one container. */
export interface Decryption {
  /** The bytes of a `Secret` or other data element (RFC 6030 section 4.2), in the clear or not. Throws `PskcFault`. */
  valueOf(data: Element, asPlain: (text: string) => Uint8Array): Uint8Array;
}

const CIPHERS: Readonly<Record<string, { readonly name: string; readonly keyBytes: number }>> = {
  'http://www.w3.org/2001/04/xmlenc#aes128-cbc': { name: 'aes-128-cbc', keyBytes: 16 },
  'http://www.w3.org/2001/04/xmlenc#aes192-cbc': { name: 'aes-192-cbc', keyBytes: 24 },
  'http://www.w3.org/2001/04/xmlenc#aes256-cbc': { name: 'aes-256-cbc', keyBytes: 32 },
};

const MACS: Readonly<Record<string, string>> = {
  'http://www.w3.org/2000/09/xmldsig#hmac-sha1': 'sha1',
  'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256': 'sha256',
  'http://www.w3.org/2001/04/xmldsig-more#hmac-sha384': 'sha384',
  'http://www.w3.org/2001/04/xmldsig-more#hmac-sha512': 'sha512',
};

const BLOCK = 16;

/** More would only hold the machine up. */
const MOST_ITERATIONS = 10_000_000;

/**
 * Makes ready to open the values of a container: by a key that was agreed on (RFC 6030 section 6.1) or a passphrase
 * (section 6.2). Encryption to a certificate (section 6.3) is not taken. Throws `PskcFault`.
 */
export function openContainer(container: Element, secret: ContainerSecret): Decryption {
  const key = keyOf(childAt(container, 'EncryptionKey'), secret);
  const mac = key === null ? null : macOf(childAt(container, 'MACMethod'), key);
  return {
    valueOf(data, asPlain) {
      const plain = textAt(data, 'PlainValue');
      if (plain !== null) return asPlain(plain);
      const encrypted = childAt(data, 'EncryptedValue');
      if (encrypted === null) throw new PskcFault('a value is neither plain nor encrypted');
      if (key === null || mac === null)
        throw new PskcFault('its values are encrypted, and it does not say by what key');
      const sealed = cipherValue(encrypted);
      checkMac(mac, sealed, textAt(data, 'ValueMAC'));
      return decrypt(cipherOf(encrypted), key, sealed);
    },
  };
}

function keyOf(element: Element | null, { key, passphrase }: ContainerSecret): Uint8Array | null {
  if (element === null) return null;
  const derivation = childAt(element, 'DerivedKey', 'KeyDerivationMethod');
  if (derivation !== null) {
    if (passphrase === null)
      throw new PskcFault('it is encrypted by a passphrase: give it with --passphrase-file');
    return derive(derivation, passphrase);
  }
  if (textAt(element, 'KeyName') === null) {
    throw new PskcFault('it is encrypted in a way that is not taken: by a key or a passphrase it would be');
  }
  if (key === null) throw new PskcFault('it is encrypted by a key: give it with --key-file');
  return key;
}

/** PBKDF2 (RFC 8018 section 5.2), HMAC-SHA-1 where nothing else is said. */
function derive(method: Element, passphrase: string): Uint8Array {
  const params = childAt(method, 'PBKDF2-params');
  const salt = params === null ? null : textAt(params, 'Salt', 'Specified');
  if (params === null || salt === null)
    throw new PskcFault('its key is derived in a way that is not taken: only PBKDF2 with a salt is');
  const iterations = Number(textAt(params, 'IterationCount'));
  const length = Number(textAt(params, 'KeyLength') ?? BLOCK);
  if (!Number.isInteger(iterations) || iterations < 1 || iterations > MOST_ITERATIONS)
    throw new PskcFault('its IterationCount is no number from 1 to 10 million');
  if (![16, 24, 32].includes(length)) throw new PskcFault('its KeyLength is not 16, 24 or 32');
  const prf = childAt(params, 'PRF')?.getAttribute('Algorithm') ?? '';
  const digest = prf === '' ? 'sha1' : (MACS[prf] ?? null);
  if (digest === null) throw new PskcFault(`its PRF ${prf} is not known`);
  return pbkdf2Sync(passphrase, bytesOf(salt), iterations, length, digest);
}

interface Mac {
  readonly hash: string;
  readonly key: Uint8Array;
}

/** RFC 6030 section 6.1.1: the MAC's key is encrypted in the container, or it is the key of the container itself. */
function macOf(method: Element | null, key: Uint8Array): Mac {
  const algorithm = method?.getAttribute('Algorithm') ?? '';
  const hash = MACS[algorithm];
  if (method === null || hash === undefined)
    throw new PskcFault('it is encrypted, and has no MAC that is known: who changed it could not be seen');
  const macKey = childAt(method, 'MACKey');
  if (macKey === null) return { hash, key };
  return { hash, key: decrypt(cipherOf(macKey), key, cipherValue(macKey)) };
}

function checkMac({ hash, key }: Mac, sealed: Uint8Array, written: string | null): void {
  if (written === null) throw new PskcFault('a value is encrypted and has no MAC');
  const given = bytesOf(written);
  const right = createHmac(hash, key).update(sealed).digest();
  if (given.length !== right.length || !timingSafeEqual(given, right))
    throw new PskcFault('a value does not have the MAC that it should: the key is wrong, or it was changed');
}

function cipherOf(element: Element): { readonly name: string; readonly keyBytes: number } {
  const algorithm = childAt(element, 'EncryptionMethod')?.getAttribute('Algorithm') ?? '';
  const cipher = CIPHERS[algorithm];
  if (cipher === undefined)
    throw new PskcFault(
      `its encryption ${algorithm || 'without a name'} is not taken: only AES in CBC mode is`,
    );
  return cipher;
}

function cipherValue(element: Element): Buffer {
  return bytesOf(textAt(element, 'CipherData', 'CipherValue') ?? '');
}

/** The IV stands before; the last byte says how many were padded, and the others of them may be anything (XML Encryption 1.1 section 5.2). */
function decrypt(
  { name, keyBytes }: { readonly name: string; readonly keyBytes: number },
  key: Uint8Array,
  sealed: Buffer,
): Buffer {
  if (key.length !== keyBytes)
    throw new PskcFault(`its key has ${keyBytes} bytes, and the one that was given ${key.length}`);
  if (sealed.length < 2 * BLOCK || sealed.length % BLOCK !== 0)
    throw new PskcFault('an encrypted value has a length that none can have');
  const decipher = createDecipheriv(name, key, sealed.subarray(0, BLOCK)).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(sealed.subarray(BLOCK)), decipher.final()]);
  const padding = padded.at(-1) ?? 0;
  if (padding < 1 || padding > BLOCK)
    throw new PskcFault('an encrypted value cannot be opened: the key is wrong');
  return padded.subarray(0, padded.length - padding);
}

/** Base64 with line breaks. Throws `PskcFault` for anything else. */
export function bytesOf(base64: string): Buffer {
  const text = base64.replaceAll(/\s/g, '');
  if (text === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw new PskcFault('a value is no base64');
  return Buffer.from(text, 'base64');
}
