import { readFile, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import type { HardToken } from '../../core/accounts/hard-tokens/hard-token.ts';
import { isoTimeOrNull } from '../../core/kit/clock.ts';
import type { ContainerSecret } from '../pskc/decrypt.ts';
import { examples } from './examples.ts';
import { CONSOLE, type Installation, warnOnTerminal, withInstallation } from './installation.ts';
import { orRefuse, Refusal } from './refusal.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** A container of 10,000 tokens has about 10 MiB. */
const LARGEST_FILE = 64 * 1024 * 1024;

interface ImportOptions {
  readonly keyFile?: string;
  readonly passphraseFile?: string;
}

/** `havengate hard-token …`: devices that show codes, and whose they are. */
export function addHardTokenVerbs(program: Command, terminal: Terminal): void {
  const noun = program.command('hard-token').description('devices that show codes, and whose they are');
  addImport(noun, terminal);
  addList(noun, terminal);
  addAssign(noun, terminal);
  addUnassign(noun, terminal);
  addLost(noun, terminal);
  addResync(noun, terminal);
}

function addImport(noun: Command, terminal: Terminal): void {
  noun
    .command('import')
    .description(
      'take in the seeds of hard tokens, as their maker delivers them (PSKC, RFC 6030); all or none',
    )
    .argument('<file>', 'the key container')
    .option('--key-file <file>', 'the key that it is encrypted by, in hexadecimal or base64; - for stdin')
    .option('--passphrase-file <file>', 'the passphrase that it is encrypted by; - for stdin')
    .addHelpText('after', () =>
      examples(
        'havengate hard-token import tokens.pskc --key-file transport.key',
        'havengate hard-token import tokens.pskc --passphrase-file - <passphrase.txt',
      ),
    )
    .action(async (file: string, options: ImportOptions, command: Command) => {
      const [{ importHardTokens }, { readPskc }, { loadSecretBox }] = await Promise.all([
        import('../../core/accounts/hard-tokens/change-hard-tokens.ts'),
        import('../pskc/read-pskc.ts'),
        import('../keys/load-keys.ts'),
      ]);
      const secret = await readSecret(options, terminal);
      const seeds = await read(file, (text) => readPskc(text, secret));
      const { added, known } = await withInstallation(command, terminal, async ({ config, ...admin }) => {
        const box = await loadSecretBox(config, warnOnTerminal(terminal));
        return importHardTokens({ ...admin, box }, CONSOLE, seeds);
      });
      for (const serial of known) terminal.note(`${serial} was there already, and is left as it is`);
      terminal.note('assign them with `havengate hard-token assign SERIAL NAME`, and destroy the file');
      const document = { added: added.map((token) => view(token, new Map())), known };
      await terminal.answer(document, `${added.length} hard tokens taken in, ${known.length} known before`);
    });
}

function addList(noun: Command, terminal: Terminal): void {
  noun
    .command('list')
    .description('all hard tokens, by serial')
    .option('--owner <name>', 'those of one person')
    .action(async ({ owner }: { owner?: string }, command: Command) => {
      const { tokens, names } = await withInstallation(command, terminal, async (admin) => {
        const all = await admin.ledger.listHardTokens();
        return { tokens: all, names: await namesOf(admin) };
      });
      const shown = tokens
        .map((token) => view(token, names))
        .filter((token) => owner === undefined || token.owner === owner);
      const headings = ['SERIAL', 'MAKER', 'CODES', 'OWNER', 'STATE', 'USED', 'EXPIRES'];
      const rows = shown.map((token) => [
        token.serial,
        token.manufacturer,
        token.codes,
        token.owner,
        token.state,
        token.lastUsedAt ?? 'never',
        token.expiresAt,
      ]);
      await terminal.answer(shown, shown.length === 0 ? 'no hard tokens' : table(headings, rows));
    });
}

function addAssign(noun: Command, terminal: Terminal): void {
  noun
    .command('assign')
    .description('give a hard token to a person: its codes are taken wherever a token is asked for')
    .argument('<serial>', 'what is printed on it')
    .argument('<name>', 'the account')
    .addHelpText('after', () => examples('havengate hard-token assign 2600124809778 alice'))
    .action(async (serial: string, name: string, _options: unknown, command: Command) => {
      const { assignHardToken } = await import('../../core/accounts/hard-tokens/change-hard-tokens.ts');
      await answer(command, terminal, `${serial} is ${name}'s now`, (admin) =>
        assignHardToken(admin, CONSOLE, serial, name),
      );
    });
}

function addUnassign(noun: Command, terminal: Terminal): void {
  noun
    .command('unassign')
    .description('take a hard token back, so that it can be given to somebody else')
    .argument('<serial>')
    .action(async (serial: string, _options: unknown, command: Command) => {
      const { unassignHardToken } = await import('../../core/accounts/hard-tokens/change-hard-tokens.ts');
      await answer(command, terminal, `${serial} is nobody's now`, (admin) =>
        unassignHardToken(admin, CONSOLE, serial),
      );
    });
}

function addLost(noun: Command, terminal: Terminal): void {
  noun
    .command('lost')
    .description(
      'report a hard token lost: it opens nothing from now on, and the browsers of its owner are signed out',
    )
    .argument('<serial>')
    .action(async (serial: string, _options: unknown, command: Command) => {
      const { reportHardTokenLost } = await import('../../core/accounts/hard-tokens/change-hard-tokens.ts');
      await answer(command, terminal, `${serial} opens nothing any more`, (admin) =>
        reportHardTokenLost(admin, CONSOLE, serial),
      );
    });
}

function addResync(noun: Command, terminal: Terminal): void {
  noun
    .command('resync')
    .description('find a hard token again whose codes are refused; reads two codes in a row from stdin')
    .argument('<serial>')
    .addHelpText('after', () => examples('echo 755224 287082 | havengate hard-token resync 987654321'))
    .action(async (serial: string, _options: unknown, command: Command) => {
      const [{ resynchroniseHardToken }, { loadSecretBox }] = await Promise.all([
        import('../../core/accounts/hard-tokens/change-hard-tokens.ts'),
        import('../keys/load-keys.ts'),
      ]);
      const [first, second, ...more] = (await terminal.readInput()).trim().split(/\s+/);
      if (first === undefined || second === undefined || more.length > 0)
        throw new Refusal('codes-missing', 'give two codes that follow each other, with a space between');
      await answer(command, terminal, `${serial} is found again`, async ({ config, ...admin }) => {
        const box = await loadSecretBox(config, warnOnTerminal(terminal));
        return resynchroniseHardToken({ ...admin, box }, CONSOLE, serial, [first, second]);
      });
    });
}

async function answer(
  command: Command,
  terminal: Terminal,
  text: string,
  change: (admin: Installation) => Promise<Parameters<typeof orRefuse<HardToken>>[0]>,
): Promise<void> {
  const { token, names } = await withInstallation(command, terminal, async (admin) => ({
    token: orRefuse(await change(admin)),
    names: await namesOf(admin),
  }));
  await terminal.answer(view(token, names), text);
}

async function namesOf({ ledger }: Installation): Promise<ReadonlyMap<string, string>> {
  return new Map((await ledger.listAccounts()).map(({ id, name }) => [id, name]));
}

async function readSecret(
  { keyFile, passphraseFile }: ImportOptions,
  terminal: Terminal,
): Promise<ContainerSecret> {
  if (keyFile !== undefined && passphraseFile !== undefined)
    throw new Refusal('secret-twice', 'give a key or a passphrase, not both');
  const textOf = async (file: string) => (file === '-' ? terminal.readInput() : readFile(file, 'utf8'));
  const passphrase =
    passphraseFile === undefined ? null : (await textOf(passphraseFile)).replace(/\r?\n$/, '');
  const key = keyFile === undefined ? null : readKey((await textOf(keyFile)).trim());
  return { key, passphrase };
}

function readKey(text: string): Uint8Array {
  const key = Buffer.from(text, /^([0-9a-fA-F]{2})+$/.test(text) ? 'hex' : 'base64');
  if ([16, 24, 32].includes(key.length)) return key;
  throw new Refusal('key-invalid', 'the key is not 16, 24 or 32 bytes in hexadecimal or base64');
}

async function read<T>(file: string, parse: (text: string) => T): Promise<T> {
  const { PskcFault } = await import('../pskc/pskc-fault.ts');
  if ((await stat(file)).size > LARGEST_FILE) throw new Refusal('pskc-invalid', `${file} is far too large`);
  const text = await readFile(file, 'utf8');
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof PskcFault)) throw error;
    throw new Refusal('pskc-invalid', `${file}: ${error.message}; nothing was taken in`);
  }
}

function view(token: HardToken, names: ReadonlyMap<string, string>) {
  const { id, serial, manufacturer, kind, hash, digits, period, account } = token;
  return {
    id,
    serial,
    manufacturer,
    codes: `${kind.toUpperCase()} ${hash.toUpperCase()} ${digits}${kind === 'totp' ? ` ${period / 1000}s` : ''}`,
    owner: account === null ? null : (names.get(account) ?? account),
    state: token.lostAt === null ? (account === null ? 'spare' : 'assigned') : 'lost',
    importedAt: isoTimeOrNull(token.importedAt),
    assignedAt: isoTimeOrNull(token.assignedAt),
    lastUsedAt: isoTimeOrNull(token.lastUsedAt),
    expiresAt: isoTimeOrNull(token.expiresAt),
    lostAt: isoTimeOrNull(token.lostAt),
  };
}
