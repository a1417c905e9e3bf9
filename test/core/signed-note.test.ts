import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkpointText, parseCheckpointText } from '../../src/core/audit/checkpoint.ts';
import { formatKeyring, parseKeyring, succeed, verifyCheckpoint } from '../../src/core/audit/keyring.ts';
import { checkSignature, parseNote, signNote } from '../../src/core/audit/note.ts';
import {
  createNoteSigner,
  createNoteVerifier,
  formatVerifierKey,
  parseVerifierKey,
} from '../../src/core/audit/note-key.ts';
import { splitNotes } from '../../src/core/audit/split-notes.ts';
import { parseSha256, sha256 } from '../../src/core/kit/digest.ts';

/** RFC 8410: an Ed25519 private key of 32 bytes in PKCS #8. */
const privateKeyOf = (seed: Buffer) =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
    format: 'der',
    type: 'pkcs8',
  });

/** Made by hand with sha256sum and openssl, on the first key of RFC 8032 section 7.1 and the leaves a, b and c. */
const GOLDEN = {
  name: 'havengate/golden',
  seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
  keyId: 'd16d3e2f',
  verifier: 'havengate/golden+d16d3e2f+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea',
  root: '36642e73c2540ab121e3a6bf9545b0a24982cd830eb13d3cd19de3ce6c021ec1',
  note: `havengate/golden
3
NmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=

\u2014 havengate/golden 0W0+L/RIciQ/AbHK1l+9KmP11jOPOhPueJmWNNhUNDl601jYZaN1UcEJSsn2AmnDnvMWFDhy33Luvrc1Ih08lzXkoQ0=
`,
} as const;

/** A checkpoint that a sigsum log has published, with its key, in the documentation of its sources. */
const SIGSUM = {
  verifier: 'sigsum.org:testonly+8de2c54b+AYzzrIWq3UKJHFrprvJyRMsqVGojEvgAIKrT8q4a9zMU',
  note: `sigsum.org:testonly
23
HSt6W8ve4/36xAIf04qDOqaKLaKqSOUqKxLNrkK74+g=

\u2014 sigsum.org:testonly jeLFS4WQDEeTavbiYArHzCQUPXbQ1Y/V8/dKJlBxqOAY4eLhSh3uWNJ8YXp1vs/zR4SDNHI+6UybLmHmFlg/VSf5OAs=
`,
} as const;

/** The example of the documentation of Go's golang.org/x/mod/sumdb/note. */
const GO = {
  verifier: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  seed: Buffer.from('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz', 'base64').subarray(1),
  text: "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
  signature: 'x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=',
} as const;

const ring = (...keys: string[]) => parseKeyring(keys.join('\n')) ?? [];

