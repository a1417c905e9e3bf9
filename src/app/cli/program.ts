import { Command } from 'commander';
import { programVersion } from '../program-version.ts';
import type { Terminal } from './terminal.ts';

const AFTER = `
Every verb works with the daemon stopped or running, and takes effect at once.
Exit codes: 0 done, 1 refused (with the reason), 2 not understood (the command line or the configuration).

First steps:
  havengate init --dir ./demo --demo
  havengate serve --config ./demo/havengate.yaml
  havengate file list --config ./demo/havengate.yaml`;

type AddVerbs = (program: Command, terminal: Terminal) => void;

/** What adds each noun, and each verb without one, in the order of help. A start reads only what it needs of them. */
const NOUNS: Readonly<Record<string, () => Promise<AddVerbs>>> = {
  init: async () => (await import('./init.ts')).addInitVerb,
  serve: async () => (await import('./serve.ts')).addServeVerb,
  account: async () => (await import('./account.ts')).addAccountVerbs,
  token: async () => (await import('./token.ts')).addTokenVerbs,
  'hard-token': async () => (await import('./hard-token.ts')).addHardTokenVerbs,
  ban: async () => (await import('./ban.ts')).addBanVerbs,
  project: async () => (await import('./project.ts')).addProjectVerbs,
  share: async () => (await import('./share.ts')).addShareVerbs,
  file: async () => (await import('./file.ts')).addFileVerbs,
  outbound: async () => (await import('./outbound.ts')).addOutboundVerbs,
  receipt: async () => (await import('./receipt.ts')).addReceiptVerbs,
  retention: async () => (await import('./retention.ts')).addRetentionVerbs,
  hold: async () => (await import('./hold.ts')).addHoldVerbs,
  freeze: async () => (await import('./freeze.ts')).addFreezeVerbs,
  certificate: async () => (await import('./certificate.ts')).addCertificateVerbs,
  clock: async () => (await import('./clock.ts')).addClockVerbs,
  mail: async () => (await import('./mail.ts')).addMailVerbs,
  audit: async () => (await import('./audit.ts')).addAuditVerbs,
  scrub: async () => (await import('./scrub.ts')).addScrubVerbs,
  backup: async () => (await import('./backup.ts')).addBackupVerbs,
  restore: async () => (await import('./restore.ts')).addRestoreVerbs,
  doctor: async () => (await import('./doctor.ts')).addDoctorVerb,
};

/** The noun that a command line begins with; all of them for help, and for saying what is near. */
function nounsFor(args: readonly string[]): readonly string[] {
  const [first, ...rest] = args;
  if (first === '--config') return nounsFor(rest.slice(1));
  if (first === '--json' || first?.startsWith('--config=') === true) return nounsFor(rest);
  return first !== undefined && Object.hasOwn(NOUNS, first) ? [first] : Object.keys(NOUNS);
}

/**
 * The program that runs `args`: the whole command line, as far as they can tell. Actions import what they need when
 * they run, so that help is quick. Errors are thrown: `CommanderError` for what was not understood, anything else from
 * the action. Messages of commander itself go to `output`.
 */
export async function createProgram(
  args: readonly string[],
  terminal: Terminal,
  output: { readonly out: (text: string) => void; readonly error: (text: string) => void },
): Promise<Command> {
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
  for (const noun of nounsFor(args)) (await NOUNS[noun]?.())?.(program, terminal);
  return program;
}
