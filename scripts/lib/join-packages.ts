/**
 * Makes one file of a package that comes in many: the file that it is imported by then holds the others too. Every
 * file costs a start of the program a third of a millisecond, and these two are 327 of the 556 that `file list` read.
 * Their other files stay, for what is imported by another name. Run again it changes nothing. The program runs without
 * this too, only slower.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Rolldown } from 'vite';

const ROOT = join(import.meta.dirname, '../..');
const MARK = '// Joined by scripts/lib/join-packages.ts of Havengate.';

/** The files that packages are imported by, and the format of each. */
const ENTRIES = { 'kysely/dist/index.js': 'es', 'yaml/dist/index.js': 'cjs' } as const;

/** The text of one file with all files of its package that it imports; other packages stay imports. */
async function joined(file: string, format: 'es' | 'cjs'): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      ssr: file,
      write: false,
      minify: false,
      target: 'node24',
      rolldownOptions: {
        treeshake: false,
        external: /^[^./]/,
        output: { format, banner: MARK, codeSplitting: false },
      },
    },
  });
  const [chunk] = (result as Rolldown.RolldownOutput).output;
  return chunk.code;
}

for (const [name, format] of Object.entries(ENTRIES)) {
  const file = join(ROOT, 'node_modules', name);
  if (readFileSync(file, 'utf8').startsWith(MARK)) continue;
  writeFileSync(`${file}.new`, await joined(file, format));
  renameSync(`${file}.new`, file);
}