describe('a checkpoint', () => {
  test('of a known key and known leaves is, byte for byte, the one that was made by hand', () => {
    const signer = createNoteSigner(GOLDEN.name, privateKeyOf(Buffer.from(GOLDEN.seed, 'hex')));
    const leaf = (text: string) => Buffer.from(sha256(Uint8Array.of(0), text), 'hex');
    const node = (a: Buffer, b: Buffer) => Buffer.from(sha256(Uint8Array.of(1), a, b), 'hex');
    const root = node(node(leaf('a'), leaf('b')), leaf('c')).toString('hex');
    expect([signer.keyId, formatVerifierKey(signer), root]).toEqual([
      GOLDEN.keyId,
      GOLDEN.verifier,
      GOLDEN.root,
    ]);
    const text = checkpointText({ origin: GOLDEN.name, size: 3, root: parseSha256(root) ?? sha256('') });
    expect(signNote(text, signer)).toBe(GOLDEN.note);
  });

  test.each([
    ['of our own', GOLDEN.verifier, GOLDEN.note, 3],
    ['of a sigsum log', SIGSUM.verifier, SIGSUM.note, 23],
  ])('%s verifies', (_, verifier, note, size) => {
    expect(verifyCheckpoint(note, ring(verifier))).toMatchObject({ ok: true, value: { size } });
  });

  test.each<[string, (note: string) => string, string]>([
    ['another size', (note) => note.replace('\n3\n', '\n4\n'), 'checkpoint-altered'],
    ['another root', (note) => note.replace('NmQ', 'NmR'), 'checkpoint-altered'],
    ['another log', (note) => note.replaceAll('golden', 'silver'), 'checkpoint-other-log'],
    ['a line more', (note) => note.replace('\n\n', '\nmore\n\n'), 'checkpoint-altered'],
    ['another key id', (note) => note.replace('0W0+L/', '0W0+LP'), 'checkpoint-other-key'],
    ['a changed signature', (note) => note.replace('RIciQ', 'RIciR'), 'checkpoint-altered'],
    ['a signature that was cut off', (note) => note.replace(/.{48}\n$/, '\n'), 'checkpoint-malformed'],
    ['no signature', (note) => note.replace(/\u2014.*\n/, ''), 'checkpoint-malformed'],
    ['no empty line', (note) => note.replace('\n\n', '\n'), 'checkpoint-malformed'],
    ['no last line break', (note) => note.slice(0, -1), 'checkpoint-malformed'],
    ['a size with a zero before', (note) => note.replace('\n3\n', '\n03\n'), 'checkpoint-malformed'],
    ['a root that is too short', (note) => note.replace(/Nm.*\n/, 'NmQu\n'), 'checkpoint-malformed'],
    ['loose base64', (note) => note.replace('oQ0=', 'oQ1='), 'checkpoint-malformed'],
  ])('with %s does not', (_, change, refusal) => {
    expect(verifyCheckpoint(change(GOLDEN.note), ring(GOLDEN.verifier))).toMatchObject({ refusal });
  });

  test('with a second signature, of a key that nobody knows here, verifies', () => {
    const witness = createNoteSigner('witness.example/w', generateKeyPairSync('ed25519').privateKey);
    const second = signNote(parseNote(GOLDEN.note)?.text ?? '', witness).split('\n\n')[1];
    expect(verifyCheckpoint(GOLDEN.note + second, ring(GOLDEN.verifier))).toMatchObject({ ok: true });
  });

  test.each(['', 'a\n1\n', 'a\n1\nAA==\n', `a\n1\n${'A'.repeat(43)}=\n\nb\n`, `a\n1\n${'A'.repeat(43)}=`])(
    'is not %j',
    (text) => {
      expect(parseCheckpointText(text)).toBeNull();
    },
  );
});

describe('a note', () => {
  test("is what Go's own library makes of the same key and text", () => {
    const signer = createNoteSigner('PeterNeumann', privateKeyOf(GO.seed));
    expect(formatVerifierKey(signer)).toBe(GO.verifier);
    expect(signNote(GO.text, signer)).toBe(`${GO.text}\n\u2014 PeterNeumann ${GO.signature}\n`);
  });

  /** Written from the text of C2SP signed-note and tlog-checkpoint, and sharing nothing with the source. */
  function independently(publicKey: KeyObject, name: string) {
    const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
    const id = createHash('sha256')
      .update(Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([1]), raw]))
      .digest()
      .subarray(0, 4);
    return {
      make: (text: string, key: KeyObject) =>
        `${text}\n\u2014 ${name} ${Buffer.concat([id, sign(null, Buffer.from(text), key)]).toString('base64')}\n`,
      open(envelope: string) {
        const cut = envelope.lastIndexOf('\n\n') + 1;
        const [mark, who, value = ''] = envelope.slice(cut + 1, -1).split(' ');
        const bytes = Buffer.from(value, 'base64');
        const text = envelope.slice(0, cut);
        const good =
          mark === '\u2014' &&
          who === name &&
          bytes.subarray(0, 4).equals(id) &&
          verify(null, Buffer.from(text), publicKey, bytes.subarray(4));
        return good ? text : null;
      },
    };
  }

  test('goes to an implementation made from the specification and back, whatever name, size and root', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const publicKey = createPublicKey(privateKey);
    const names = fc.stringMatching(/^[a-z0-9./:_-]{1,40}$/);
    const digests = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(names, fc.maxSafeNat(), digests, (name, size, digest) => {
        const root = sha256(digest);
        const text = checkpointText({ origin: name, size, root });
        const [ours, theirs] = [createNoteSigner(name, privateKey), independently(publicKey, name)];
        expect(theirs.open(signNote(text, ours))).toBe(text);
        const made = theirs.make(
          `${name}\n${size}\n${Buffer.from(root, 'hex').toString('base64')}\n`,
          privateKey,
        );
        expect(verifyCheckpoint(made, ring(formatVerifierKey(ours)))).toMatchObject({
          value: { origin: name, size, root },
        });
      }),
      { numRuns: 50 },
    );
  });

  test('says of a signature by somebody else nothing at all', () => {
    const other = createNoteVerifier('other', generateKeyPairSync('ed25519').publicKey);
    const note = parseNote(GOLDEN.note);
    expect(note && checkSignature(note, other)).toBe('unsigned');
  });
});

