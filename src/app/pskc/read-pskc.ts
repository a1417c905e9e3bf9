import type { Element } from '@xmldom/xmldom';
import type { Seed } from '../../core/accounts/hard-tokens/hard-token.ts';
import { OTP_HASHES, type OtpHash } from '../../core/accounts/hotp.ts';
import { type Instant, SECOND } from '../../core/kit/clock.ts';
import { bytesOf, type ContainerSecret, type Decryption, openContainer } from './decrypt.ts';
import { PskcFault } from './pskc-fault.ts';
import { childAt, childrenOf, localName, readXml, textAt } from './xml.ts';

const PSKC = 'urn:ietf:params:xml:ns:keyprov:pskc';

/** RFC 4226 section 4, R6: a shared secret has at least 128 bits. */
const SHORTEST_SECRET = 16;

/** Seconds of a step that tokens are made with. */
const PERIODS: readonly number[] = [30, 60];

/** What of a policy (RFC 6030 section 5) is understood. With anything else, a key must not be used. */
const POLICY_PARTS: readonly string[] = ['StartDate', 'ExpiryDate', 'KeyUsage', 'PINPolicy'];

/**
 * Reads the seeds of hard tokens from a key container (RFC 6030), in the clear or encrypted by `secret`. All of them, or
 * throws `PskcFault` that says which one is wrong. Signatures of containers are not looked at.
 */
export function readPskc(text: string, secret: ContainerSecret): readonly Seed[] {
  const container = readXml(text);
  if (localName(container) !== 'KeyContainer' || container.namespaceURI !== PSKC)
    throw new PskcFault('it is no key container (RFC 6030)');
  const version = container.getAttribute('Version') ?? '';
  if (!/^1(\.\d+)?$/.test(version))
    throw new PskcFault(`it has version ${version || 'none'}, and 1.0 is known`);
  const decryption = openContainer(container, secret);
  const packages = childrenOf(container, 'KeyPackage');
  if (packages.length === 0) throw new PskcFault('there are no keys in it');
  const seeds = packages.map((one, i) => readNamed(one, `package ${i + 1}`, decryption));
  const twice = seeds.find(({ serial }, i) => seeds.findIndex((other) => other.serial === serial) !== i);
  if (twice !== undefined) throw new PskcFault(`the serial ${twice.serial} is in it twice`);
  return seeds;
}

function readNamed(keyPackage: Element, place: string, decryption: Decryption): Seed {
  const serial =
    textAt(keyPackage, 'DeviceInfo', 'SerialNo') ?? childAt(keyPackage, 'Key')?.getAttribute('Id');
  try {
    return readSeed(keyPackage, serial?.trim() ?? '', decryption);
  } catch (error) {
    if (!(error instanceof PskcFault)) throw error;
    throw new PskcFault(`${serial ? `token ${serial}` : place}: ${error.message}`, { cause: error });
  }
}

function readSeed(keyPackage: Element, serial: string, decryption: Decryption): Seed {
  if (!/^[\w .:/-]{1,64}$/.test(serial)) throw new PskcFault('it has no serial of up to 64 plain characters');
  const key = childAt(keyPackage, 'Key');
  const data = key === null ? null : childAt(key, 'Data');
  const sealed = data === null ? null : childAt(data, 'Secret');
  if (key === null || data === null || sealed === null) throw new PskcFault('it has no secret');
  const kind = kindOf(key);
  const secret = decryption.valueOf(sealed, bytesOf);
  if (secret.length < SHORTEST_SECRET) throw new PskcFault('its secret is shorter than 128 bits');
  return {
    serial,
    manufacturer: (textAt(keyPackage, 'DeviceInfo', 'Manufacturer') ?? '').slice(0, 64),
    kind,
    secret,
    hash: hashOf(key),
    digits: digitsOf(key),
    period: kind === 'totp' ? periodOf(data, decryption) : 0,
    counter: kind === 'hotp' ? numberOf(data, 'Counter', decryption) : 0,
    drift: kind === 'totp' ? numberOf(data, 'TimeDrift', decryption) : 0,
    ...datesOf(childAt(key, 'Policy')),
  };
}

