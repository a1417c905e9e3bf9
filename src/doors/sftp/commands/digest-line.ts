const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' };

/**
 * A line as coreutils' `md5sum` and its sisters print it: a name with a backslash or a line break in it is escaped,
 * and a backslash before the digest says so.
 */
export function digestLine(digest: string, name: string): string {
  const escaped = name.replaceAll(/[\\\n\r]/g, (char) => ESCAPES[char] ?? char);
  return `${escaped === name ? '' : '\\'}${digest}  ${escaped}\n`;
}
