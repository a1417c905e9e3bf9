/**
 * What of a command line may mean more to a shell than itself, unquoted: expansions, patterns, comments, lists,
 * redirections.
 */
const SPECIAL = new Set('$`*?[{}~#;&|<>()\n');

/** Inside double quotes only these are more than themselves; only these can be quoted there by a backslash. */
const EXPANDS = new Set('$`');
const ESCAPED = new Set('$`"\\');

/** Between words. */
const BLANK = new Set(' \t');

/**
 * Splits a command line into words as a shell does (POSIX.1-2017, Shell Command Language, section 2.2): single
 * quotes, double quotes, backslashes. Nothing is expanded, and nothing is run: a line that a shell would take for
 * more than plain words is null.
 */
export function splitWords(line: string): readonly string[] | null {
  const words: string[] = [];
  for (let rest = trimStart(line); rest !== ''; ) {
    const word = takeWord(rest);
    if (word === null) return null;
    words.push(word.text);
    rest = trimStart(word.rest);
  }
  return words;
}

/** A part of a line that was read, and what comes after it. */
interface Taken {
  readonly text: string;
  readonly rest: string;
}

function trimStart(line: string): string {
  let at = 0;
  while (BLANK.has(line.charAt(at))) at++;
  return line.slice(at);
}

function takeWord(line: string): Taken | null {
  let text = '';
  for (let rest = line; ; ) {
    const first = rest.charAt(0);
    if (first === '' || BLANK.has(first)) return { text, rest };
    const part = takePart(first, rest.slice(1));
    if (part === null) return null;
    text += part.text;
    rest = part.rest;
  }
}

function takePart(first: string, rest: string): Taken | null {
  switch (first) {
    case "'":
      return takeSingleQuoted(rest);
    case '"':
      return takeDoubleQuoted(rest);
    case '\\':
      // A backslash before the end of a line would join it with the next.
      return rest === '' || rest.startsWith('\n') ? null : { text: rest.charAt(0), rest: rest.slice(1) };
    default:
      return SPECIAL.has(first) ? null : { text: first, rest };
  }
}

function takeSingleQuoted(line: string): Taken | null {
  const end = line.indexOf("'");
  return end < 0 ? null : { text: line.slice(0, end), rest: line.slice(end + 1) };
}

function takeDoubleQuoted(line: string): Taken | null {
  let text = '';
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at);
    if (char === '"') return { text, rest: line.slice(at + 1) };
    const next = line.charAt(at + 1);
    if (EXPANDS.has(char) || (char === '\\' && next === '\n')) return null;
    const isEscape = char === '\\' && ESCAPED.has(next);
    text += isEscape ? next : char;
    if (isEscape) at++;
  }
  return null;
}
