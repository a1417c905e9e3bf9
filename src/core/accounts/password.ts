import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';

/** argon2id parameters (RFC 9106). Memory in KiB. */
interface PasswordCost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** RFC 9106 section 4, second recommended option with one lane: 64 MiB, three passes. */
const DEFAULT_PASSWORD_COST: PasswordCost = { memory: 65536, passes: 3, parallelism: 1 };

const TAG_LENGTH = 32;
const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Hashes a password with a fresh salt into a PHC string. Runs off the event loop. */
export async function hashPassword(password: string, cost = DEFAULT_PASSWORD_COST): Promise<string> {
  const salt = randomBytes(16);
  const tag = await argon2id(password, salt, cost);
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${base64(salt)}$${base64(tag)}`;
}

/** True when the password makes the hash. Throws when the stored text is not an argon2id PHC string. */
export async function verifyPassword(password: string, phc: string): Promise<boolean> {
  const [, memory, passes, parallelism, salt, tag] = PHC.exec(phc) ?? [];
  if (salt === undefined || tag === undefined) throw new Error('a stored password hash is not argon2id');
  const expected = Buffer.from(tag, 'base64');
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const actual = await argon2id(password, Buffer.from(salt, 'base64'), cost);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** NFC first: the same password typed on two systems may arrive composed or decomposed (RFC 8265 section 4.2). */
function argon2id(password: string, nonce: Uint8Array, cost: PasswordCost): Promise<Buffer> {
  const message = password.normalize('NFC');
  return new Promise((resolve, reject) => {
    argon2('argon2id', { message, nonce, ...cost, tagLength: TAG_LENGTH }, (error, tag) => {
      if (error) reject(error);
      else resolve(tag);
    });
  });
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}
