import { runCommandLine } from './cli/run-command-line.ts';

// The reader of a pipe may leave early (`havengate file list | head`): there is nobody to tell any more.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runCommandLine(process.argv.slice(2), process.env, process);
