import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ask, begin, create, makeHaven, metadata, patch, pause, someBytes, tus } from './http-fixtures.ts';

const run = promisify(execFile);
const KIB = 1024;

test.skipIf(process.getuid?.() !== 0)(
  'a disk that fills up in the middle of an upload keeps what came',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'havengate-full-'));
    await run('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]);
    const haven = await makeHaven({ data: folder });
    try {
      const token = await haven.token('alice');
      const bytes = someBytes(1500 * KIB);
      const huge = tus(token, {
        'upload-length': 3000 * KIB,
        'upload-metadata': metadata({ filename: 'huge.csv' }),
      });
      expect(await ask(haven.door, 'POST', '/api/v1/uploads', huge)).toMatchObject({
        status: 507,
        code: 'no-room',
      });

      const location = await create(haven.door, token, bytes.length, 'full.csv');
      const open = begin(haven.door, 'PATCH', location, patch(token, 0, { 'content-length': bytes.length }));
      await open.send(bytes.subarray(0, 600 * KIB));
      await pause(300);
      await writeFile(join(folder, 'filler'), Buffer.alloc(2048 * KIB)).catch(() => undefined);
      open.send(bytes.subarray(600 * KIB)).catch(() => undefined);
      const refused = await open.answered;
      expect(refused).toMatchObject({ status: 507, code: 'disk-full' });
      expect(refused.text).not.toContain('ENOSPC');

      const offset = Number((await ask(haven.door, 'HEAD', location, tus(token))).headers['upload-offset']);
      expect(offset).toBeGreaterThan(0);
      expect((await haven.bytesOf(location)).equals(bytes.subarray(0, offset))).toBe(true);
      await rm(join(folder, 'filler'));
      const rest = await ask(haven.door, 'PATCH', location, patch(token, offset), bytes.subarray(offset));
      expect(rest.status).toBe(204);
      expect((await haven.bytesOf(location)).equals(bytes)).toBe(true);
      expect((await haven.file(location)).state).toBe('received');
    } finally {
      await haven.close();
      await run('umount', [folder]);
      await rm(folder, { recursive: true });
    }
  },
);
