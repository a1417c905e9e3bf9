import { createRandomPage } from './random-page.ts';

declare const brand: unique symbol;
type Id<P extends string> = string & { readonly [brand]: P };

/** A file: one byte sequence in our custody. */
export type FileId = Id<'file'>;
/** A person. */
export type AccountId = Id<'acct'>;
/** A study with a case reference. */
export type ProjectId = Id<'proj'>;
/** A group folder that belongs to a project. */
export type ShareId = Id<'shar'>;
/** A personal access token; the id is public, the secret is not part of it. */
export type TokenId = Id<'tokn'>;
/** A public key that belongs to an account. */
export type KeyId = Id<'skey'>;
/** A security key (WebAuthn) of a person. */
export type SecurityKeyId = Id<'wkey'>;
/** A hard token: a device that shows codes. */
export type HardTokenId = Id<'htok'>;
/** One signed-in connection at a door. */
export type SessionId = Id<'sess'>;
/** A signed receipt. */
export type ReceiptId = Id<'rcpt'>;
/** A notice to a person. */
export type NoticeId = Id<'noti'>;
/** A reason not to destroy yet. */
export type HoldId = Id<'hold'>;
/** A stop that somebody put on an account, a project, a door or everything. */
export type FreezeId = Id<'frez'>;
/** A signed certificate of destruction. */
export type CertificateId = Id<'cert'>;
/** The right to come back for a while without a new code. */
export type ReconnectionId = Id<'reco'>;
/** A code or link that is mailed to somebody. */
export type MailedProofId = Id<'mlpr'>;
/** A mail that its carrier has not taken. */
export type MailId = Id<'mail'>;
/** One writer's claim on one upload. */
export type LeaseId = Id<'leas'>;

interface IdTypes {
  file: FileId;
  acct: AccountId;
  proj: ProjectId;
  shar: ShareId;
  tokn: TokenId;
  skey: KeyId;
  wkey: SecurityKeyId;
  htok: HardTokenId;
  sess: SessionId;
  rcpt: ReceiptId;
  noti: NoticeId;
  leas: LeaseId;
  hold: HoldId;
  frez: FreezeId;
  cert: CertificateId;
  reco: ReconnectionId;
  mlpr: MailedProofId;
  mail: MailId;
}

/** The prefixes an id may have. */
export type IdPrefix = keyof IdTypes;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const SHAPE = /^([a-z]{4})_[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** The bytes of an id that are not its time. */
const RANDOM = 10;

const someRandom = createRandomPage(RANDOM);

/**
 * Makes a new id: `prefix_` and a UUIDv7 (RFC 9562 section 5.7) in lowercase Crockford base32.
 *
 * Ids sort by `now` (milliseconds), are safe in file names and job ids, and are never a credential.
 */
export function newId<P extends IdPrefix>(prefix: P, now: number): IdTypes[P] {
  const bytes = new Uint8Array(16);
  bytes.set(someRandom(), 6);
  new DataView(bytes.buffer).setUint16(0, Math.floor(now / 2 ** 32));
  new DataView(bytes.buffer).setUint32(2, now % 2 ** 32);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return `${prefix}_${base32(bytes)}` as IdTypes[P];
}

/** When an id was made, in milliseconds: what it sorts by. */
export function timeOfId(id: Id<IdPrefix>): number {
  let value = 0n;
  for (const char of id.slice(id.indexOf('_') + 1)) value = (value << 5n) | BigInt(ALPHABET.indexOf(char));
  return Number(value >> 80n);
}

/** Returns the text as an id of that prefix, or null when it does not have the shape of one. */
export function parseId<P extends IdPrefix>(prefix: P, text: string): IdTypes[P] | null {
  return SHAPE.exec(text)?.[1] === prefix ? (text as IdTypes[P]) : null;
}

/** 128 bits, most significant first, as 26 characters; the first carries three bits. */
function base32(bytes: Uint8Array): string {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  let text = '';
  for (let i = 0; i < 26; i++) {
    text = ALPHABET[Number(value & 31n)] + text;
    value >>= 5n;
  }
  return text;
}
