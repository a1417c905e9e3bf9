import { CommanderError } from 'commander';
import type { Environment } from '../config/environment.ts';
import { ConfigFault } from '../config/faults.ts';
import { KeyFault } from '../keys/key-fault.ts';
import { createProgram } from './program.ts';
import { Refusal } from './refusal.ts';
import { createTerminal, type Streams, type Terminal } from './terminal.ts';

/** What a program that was not left by a signal says about how it went. */
export type ExitCode = 0 | 1 | 2;

/** What went wrong, for people and for programs. */
interface Failure {
  readonly exitCode: 1 | 2;
  readonly code: string;
  readonly message: string;
  readonly more?: Readonly<Record<string, unknown>>;
}

/**
 * Runs one command line to its end. Never throws: what went wrong is told on stderr or, with `--json`, as the one
 * document `{"error": {"code", "message"}}` on stdout.
 */
export async function runCommandLine(
  args: readonly string[],
  environment: Environment,
  streams: Streams,
): Promise<ExitCode> {
  const wantsJson = args.includes('--json');
  const terminal = createTerminal(streams, environment, () => wantsJson);
  let complaint = '';
  const output = {
    out: (text: string) => void streams.stdout.write(text),
    error: (text: string) => void (complaint += text),
  };
  try {
    const program = await createProgram(args, terminal, output);
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const failure = understand(error, complaint, environment);
    await tell(failure, terminal, wantsJson);
    return failure.exitCode;
  }
}

async function tell(failure: Failure, terminal: Terminal, asJson: boolean): Promise<void> {
  const { code, message, more } = failure;
  if (asJson) await terminal.answer({ error: { code, message }, ...more }, '');
  else terminal.note(message.startsWith('Usage:') ? message : `havengate: ${message}`);
}

function understand(error: unknown, complaint: string, environment: Environment): Failure {
  if (error instanceof CommanderError)
    return { exitCode: 2, code: 'usage', message: usageMessage(error, complaint) };
  if (error instanceof Refusal)
    return { exitCode: 1, code: error.code, message: error.message, more: error.more };
  if (error instanceof ConfigFault) {
    return { exitCode: 2, code: 'config-invalid', message: error.message, more: { faults: error.faults } };
  }
  if (error instanceof KeyFault) return { exitCode: 1, code: 'key-unusable', message: error.message };
  return { exitCode: 1, code: 'unexpected', message: unexpectedMessage(error, environment) };
}

/** `commander.help` stands for a noun without a verb: its help is the message. */
function usageMessage(error: CommanderError, complaint: string): string {
  if (error.code === 'commander.help') return complaint;
  const said = complaint
    .replace(/^error: /, '')
    .trim()
    .replaceAll('\n', ' ');
  return `${said === '' ? error.message : said}\nhavengate --help shows what there is`;
}

function unexpectedMessage(error: unknown, environment: Environment): string {
  const isDebug = environment['HAVENGATE_LOG'] === 'debug' || environment['HAVENGATE_LOG_LEVEL'] === 'debug';
  if (isDebug && error instanceof Error)
    return [...causes(error)].map((one) => one.stack ?? one.message).join('\ncaused by: ');
  const messages =
    error instanceof Error ? [...causes(error)].map(({ message }) => message) : [String(error)];
  return `${messages.join(': ')}\nHAVENGATE_LOG=debug shows where this happened`;
}

function* causes(error: Error): Generator<Error> {
  for (let one: unknown = error; one instanceof Error; one = one.cause) yield one;
}
