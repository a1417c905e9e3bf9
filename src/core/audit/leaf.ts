import { canonicalJson, type JsonObject } from '../kit/canonical-json.ts';
import { isoTime } from '../kit/clock.ts';
import { type Sha256, sha256 } from '../kit/digest.ts';
import type { AuditRecord } from './events.ts';

/** One row of the log as it is hashed. Everything in it is public to an auditor for ever. */
export interface AuditRow {
  /** Gapless, from 0: also the leaf's index in the tree. */
  readonly seq: number;
  /** The canonical JSON of the entry (RFC 8785). */
  readonly entry: string;
  /** RFC 6962 section 2.1 leaf hash: SHA-256 of 0x00 and the entry's bytes. */
  readonly leafHash: Sha256;
}

/** A personal value kept beside the log, and the salt that binds it to the row's commitment. */
export interface PersonalValue {
  readonly seq: number;
  readonly field: string;
  readonly salt: Uint8Array;
  readonly value: string;
}

/** SHA-256 of the salt and the value: opens only with the side table's row, which can be erased. */
export function commitment(salt: Uint8Array, value: string): Sha256 {
  return sha256(salt, value);
}

/** RFC 6962 section 2.1: the hash of a leaf. */
export function leafHash(entry: string): Sha256 {
  return sha256(Uint8Array.of(0), entry);
}

/** Makes the row that records an event at place `seq`; `newSalt` gives 16 fresh random bytes a call. */
export function makeAuditRow(
  seq: number,
  record: AuditRecord,
  newSalt: () => Uint8Array,
): { row: AuditRow; personal: PersonalValue[] } {
  const personal = Object.entries(record.event.personal ?? {}).map(([field, value]) => ({
    seq,
    field,
    salt: newSalt(),
    value: value.toWellFormed(),
  }));
  const entry: JsonObject = {
    v: 1,
    seq,
    at: isoTime(record.at),
    actor: { ...record.actor },
    type: record.event.type,
    subjects: { ...record.event.subjects },
    data: record.event.data ?? {},
    commitments: Object.fromEntries(personal.map((p) => [p.field, commitment(p.salt, p.value)])),
  };
  const text = canonicalJson(entry);
  return { row: { seq, entry: text, leafHash: leafHash(text) }, personal };
}
