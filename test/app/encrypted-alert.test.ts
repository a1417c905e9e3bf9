import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkEncryptedAlert } from '../../src/app/doctor/check-encrypted-alert.ts';
import { startClamd } from '../inspect/clamd-for-tests.ts';

async function lookAt(setting: 'yes' | 'no'): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'havengate-clamd-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const clamd = await startClamd(dir, { AlertEncrypted: setting });
  onTestFinished(() => clamd.stop());
  await checkEncryptedAlert({ address: { path: clamd.socket }, stall: 20_000, patience: 20_000 });
}

test('the doctor is content with a clamd that tells of encrypted files', async () => {
  await expect(lookAt('yes')).resolves.toBeUndefined();
});

test('the doctor warns of a clamd that says OK of encrypted files, and says what to set', async () => {
  await expect(lookAt('no')).rejects.toThrow('AlertEncrypted yes');
});