/** RFC 6030 section 10.1, HOTP; the profile of TOTP is named alike, and some makers write `#` before the name. */
function kindOf(key: Element): Seed['kind'] {
  const algorithm = key.getAttribute('Algorithm') ?? '';
  const [, kind] = /^urn:ietf:params:xml:ns:keyprov:pskc[:#](hotp|totp)$/i.exec(algorithm) ?? [];
  if (kind === undefined)
    throw new PskcFault(`its algorithm ${algorithm || 'without a name'} is not HOTP or TOTP`);
  return kind.toLowerCase() === 'hotp' ? 'hotp' : 'totp';
}

function hashOf(key: Element): OtpHash {
  const suite = textAt(key, 'AlgorithmParameters', 'Suite');
  if (suite === null || suite === '') return 'sha1';
  const wanted = suite.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const hash = OTP_HASHES.find((known) => wanted === known || wanted === `hmac${known}`);
  if (hash === undefined) throw new PskcFault(`its suite "${suite.slice(0, 40)}" is not known`);
  return hash;
}

function digitsOf(key: Element): number {
  const format = childAt(key, 'AlgorithmParameters', 'ResponseFormat');
  if (format === null) return 6;
  if (format.getAttribute('Encoding') !== 'DECIMAL') throw new PskcFault('its codes are not decimal');
  if (/^(true|1)$/.test(format.getAttribute('CheckDigits') ?? ''))
    throw new PskcFault('its codes have check digits');
  const digits = Number(format.getAttribute('Length'));
  if (![6, 7, 8].includes(digits)) throw new PskcFault('its codes do not have 6 to 8 digits');
  return digits;
}

function periodOf(data: Element, decryption: Decryption): number {
  const seconds = childAt(data, 'TimeInterval') === null ? 30 : numberOf(data, 'TimeInterval', decryption);
  if (!PERIODS.includes(seconds))
    throw new PskcFault(`its codes change every ${seconds} s, and 30 or 60 is taken`);
  return seconds * SECOND;
}

/** An integer of the data; 0 when it is not there. Encrypted ones are 4 or 8 bytes, the highest first (section 4.2). */
function numberOf(data: Element, name: string, decryption: Decryption): number {
  const element = childAt(data, name);
  if (element === null) return 0;
  let plain: number | null = null;
  const bytes = decryption.valueOf(element, (text) => {
    plain = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return new Uint8Array();
  });
  const value = plain ?? (bytes.length === 4 || bytes.length === 8 ? bigEndian(bytes) : Number.NaN);
  const isRight = Number.isSafeInteger(value) && (value >= 0 || name === 'TimeDrift');
  if (!isRight) throw new PskcFault(`its ${name} is no number that it can be`);
  return value;
}

function bigEndian(bytes: Uint8Array): number {
  return Number(BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
}

/** RFC 6030 section 5: a policy that is not understood in full forbids every use. */
function datesOf(policy: Element | null): Pick<Seed, 'startsAt' | 'expiresAt'> {
  if (policy === null) return { startsAt: null, expiresAt: null };
  for (let node = policy.firstChild; node !== null; node = node.nextSibling) {
    if (node.nodeType !== node.ELEMENT_NODE) continue;
    const part = localName(node as Element);
    if (!POLICY_PARTS.includes(part)) throw new PskcFault(`its policy says ${part}, which is not known`);
  }
  const usages = childrenOf(policy, 'KeyUsage').map((one) => one.textContent?.trim());
  if (usages.length > 0 && !usages.includes('OTP'))
    throw new PskcFault('its policy does not allow codes (OTP)');
  const pin = childAt(policy, 'PINPolicy')?.getAttribute('PINUsageMode') ?? '';
  if (pin !== '' && pin !== 'Local') throw new PskcFault(`its policy asks for a PIN in the way ${pin}`);
  return { startsAt: dateOf(policy, 'StartDate'), expiresAt: dateOf(policy, 'ExpiryDate') };
}

function dateOf(policy: Element, name: string): Instant | null {
  const text = textAt(policy, name);
  if (text === null || text === '') return null;
  // XML Schema lets a time have no zone; then it is UTC.
  const at = Date.parse(/(Z|[+-]\d{2}:\d{2})$/.test(text) ? text : `${text}Z`);
  if (Number.isNaN(at)) throw new PskcFault(`its ${name} is no time`);
  return at;
}
