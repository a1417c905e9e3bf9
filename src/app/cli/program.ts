import { Command } from 'commander';
import { programVersion } from '../program-version.ts';
import { addAccountVerbs } from './account.ts';
import { addAuditVerbs } from './audit.ts';
import { addBackupVerbs } from './backup.ts';
import { addBanVerbs } from './ban.ts';
import { addCertificateVerbs } from './certificate.ts';
import { addClockVerbs } from './clock.ts';
import { addDoctorVerb } from './doctor.ts';
import { addFileVerbs } from './file.ts';
import { addFreezeVerbs } from './freeze.ts';
import { addHardTokenVerbs } from './hard-token.ts';
import { addHoldVerbs } from './hold.ts';
import { addInitVerb } from './init.ts';
import { addMailVerbs } from './mail.ts';
import { addOutboundVerbs } from './outbound.ts';
import { addProjectVerbs } from './project.ts';
import { addReceiptVerbs } from './receipt.ts';
import { addRestoreVerbs } from './restore.ts';
import { addRetentionVerbs } from './retention.ts';
import { addScrubVerbs } from './scrub.ts';
import { addServeVerb } from './serve.ts';
import { addShareVerbs } from './share.ts';
import type { Terminal } from './terminal.ts';
import { addTokenVerbs } from './token.ts';

const AFTER = `
Every verb works with the daemon stopped or running, and takes effect at once.
Exit codes: 0 done, 1 refused (with the reason), 2 not understood (the command line or the configuration).

First steps:
  havengate init --dir ./demo --demo
  havengate serve --config ./demo/havengate.yaml
  havengate file list --config ./demo/havengate.yaml`;

/**
 * The whole command line. Actions import what they need when they run, so that help is quick. Errors are thrown:
 * `CommanderError` for what was not understood, anything else from the action. Messages of commander itself go
 * to `output`.
 */
export function createProgram(
  terminal: Terminal,
  output: { readonly out: (text: string) => void; readonly error: (text: string) => void },
): Command {
  const program = new Command('havengate')
    .description('the doors of a data safe haven')
    .version(programVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [verb]', 'print help for a verb')
    .option('--config <file>', 'configuration file (default: HAVENGATE_CONFIG, else ./havengate.yaml)')
    .option('--json', 'answer with exactly one JSON document on stdout')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: output.out, writeErr: output.error })
    .exitOverride()
    .addHelpText('after', AFTER);
  addInitVerb(program, terminal);
  addServeVerb(program, terminal);
  addAccountVerbs(program, terminal);
  addTokenVerbs(program, terminal);
  addHardTokenVerbs(program, terminal);
  addBanVerbs(program, terminal);
  addProjectVerbs(program, terminal);
  addShareVerbs(program, terminal);
  addFileVerbs(program, terminal);
  addOutboundVerbs(program, terminal);
  addReceiptVerbs(program, terminal);
  addRetentionVerbs(program, terminal);
  addHoldVerbs(program, terminal);
  addFreezeVerbs(program, terminal);
  addCertificateVerbs(program, terminal);
  addClockVerbs(program, terminal);
  addMailVerbs(program, terminal);
  addAuditVerbs(program, terminal);
  addScrubVerbs(program, terminal);
  addBackupVerbs(program, terminal);
  addRestoreVerbs(program, terminal);
  addDoctorVerb(program, terminal);
  return program;
}
