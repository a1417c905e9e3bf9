import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccountName } from '../../src/core/accounts/account.ts';
import { fileRecord, systemActor } from '../../src/core/custody/actors.ts';
import type { CustodyFile } from '../../src/core/custody/file.ts';
import { type FileName, TOP } from '../../src/core/custody/names.ts';
import type { FileMove } from '../../src/core/custody/ports.ts';
import type { ReceiptSigner } from '../../src/core/custody/receipt.ts';
import { createSigner } from '../../src/core/custody/signed-document.ts';
import type { Verdict } from '../../src/core/custody/verdict.ts';
import { DAY } from '../../src/core/kit/clock.ts';
import { sha256 } from '../../src/core/kit/digest.ts';
import { newId } from '../../src/core/kit/ids.ts';
import { openSqliteLedger } from '../../src/stores/ledger/sqlite-ledger.ts';

type Step = Omit<FileMove, 'ref' | 'from' | 'to' | 'audit'>;

/** Writes a file into the ledger of an installation as if it had come in: only `receiving`, or all the way. */
export async function putFile(
  dir: string,
  owner: string,
  name: string,
  upTo: 'receiving' | 'arrived',
): Promise<CustodyFile> {
  const ledger = await openSqliteLedger({ file: join(dir, 'ledger.sqlite3') });
  try {
    const account = await ledger.accountByName(owner as AccountName);
    if (account === null) throw new Error(`no account ${owner}`);
    const at = Date.now();
    const path = { folder: TOP, name: name as FileName };
    const ref = { id: newId('file', at), generation: 1 };
    const file = { id: ref.id, owner: account.id };
    const actor = systemActor('test');
    const lease = { id: newId('leas', at), until: at + 1000 };
    const upload = {
      id: ref.id,
      owner: account.id,
      door: 'sftp',
      leavesBy: null,
      path,
      declaredSize: null,
      at,
      lease,
    } as const;
    await ledger.startUpload(upload, null, fileRecord(at, actor, 'upload-started', file, { path }));
    const now = async (): Promise<CustodyFile> => {
      const found = await ledger.fileById(ref.id);
      if (found === null) throw new Error('the file is not in the ledger');
      return found;
    };
    if (upTo === 'receiving') return await now();
    const move = async (
      from: FileMove['from'],
      to: FileMove['to'],
      event: Parameters<typeof fileRecord>[2],
      step: Step = {},
    ) => {
      const { generation } = await now();
      const moved = await ledger.moveFile({
        ref: { id: ref.id, generation },
        from,
        to,
        audit: fileRecord(at, actor, event, file),
        ...step,
      });
      if (moved !== 'moved') throw new Error(`${event}: ${moved}`);
    };
    const digest = sha256(name);
    const malware: Verdict = {
      check: 'malware',
      outcome: 'off',
      detail: null,
      version: 'off',
      sha256: digest,
      at,
    };
    await move('receiving', 'received', 'file-received', {
      changes: { receivedAt: at, size: 7, settlesAt: at },
    });
    await move('received', 'inspecting', 'inspection-begun');
    await move('inspecting', 'inspecting', 'file-inspected', {
      changes: { sha256: digest, contentType: 'text/csv', inspectedAt: at },
      verdicts: [malware],
    });
    await move('inspecting', 'admitting', 'admission-begun', { changes: { arrival: path } });
    const time = new Date(at).toISOString();
    const signer: ReceiptSigner = createSigner(
      createPrivateKey(readFileSync(join(dir, 'keys/receipt-key.pem'))),
    );
    const receipt = signer.sign({
      kind: 'havengate-receipt',
      version: 1,
      receiptId: newId('rcpt', at),
      site: 'Havengate',
      file: { id: ref.id, path: name, size: 7, sha256: digest, contentType: 'text/csv' },
      owner: { account: account.id, name: owner },
      door: 'sftp',
      receivedAt: time,
      arrivedAt: time,
      expiresAt: time,
      arrival: { file: ref.id, path: name },
      scan: 'off',
      checks: [],
    });
    await move('admitting', 'arrived', 'file-arrived', {
      changes: { arrivedAt: at, expiresAt: at + DAY, expiresRule: 'arrivals/v1', zone: 'arrivals' },
      receipt,
    });
    return await now();
  } finally {
    await ledger.close();
  }
}
