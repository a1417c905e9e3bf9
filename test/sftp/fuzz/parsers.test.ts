import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConfigFault } from '../../../src/app/config/faults.ts';
import { parseConfig } from '../../../src/app/config/load-config.ts';
import { makeEd25519Key, makeRsaKey } from '../../../src/app/keys/openssh-key.ts';
import { parseSshKey } from '../../../src/core/accounts/ssh-key.ts';
import { parseFileName } from '../../../src/core/custody/names.ts';
import { formatUploadPath, parseUploadPath } from '../../../src/doors/http/uploads/upload-metadata.ts';
import { parseCommand } from '../../../src/doors/sftp/commands/parse-command.ts';
import { splitWords } from '../../../src/doors/sftp/commands/shell-words.ts';
import { parseVirtualPath, ROOT, showPath } from '../../../src/doors/sftp/views/virtual-path.ts';
import { decodeText } from '../../../src/doors/sftp/wire/text.ts';
import { ROOT as PROJECT } from '../../support/source-files.ts';
import { run } from '../openssh.ts';
import { FUZZ_TIMEOUT, forSeconds } from './fuzz-budget.ts';
import { HOSTILE_NAMES } from './hostile-names.ts';

const FILE = '/srv/haven/havengate.yaml';

/** What a shell, or somebody who reads like one, may take for more than itself. */
const SHELL = [
  'a',
  'b',
  ' ',
  '\t',
  "'",
  '"',
  '\\',
  '$',
  '`',
  ';',
  '&',
  '|',
  '<',
  '>',
  '(',
  ')',
  '*',
  '?',
  '[',
  ']',
  '{',
  '}',
  '#',
  '~',
  '!',
  '=',
  '-',
  '%',
  '\n',
  'é',
  '\r',
];

/** Any code units, also halves of a pair. fast-check's own binary strings take seconds to be set up. */
const anyText = (maxLength: number) =>
  fc.array(fc.nat(0xffff), { maxLength }).map((units) => String.fromCharCode(...units));

const line = fc.array(fc.constantFrom(...SHELL), { maxLength: 25 }).map((parts) => parts.join(''));

