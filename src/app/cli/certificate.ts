import type { Command } from 'commander';
import type { CertificateBody } from '../../core/custody/retention/certificate.ts';
import { certificateFacts, certificatePage } from './certificate-page.ts';
import { examples } from './examples.ts';
import { findFile } from './find-file.ts';
import { CONSOLE, warnOnTerminal, withInstallation } from './installation.ts';
import { orRefuse, Refusal } from './refusal.ts';
import {
  LOG_KEY_OPTION,
  type SignedFiles,
  type VerifyOptions,
  verifySignedFile,
  withProof,
} from './signed-files.ts';
import { facts } from './table.ts';
import type { Terminal } from './terminal.ts';

const CERTIFICATES: SignedFiles<CertificateBody> = {
  kind: 'havengate-certificate',
  word: 'certificate',
  ownKey: async (config) => (await import('../keys/load-keys.ts')).loadCertificatePublicKey(config),
};

const KEY_OPTION = [
  '--key <file>',
  'public key in PEM form (default: the one of this installation)',
] as const;

/** `havengate certificate …`: signed proof of what was destroyed. */
export function addCertificateVerbs(program: Command, terminal: Terminal): void {
  const noun = program.command('certificate').description('signed proof of what was destroyed');
  addExport(noun, terminal);
  addIssue(noun, terminal);
  addVerify(noun, terminal);
  addPage(noun, terminal);
}

function addExport(noun: Command, terminal: Terminal): void {
  noun
    .command('export')
    .description(
      'print the certificate of destruction of a file, as JSON, with the proof that it stands in the audit log',
    )
    .argument('<id>', 'file id, as `file list` shows it')
    .addHelpText('after', () => examples('havengate certificate export file_01k… >certificate.json'))
    .action(async (id: string, _options: unknown, command: Command) => {
      const certificate = await withInstallation(command, terminal, async ({ ledger, ...installation }) => {
        const file = await findFile({ ledger, ...installation }, id);
        const newest = (await ledger.certificatesOf(file.id)).at(-1);
        if (newest !== undefined)
          return withProof({ ledger, ...installation }, 'certificate', newest, terminal);
        throw new Refusal(
          'no-certificate',
          file.state === 'removed'
            ? 'its holder removed it; `havengate certificate issue` makes its certificate'
            : `the file is ${file.state}, and a certificate is made when a file is destroyed`,
        );
      });
      await terminal.answer(certificate, JSON.stringify(certificate, null, 2));
    });
}

function addIssue(noun: Command, terminal: Terminal): void {
  noun
    .command('issue')
    .description(
      'make and print the certificate of a file that its holder removed; the second time, the same',
    )
    .argument('<id>', 'file id, as `file list` shows it')
    .addHelpText('after', () => examples('havengate certificate issue file_01k… >certificate.json'))
    .action(async (id: string, _options: unknown, command: Command) => {
      const [{ issueCertificate }, { loadCertificateSigner }, { custodyPolicy }] = await Promise.all([
        import('../../core/custody/retention/issue-certificate.ts'),
        import('../keys/load-keys.ts'),
        import('../config/custody-policy.ts'),
      ]);
      const certificate = await withInstallation(command, terminal, async (installation) => {
        const { config, ledger, clock } = installation;
        const file = await findFile(installation, id);
        const certificates = await loadCertificateSigner(config, warnOnTerminal(terminal));
        const certifying = { ledger, clock, policy: custodyPolicy(config), certificates };
        return orRefuse(await issueCertificate(certifying, CONSOLE, file));
      });
      await terminal.answer(certificate, JSON.stringify(certificate, null, 2));
    });
}

function addVerify(noun: Command, terminal: Terminal): void {
  noun
    .command('verify')
    .description('check a certificate offline; exit code 1 when it proves nothing')
    .argument('<file>', 'the certificate; - reads stdin')
    .option(...KEY_OPTION)
    .option(...LOG_KEY_OPTION)
    .addHelpText('after', () =>
      examples('havengate certificate verify certificate.json --key certificate-public.pem'),
    )
    .action(async (file: string, options: VerifyOptions, command: Command) => {
      const { keyId, body, inLog, log } = await verifySignedFile(
        CERTIFICATES,
        file,
        options,
        command,
        terminal,
      );
      const told = facts([...certificateFacts(body), ['signed by', keyId], ['in the log', log]]);
      await terminal.answer(
        { valid: true, keyId, certificate: body, inLog },
        `the certificate is good\n\n${told}`,
      );
    });
}

function addPage(noun: Command, terminal: Terminal): void {
  noun
    .command('page')
    .description('print a certificate as a page (HTML) for people, after checking it')
    .argument('<file>', 'the certificate; - reads stdin')
    .option(...KEY_OPTION)
    .addHelpText('after', () => examples('havengate certificate page certificate.json >certificate.html'))
    .action(async (file: string, options: { key?: string }, command: Command) => {
      const { keyId, body } = await verifySignedFile(CERTIFICATES, file, options, command, terminal);
      const html = certificatePage(body, keyId);
      await terminal.answer({ keyId, certificate: body, html }, html);
    });
}
