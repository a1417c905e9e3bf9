/**
 * Builds the pages of the portal into build/portal: what a browser loads, also compressed, so that nothing has to be
 * compressed while it is served. Takes some seconds; scripts/lib/install.sh runs it when a source is newer.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { build } from 'vite';

const ROOT = join(import.meta.dirname, '../..');
const TARGET = join(ROOT, 'build/portal');

await build({
  root: join(ROOT, 'src/portal'),
  configFile: false,
  logLevel: 'warn',
  plugins: [react()],
  worker: { format: 'es' },
  build: {
    outDir: TARGET,
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the pages allows no data: scripts, fonts or styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});

const names = await readdir(TARGET, { recursive: true });
for (const name of names.filter((one) => /\.(js|css|html)$/.test(one))) {
  const file = join(TARGET, name);
  const bytes = await readFile(file);
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, { params }));
  await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }));
}
