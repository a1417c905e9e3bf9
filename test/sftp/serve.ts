import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspectNativeBinding } from '../../src/doors/sftp/native-binding.ts';
import { openOutsideDoor } from './outside-door.ts';

/** Runs a door for measurements: `node serve.ts FOLDER`; prints where, and writes alice's key to FOLDER. */
const folder = process.argv[2] ?? '/dev/shm';
const outside = await openOutsideDoor({ folder });
const alice = await outside.addPerson('alice', { totp: true });
writeFileSync(join(folder, 'alice.key'), alice.key, { mode: 0o600 });
console.log(
  JSON.stringify({
    port: outside.door.port,
    binding: inspectNativeBinding(),
    folder: outside.folder,
    pid: process.pid,
  }),
);
process.on('SIGTERM', () => void outside[Symbol.asyncDispose]().then(() => process.exit(0)));
setInterval(() => undefined, 1000);
if (process.env['VERBOSE'])
  setInterval(() => {
    for (const l of (outside.logged as unknown[]).splice(0)) console.error(l);
  }, 200);
