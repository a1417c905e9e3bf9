/**
 * Applies scripts/patches to node_modules: small changes to packages, each reviewed as the diff that it is. Run again
 * it changes nothing. Exit code 1 when a file is neither as it was published nor patched; then nothing is changed.
 */
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyPatch, parsePatch, reversePatch, type StructuredPatch } from 'diff';

const ROOT = join(import.meta.dirname, '..', '..');
const PATCHES = join(ROOT, 'scripts', 'patches');

/** A file's content with a patch; null when it has it already. */
function patched(file: string, patch: StructuredPatch): string | null {
  const text = readFileSync(file, 'utf8');
  if (applyPatch(text, reversePatch(patch)) !== false) return null;
  const result = applyPatch(text, patch);
  if (result === false) throw new Error(`${file} is neither as it was published nor patched`);
  return result;
}

function main(): void {
  const patches = readdirSync(PATCHES)
    .filter((name) => name.endsWith('.patch'))
    .flatMap((name) => parsePatch(readFileSync(join(PATCHES, name), 'utf8')));
  if (patches.length === 0) throw new Error(`there are no patches in ${PATCHES}`);
  const changes = patches.map((patch) => {
    const file = join(ROOT, String(patch.newFileName).replace(/^b\//, ''));
    return { file, text: patched(file, patch) };
  });
  for (const { file, text } of changes) {
    if (text === null) continue;
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }
}

try {
  main();
} catch (error) {
  console.error(`havengate: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