describe('verifier keys', () => {
  test.each([
    ['another id', GOLDEN.verifier.replace('d16d3e2f', 'd16d3e2e')],
    ['another name', GOLDEN.verifier.replace('golden', 'silver')],
    ['another algorithm', GOLDEN.verifier.replace('+Ad', '+Bd')],
    ['a part too few', 'havengate/golden+d16d3e2f'],
    ['nothing', ''],
  ])('with %s are refused', (_, text) => {
    expect(parseVerifierKey(text)).toBeNull();
    expect(parseKeyring(text)).toBeNull();
  });

  test.each(['', 'a b', 'a+b', 'a\nb'])('are not made for the name %j', (name) => {
    expect(() => createNoteVerifier(name, generateKeyPairSync('ed25519').publicKey)).toThrow(/neither white/);
  });
});

describe('a keyring', () => {
  const signers = [1, 2, 3].map(() => createNoteSigner('the/log', generateKeyPairSync('ed25519').privateKey));
  const [first, second, third] = signers;
  if (!first || !second || !third) throw new Error('three keys were made');
  const signedBy = (signer: typeof first, size: number) =>
    signNote(checkpointText({ origin: 'the/log', size, root: sha256('') }), signer);
  const rotated = succeed(succeed([{ verifier: first, from: 0, to: null }], 10, second), 20, third);

  test('reads as it was written', () => {
    const text = formatKeyring(rotated);
    expect(formatKeyring(parseKeyring(text) ?? [])).toBe(text);
    expect(text).toMatch(/^the\/log\+\S+ from 0 to 10\nthe\/log\+\S+ from 10 to 20\nthe\/log\+\S+ from 20$/m);
  });

  test('takes the word of a key for the sizes that it signed for, and of no other', () => {
    const said = (signer: typeof first, size: number) => {
      const verified = verifyCheckpoint(signedBy(signer, size), rotated);
      return verified.ok ? 'ok' : verified.refusal;
    };
    expect([said(first, 0), said(first, 10), said(second, 10), said(second, 20), said(third, 2000)]).toEqual(
      Array.from({ length: 5 }, () => 'ok'),
    );
    expect([said(first, 11), said(second, 9), said(second, 21), said(third, 19)]).toEqual(
      Array.from({ length: 4 }, () => 'checkpoint-key-retired'),
    );
  });

  test('with a line that is no key is none', () => {
    expect(parseKeyring(`${formatKeyring(rotated)}nonsense\n`)).toBeNull();
    expect(parseKeyring('# only a comment\n')).toBeNull();
  });
});

describe('a file of notes', () => {
  const whole = (text: string) =>
    splitNotes(text).map(({ line, envelope }) => [line, parseNote(envelope) !== null]);

  test('has them one after the other, also with empty lines between', () => {
    expect(whole(GOLDEN.note + SIGSUM.note + GOLDEN.note)).toEqual([
      [1, true],
      [6, true],
      [11, true],
    ]);
    expect(whole(`\n${GOLDEN.note}\n\n${SIGSUM.note}\n`)).toEqual([
      [2, true],
      [9, true],
    ]);
    expect(whole(GOLDEN.note.trimEnd())).toEqual([[1, true]]);
    expect(whole('')).toEqual([]);
    expect(whole('\n\n')).toEqual([]);
  });

  test('that was cut off anywhere has no note of the rest, and every note that was appended after it', () => {
    // Only the last line break may be missing.
    for (let cut = 0; cut < GOLDEN.note.length - 1; cut++) {
      const torn = GOLDEN.note.slice(0, cut);
      expect(splitNotes(torn).filter(isGood), `cut at ${cut}`).toEqual([]);
      for (const apart of ['\n', '\n\n']) {
        if (apart === '\n' && !torn.endsWith('\n')) continue;
        const pieces = splitNotes(torn + (torn === '' ? '' : apart) + SIGSUM.note);
        expect(pieces.filter(isGood), `cut at ${cut}`).toHaveLength(1);
        expect(pieces.length, `cut at ${cut}`).toBeLessThanOrEqual(3);
      }
    }
  });

  function isGood({ envelope }: { readonly envelope: string }): boolean {
    return verifyCheckpoint(envelope, ring(GOLDEN.verifier, SIGSUM.verifier)).ok;
  }
});
