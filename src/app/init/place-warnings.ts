import { statfs } from 'node:fs/promises';

/** File systems that live in memory (statfs(2), f_type): tmpfs and ramfs. */
const IN_MEMORY: readonly number[] = [0x01021994, 0x858458f6];

/** What somebody should know who makes an installation here; nothing of it forbids it. */
export async function placeWarnings(folder: string): Promise<string[]> {
  const { type } = await statfs(folder);
  return [
    ...(process.getuid?.() === 0
      ? ['you are root: the daemon needs no root, and files are safer under a user of its own']
      : []),
    ...(IN_MEMORY.includes(type)
      ? [`${folder} is in memory: everything in it is gone when the machine stops`]
      : []),
  ];
}
