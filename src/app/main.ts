import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Types are stripped once for each change of a file, not at every start. The cache is code that will be run, so it
// lies beside the program, never in a folder for temporary files that others can write to. It has to be on before
// this file is read to serve it too (see scripts/lib/run.sh), and threads take it from the environment alone.
const compiled = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url));
enableCompileCache(compiled);
process.env['NODE_COMPILE_CACHE'] ??= compiled;
const { runCommandLine } = await import('./cli/run-command-line.ts');

// The reader of a pipe may leave early (`havengate file list | head`): there is nobody to tell any more.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runCommandLine(process.argv.slice(2), process.env, process);
