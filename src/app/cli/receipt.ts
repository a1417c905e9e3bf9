import type { Command } from 'commander';
import type { ReceiptBody } from '../../core/custody/receipt.ts';
import { examples } from './examples.ts';
import { findFile } from './find-file.ts';
import { withInstallation } from './installation.ts';
import { Refusal } from './refusal.ts';
import {
  LOG_KEY_OPTION,
  type SignedFiles,
  type VerifyOptions,
  verifySignedFile,
  withProof,
} from './signed-files.ts';
import { facts } from './table.ts';
import type { Terminal } from './terminal.ts';

const RECEIPTS: SignedFiles<ReceiptBody> = {
  kind: 'havengate-receipt',
  word: 'receipt',
  ownKey: async (config) => (await import('../keys/load-keys.ts')).loadReceiptPublicKey(config),
};

/** `havengate receipt …`: signed proof of what was received. */
export function addReceiptVerbs(program: Command, terminal: Terminal): void {
  const noun = program.command('receipt').description('signed proof of what was received');
  addExport(noun, terminal);
  addVerify(noun, terminal);
}

function addExport(noun: Command, terminal: Terminal): void {
  noun
    .command('export')
    .description('print the receipt of a file, as JSON, with the proof that it stands in the audit log')
    .argument('<id>', 'file id, as `file list` shows it')
    .addHelpText('after', () => examples('havengate receipt export file_01k… >receipt.json'))
    .action(async (id: string, _options: unknown, command: Command) => {
      const receipt = await withInstallation(command, terminal, async (installation) => {
        const file = await findFile(installation, id);
        const newest = (await installation.ledger.receiptsOf(file.id)).at(-1);
        if (newest !== undefined) return withProof(installation, 'receipt', newest, terminal);
        throw new Refusal(
          'no-receipt',
          `the file is ${file.state}, and a receipt is made when a file arrives`,
        );
      });
      await terminal.answer(receipt, JSON.stringify(receipt, null, 2));
    });
}

function addVerify(noun: Command, terminal: Terminal): void {
  noun
    .command('verify')
    .description('check a receipt offline; exit code 1 when it proves nothing')
    .argument('<file>', 'the receipt; - reads stdin')
    .option('--key <file>', 'public key in PEM form (default: the one of this installation)')
    .option(...LOG_KEY_OPTION)
    .addHelpText('after', () => examples('havengate receipt verify receipt.json --key receipt-public.pem'))
    .action(async (file: string, options: VerifyOptions, command: Command) => {
      const {
        keyId,
        body: receipt,
        inLog,
        log,
      } = await verifySignedFile(RECEIPTS, file, options, command, terminal);
      const told = facts([
        ['receipt', receipt.receiptId],
        ['site', receipt.site],
        ['file', receipt.file.path],
        ['size', receipt.file.size],
        ['sha256', receipt.file.sha256],
        ['owner', receipt.owner.name],
        ['received', receipt.receivedAt],
        ['arrived', receipt.arrivedAt],
        ['scan', receipt.scan],
        ...(receipt.unscanned === undefined ? [] : [['unscanned', receipt.unscanned] as const]),
        ['signed by', keyId],
        ['in the log', log],
      ]);
      await terminal.answer({ valid: true, keyId, receipt, inLog }, `the receipt is good\n\n${told}`);
    });
}
