import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ReceiptBody } from '../../src/core/custody/receipt.ts';
import { createSigner, verifyDocument } from '../../src/core/custody/signed-document.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');

const BODY: ReceiptBody = {
  kind: 'havengate-receipt',
  version: 1,
  receiptId: 'rcpt_01',
  site: 'Test site',
  file: { id: 'file_01', path: 'study/scan.csv', size: 3, sha256: 'ab'.repeat(32), contentType: null },
  owner: { account: 'acct_01', name: 'alice' },
  door: 'sftp',
  receivedAt: '2026-01-01T00:00:00.000Z',
  arrivedAt: '2026-01-01T00:00:05.000Z',
  expiresAt: '2026-01-31T00:00:05.000Z',
  arrival: { file: 'file_01', path: 'study/scan.csv' },
  scan: 'on',
  checks: [{ check: 'malware', outcome: 'pass', detail: null, version: 'ClamAV 1.4' }],
};

describe('a receipt', () => {
  const signed = createSigner<ReceiptBody>(privateKey).sign(BODY);

  test('verifies with the public key alone, however the JSON is laid out', () => {
    expect(verifyDocument(JSON.stringify(signed), 'havengate-receipt', publicKey)).toEqual({
      ok: true,
      value: BODY,
    });
    const shuffled = {
      signature: signed.signature,
      body: Object.fromEntries(Object.entries(BODY).reverse()),
    };
    expect(verifyDocument(JSON.stringify(shuffled, null, 4), 'havengate-receipt', publicKey).ok).toBe(true);
  });

  test.each<[string, Partial<ReceiptBody>]>([
    ['size', { file: { ...BODY.file, size: 4 } }],
    ['owner', { owner: { account: 'acct_01', name: 'bob' } }],
    ['time', { receivedAt: '2025-01-01T00:00:00.000Z' }],
    ['scan', { scan: 'off' }],
  ])('does not verify with another %s', (_, change) => {
    const forged = JSON.stringify({ ...signed, body: { ...BODY, ...change } });
    expect(verifyDocument(forged, 'havengate-receipt', publicKey)).toMatchObject({
      ok: false,
      refusal: 'document-altered',
    });
  });

  test('does not verify with something added to it', () => {
    const forged = JSON.stringify({ ...signed, body: { ...BODY, note: 'approved' } });
    expect(verifyDocument(forged, 'havengate-receipt', publicKey)).toMatchObject({
      ok: false,
      refusal: 'document-altered',
    });
  });

  test('names the key that signed it when another is given', () => {
    const other = generateKeyPairSync('ed25519').publicKey;
    const checked = verifyDocument(JSON.stringify(signed), 'havengate-receipt', other);
    expect(checked).toMatchObject({ ok: false, refusal: 'document-other-key' });
    expect(checked.ok ? '' : checked.detail).toContain(signed.signature.keyId);
  });

  test.each([
    '',
    '{}',
    '[]',
    'null',
    '{"body":{},"signature":{}}',
    '{"body":{"kind":"havengate-receipt","version":1,"checks":3}}',
  ])('is not %j', (text) => {
    expect(verifyDocument(text, 'havengate-receipt', publicKey)).toMatchObject({
      ok: false,
      refusal: 'document-malformed',
    });
  });
});
