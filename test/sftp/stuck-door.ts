import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { openOutsideDoor } from './outside-door.ts';

/**
 * A door in a process of its own, whose memory can be measured: `node stuck-door.ts FOLDER`. As long as there is a
 * file `stuck` in the folder, its disk takes nothing. Prints the port; writes alice's key to the folder.
 */
const folder = process.argv[2] ?? '';
const outside = await openOutsideDoor({
  folder,
  zones: (zones) => ({
    ...zones,
    airlock: {
      ...zones.airlock,
      async begin(file) {
        const handle = await zones.airlock.begin(file);
        return {
          ...handle,
          async write(buffers, position) {
            while (existsSync(join(folder, 'stuck'))) await setTimeout(20);
            await handle.write(buffers, position);
          },
        };
      },
    },
  }),
});
const alice = await outside.addPerson('alice');
writeFileSync(join(folder, 'alice.key'), alice.key, { mode: 0o600 });
console.log(outside.door.port);
process.on('SIGTERM', () => void outside[Symbol.asyncDispose]().then(() => process.exit(0)));
