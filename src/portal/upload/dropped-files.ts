import type { DropItem } from 'react-aria-components';

/** A chosen file, and its path below what was chosen: its name, or `folder/sub/name`. */
export interface Chosen {
  readonly file: File;
  readonly path: string;
}

/** The files of a choice; those of a folder with their path in it. */
export function chosenFiles(list: FileList | null): readonly Chosen[] {
  return [...(list ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/** The files that were dropped, those of folders and of folders in them too. */
export async function droppedFiles(items: readonly DropItem[], folder = ''): Promise<readonly Chosen[]> {
  const found: Chosen[] = [];
  for (const item of items) {
    if (item.kind === 'file') {
      const file = await item.getFile();
      found.push({ file, path: folder + file.name });
    } else if (item.kind === 'directory') {
      const inside: DropItem[] = [];
      for await (const entry of item.getEntries()) inside.push(entry);
      found.push(...(await droppedFiles(inside, `${folder}${item.name}/`)));
    }
  }
  return found;
}
