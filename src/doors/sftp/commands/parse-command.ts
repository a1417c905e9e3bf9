import type { DigestKind } from '../../../core/custody/digests/digest-query.ts';
import { splitWords } from './shell-words.ts';

/** A command line that is answered. */
export type Command =
  /** Digests of files, in order. */
  | {
      readonly kind: 'digest';
      readonly program: string;
      readonly digest: DigestKind;
      readonly paths: readonly string[];
    }
  /** The digest of what the client sends, which has to be nothing. */
  | { readonly kind: 'probe-empty'; readonly program: string; readonly digest: DigestKind }
  /** The digest of a text that stands in the command itself. */
  | { readonly kind: 'probe-text'; readonly digest: DigestKind; readonly text: string }
  /** What a shell is asked in order to find out which one it is. */
  | { readonly kind: 'probe-shell'; readonly answer: string };

/** Why a command line is not answered. */
export type CommandRefusal = 'no-commands' | 'old-scp' | 'not-plain' | 'options' | 'too-many';

const PROGRAMS: ReadonlyMap<string, DigestKind> = new Map([
  ['md5sum', 'md5'],
  ['sha1sum', 'sha1'],
  ['sha256sum', 'sha256'],
]);

/** rclone from 1.57 on asks this, to tell a POSIX shell, which answers so, from PowerShell and cmd. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is what rclone sends
const SHELL_PROBE = 'echo ${ShellId}%ComSpec%';
const SHELL_ANSWER = '%ComSpec%\n';

/** rclone before 1.57 asks this, to find out whether there is such a program. */
const TEXT_PROBE = /^echo 'abc' \| (md5sum|sha1sum|sha256sum)$/;

/** Files of one command line. */
const MOST_PATHS = 100;

/** Understands a command line, if it is one of those that are answered. */
export function parseCommand(line: string): Command | CommandRefusal {
  if (line === SHELL_PROBE) return { kind: 'probe-shell', answer: SHELL_ANSWER };
  const probed = PROGRAMS.get(TEXT_PROBE.exec(line)?.[1] ?? '');
  if (probed !== undefined) return { kind: 'probe-text', digest: probed, text: 'abc\n' };
  const first = /^\s*(\S*)/.exec(line)?.[1] ?? '';
  if (first === 'scp') return 'old-scp';
  if (!PROGRAMS.has(first)) return 'no-commands';
  const words = splitWords(line);
  return words === null ? 'not-plain' : parseWords(words);
}

function parseWords([program = '', ...operands]: readonly string[]): Command | CommandRefusal {
  const digest = PROGRAMS.get(program);
  if (digest === undefined) return 'no-commands';
  const end = operands.indexOf('--');
  const before = end < 0 ? operands : operands.slice(0, end);
  const paths = end < 0 ? operands : [...before, ...operands.slice(end + 1)];
  // `-` is standard input, also behind `--`.
  if (before.some((word) => word.startsWith('-')) || paths.includes('-')) return 'options';
  if (paths.length > MOST_PATHS) return 'too-many';
  return paths.length === 0
    ? { kind: 'probe-empty', program, digest }
    : { kind: 'digest', program, digest, paths };
}
