import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeCarrying } from './carry-conformance.ts';
import { together, zoneElsewhere } from './layouts.ts';
import { arrived } from './share-fixtures.ts';
import { bytesOf, IS_ROOT } from './zone-fixtures.ts';
import type { Layout } from './zones-conformance.ts';

describeCarrying('one file system', false, together);
describeCarrying('two file systems, shares apart', true, () => zoneElsewhere('shares'));

/** The share alone is another file system, or another mount of the same. */
async function shareMounted(...mount: string[]): Promise<Layout> {
  const layout = await together();
  const folder = join(layout.data, 'shares', 'cohort');
  await mkdir(folder, { recursive: true });
  await mkdir(join(layout.data, 'mounted'));
  execFileSync('mount', [...mount.map((word) => word.replace('DATA', layout.data)), folder]);
  const remove = async (): Promise<void> => {
    execFileSync('umount', [folder]);
    await layout.remove();
  };
  return { ...layout, remove };
}

if (IS_ROOT) {
  describeCarrying('a share that is a mount (only root can mount)', true, () =>
    shareMounted('-t', 'tmpfs', '-o', 'size=400m', 'tmpfs'),
  );
  describeCarrying('a share that is a bind mount (only root can mount)', true, () =>
    shareMounted('--bind', 'DATA/mounted'),
  );
}

test.runIf(IS_ROOT)(
  'a rename to a share on another file system is refused (only root can mount)',
  async () => {
    const layout = await shareMounted('-t', 'tmpfs', 'tmpfs');
    try {
      const { shares } = layout.zones;
      await shares.make('cohort');
      await shares.make('other');
      const carriage = await arrived(layout.zones, bytesOf(10));
      expect(await shares.carry(carriage, () => undefined)).toBe('carried');
      const top = { share: 'cohort', path: carriage.to.folder };
      for (const replace of [false, true]) {
        const to = { share: 'other', path: carriage.to.folder };
        expect(await shares.rename(top, to, replace)).toMatchObject({ ok: false, refusal: 'other-disk' });
      }
    } finally {
      await layout.remove();
    }
  },
);
