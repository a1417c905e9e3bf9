import { createHash } from 'node:crypto';
import type { ServerChannel } from 'ssh2';
import type { DigestKind } from '../../../core/custody/digests/digest-query.ts';
import type { Logger } from '../../../core/kit/logger.ts';
import { answerError, answerRefusal } from '../refusals.ts';
import type { View } from '../views/view.ts';
import { parseVirtualPath } from '../views/virtual-path.ts';
import { digestLine } from './digest-line.ts';
import { type Command, type CommandRefusal, parseCommand } from './parse-command.ts';

/** What commands are answered with. */
export interface CommandParts {
  readonly view: View;
  /** For every line of the log. */
  readonly about: Readonly<Record<string, string>>;
  readonly log: Logger;
}

const REFUSALS: Readonly<Record<CommandRefusal, string>> = {
  'no-commands':
    'This server moves files over SFTP only; it runs no commands. Use sftp, or scp without -O. ' +
    'Only md5sum, sha1sum and sha256sum of files are answered.',
  'old-scp':
    'This server moves files over SFTP only; it does not speak the old protocol of scp. ' +
    'Use scp without -O, from OpenSSH 9 or later, or -s before that; or use sftp.',
  'not-plain':
    'There is no shell here: only plain and quoted paths are understood, without patterns, variables or several commands. ' +
    'Quote the path, for example in single quotes.',
  options:
    'No options are understood here, nor standard input: give paths, behind -- if one begins with a dash.',
  'too-many': 'Give at most 100 paths at once.',
};

const NOT_UTF8 = 'Paths are UTF-8 here, and this one is not; set the character set of your client to UTF-8.';

const ONLY_FILES = 'Only files are digested here, not what is sent; give a path.';

/** ssh2 puts this where a command is not UTF-8. */
const REPLACEMENT = '\ufffd';

const SUCCESS = 0;
const FAILURE = 1;

/**
 * Answers a command line on its channel (RFC 4254 section 6.5), as far as it only asks for digests, and refuses any
 * other in words on the error stream. Nothing is ever run. Ends with status 0 when all was answered, else 1; what is
 * being read is given up when the client goes.
 */
export async function answerCommand(
  channel: ServerChannel,
  line: string,
  parts: CommandParts,
): Promise<void> {
  const gone = new AbortController();
  channel.on('close', () => gone.abort());
  channel.on('error', () => gone.abort());
  channel.stderr.on('error', () => undefined);
  const command = line.includes(REPLACEMENT) ? null : parseCommand(line);
  const answer = new CommandAnswer(channel, gone.signal, parts);
  let isAnswered = false;
  try {
    if (command === null) answer.say(NOT_UTF8);
    else if (typeof command === 'string') answer.say(REFUSALS[command]);
    else isAnswered = await answer.to(command);
  } catch (error) {
    if (gone.signal.aborted) return;
    parts.log.error('sftp-command-failed', { ...parts.about, error });
    answer.say(answerError(error).sentence);
  }
  if (gone.signal.aborted) return;
  channel.resume();
  channel.exit(isAnswered ? SUCCESS : FAILURE);
  channel.end();
}

class CommandAnswer {
  readonly #channel: ServerChannel;
  readonly #signal: AbortSignal;
  readonly #parts: CommandParts;

  constructor(channel: ServerChannel, signal: AbortSignal, parts: CommandParts) {
    this.#channel = channel;
    this.#signal = signal;
    this.#parts = parts;
  }

  say(sentence: string): void {
    this.#channel.stderr.write(`${sentence}\r\n`);
  }

  /** True when all of it was answered. */
  async to(command: Command): Promise<boolean> {
    switch (command.kind) {
      case 'probe-shell':
        this.#channel.write(command.answer);
        return true;
      case 'probe-text':
        this.#channel.write(digestLine(digestOf(command.digest, command.text), '-'));
        return true;
      case 'probe-empty':
        return this.#toEmpty(command.digest);
      case 'digest':
        return this.#toPaths(command);
    }
  }

  async #toEmpty(kind: DigestKind): Promise<boolean> {
    if (await hasInput(this.#channel, this.#signal)) {
      this.say(ONLY_FILES);
      return false;
    }
    this.#channel.write(digestLine(digestOf(kind, ''), '-'));
    return true;
  }

  async #toPaths({ program, digest, paths }: Command & { kind: 'digest' }): Promise<boolean> {
    this.#channel.resume();
    let failed = 0;
    for (const path of paths) {
      const found = await this.#digest(digest, path);
      if (!found.ok) {
        failed++;
        this.say(`${program}: ${path}: ${answerRefusal(found).sentence}`);
      } else {
        this.#channel.write(digestLine(found.value, path));
      }
    }
    return failed === 0;
  }

  async #digest(kind: DigestKind, text: string): ReturnType<View['digest']> {
    const { view } = this.#parts;
    const path = parseVirtualPath(text, view.start);
    return path.ok ? view.digest(path.value, { kind, signal: this.#signal }) : path;
  }
}

function digestOf(kind: DigestKind, text: string): string {
  return createHash(kind).update(text).digest('hex');
}

/** Whether the client sends anything before its end. Rejects when it is gone before that. */
function hasInput(channel: ServerChannel, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    channel.on('data', () => resolve(true));
    channel.on('end', () => resolve(false));
    signal.addEventListener('abort', () => reject(new Error('the client is gone')));
  });
}