/** What sh makes of lines that were taken: it runs one function, in an empty folder, with nothing on its path. */
async function wordsOfSh(lines: readonly string[]): Promise<readonly (readonly string[])[]> {
  const folder = mkdtempSync(join(tmpdir(), 'havengate-words-'));
  const show = `show() { printf '%s\\037' "$@"; printf '\\036'; }`;
  const script = [`cd ${folder}`, show, ...lines.map((one) => `show ${one}`)].join('\n');
  try {
    const { out, err } = await run('/bin/sh', ['-c', script], { env: { PATH: '' } });
    expect(err).toBe('');
    return out
      .split('\u001e')
      .slice(0, -1)
      .map((words) => words.split('\u001f').slice(0, -1));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test(
  'a command line that is understood has the words that sh finds in it',
  async () => {
    let taken = 0;
    const lines = fc.array(line, { minLength: 200, maxLength: 200 });
    const property = fc.asyncProperty(lines, async (list) => {
      const found = list.flatMap((one) => {
        const words = splitWords(one);
        // Without a word, `show` would print one that is empty.
        return words === null || words.length === 0 ? [] : [{ one, words }];
      });
      taken += found.length;
      expect(await wordsOfSh(found.map(({ one }) => one))).toEqual(found.map(({ words }) => words));
    });
    await fc.assert(property, forSeconds('command lines', 2));
    expect(taken).toBeGreaterThan(5);
  },
  FUZZ_TIMEOUT,
);

test(
  'any command line asks for digests of paths that stand in it, or is refused',
  () => {
    const any = fc.oneof(line, anyText(300));
    const asked = fc
      .tuple(fc.constantFrom('md5sum ', 'sha256sum -- ', 'scp -t ', ''), any)
      .map((parts) => parts.join(''));
    const property = fc.property(asked, (text) => {
      const command = parseCommand(text);
      const paths = typeof command === 'object' && command.kind === 'digest' ? command.paths : [];
      // A word may have lost quotes and backslashes, and nothing else.
      const unquoted = (quoted: string): string => quoted.replaceAll(/['"\\]/g, '');
      return paths.every((path) => unquoted(text).includes(unquoted(path)));
    });
    expect(() => fc.assert(property, forSeconds('commands', 0.5))).not.toThrow();
  },
  FUZZ_TIMEOUT,
);

test(
  'any bytes are a path below the root, or are refused in words',
  () => {
    const hostile = fc.constantFrom(...HOSTILE_NAMES).map((name) => Buffer.from(name));
    const part = fc.oneof(
      hostile,
      fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
    );
    const bytes = fc
      .array(part, { maxLength: 8 })
      .map((parts) => Buffer.concat(parts.flatMap((one) => [one, Buffer.from('/')])));
    const property = fc.property(bytes, (path) => {
      const text = decodeText(path);
      if (text === null) return true;
      const parsed = parseVirtualPath(text, ROOT);
      if (!parsed.ok) return /\w{3}/.test(parsed.detail ?? '');
      const names = parsed.value === ROOT ? [] : parsed.value.split('/');
      const again = parseVirtualPath(showPath(parsed.value), ROOT);
      return names.every((name) => parseFileName(name).ok) && again.ok && again.value === parsed.value;
    });
    expect(() => fc.assert(property, forSeconds('paths', 0.5))).not.toThrow();
  },
  FUZZ_TIMEOUT,
);

test(
  'any metadata of tus is a path that comes back as it was, or is refused',
  () => {
    const value = fc.oneof(
      fc.constantFrom(...HOSTILE_NAMES).map((name) => Buffer.from(name).toString('base64')),
      fc.string({ maxLength: 20 }),
    );
    const key = fc.oneof(
      fc.constantFrom('filename', 'name', 'relativePath', '__proto__', ''),
      fc.string({ maxLength: 8 }),
    );
    const separator = fc.constantFrom(',', ', ', ',,', ' ');
    const header = fc
      .array(fc.tuple(key, value, separator), { maxLength: 6 })
      .map((pairs) => pairs.map(([name, text, after]) => `${name} ${text}${after}`).join(''));
    const property = fc.property(fc.oneof(header, anyText(100)), (text) => {
      const parsed = parseUploadPath(text);
      if (!parsed.ok) return true;
      const pairs = Object.entries(formatUploadPath(parsed.value)).map(
        ([name, one]) => `${name} ${Buffer.from(one).toString('base64')}`,
      );
      const again = parseUploadPath(pairs.join(','));
      return again.ok && again.value.folder === parsed.value.folder && again.value.name === parsed.value.name;
    });
    expect(() => fc.assert(property, forSeconds('tus metadata', 0.5))).not.toThrow();
  },
  FUZZ_TIMEOUT,
);

test(
  'any line is a public key that comes back as it was, or is refused in words',
  () => {
    const keys = [makeEd25519Key('a b'), makeRsaKey('c')].map(({ publicLine }) => publicLine);
    const mutated = fc
      .tuple(
        fc.constantFrom(...keys),
        fc.nat(600),
        fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('A', '=', ' ')),
        fc.nat(3),
      )
      .map(
        ([text, at, put, cut]) =>
          text.slice(0, at % text.length) + put + text.slice((at % text.length) + cut),
      );
    const property = fc.property(fc.oneof(mutated, fc.string({ maxLength: 200 })), (text) => {
      const parsed = parseSshKey(text, 0);
      if (!parsed.ok) return /\w{3}/.test(parsed.detail ?? '');
      const again = parseSshKey(`${parsed.value.algorithm} ${parsed.value.blob}`, 0);
      return again.ok && again.value.fingerprint === parsed.value.fingerprint;
    });
    expect(() => fc.assert(property, forSeconds('public keys', 0.5))).not.toThrow();
  },
  FUZZ_TIMEOUT,
);

test(
  'any text is a configuration, or its faults are told with their places',
  () => {
    const whole = readFileSync(join(PROJECT, 'config/havengate.yaml'), 'utf8');
    const bare = whole
      .split('\n')
      .filter((one) => !/^\s*(#|$)/.test(one))
      .join('\n');
    const put = fc.oneof(
      fc.constantFrom(
        '\n',
        ': ',
        '- ',
        '{',
        '}',
        '[',
        ']',
        '&a ',
        '*a',
        '!!js',
        '<<: *a',
        '"',
        "'",
        '\t',
        '%',
        '|',
        '? ',
        '~',
        '0x1f',
        '1e400',
        '-1',
        '.nan',
        '999999999999999999d',
      ),
      anyText(4),
    );
    const mutated = fc
      .array(fc.tuple(fc.nat(bare.length), put, fc.nat(20)), { minLength: 1, maxLength: 3 })
      .map((changes) =>
        changes.reduce((text, [at, add, cut]) => text.slice(0, at) + add + text.slice(at + cut), bare),
      );
    const property = fc.property(mutated, (text) => {
      try {
        return Object.isFrozen(parseConfig(text, FILE, {}));
      } catch (error) {
        if (!(error instanceof ConfigFault)) throw error;
        return (
          error.faults.length > 0 && error.faults.every((fault) => /^(line \d+|[\w[\].]*): .*\w/s.test(fault))
        );
      }
    });
    expect(() => fc.assert(property, forSeconds('configurations', 1.5))).not.toThrow();
  },
  FUZZ_TIMEOUT,
);
