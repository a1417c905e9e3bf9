import { chmod, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { AirlockZone, BytesPlace } from '../../core/custody/zone-ports.ts';
import { nullOn } from './errno.ts';
import type { FolderWalk } from './folders.ts';
import { openPublishedFile } from './published-zone.ts';
import { openForReading } from './read-pieces.ts';
import { reflink } from './reflink.ts';

/** What clones are made from. */
export interface CloneParts {
  /** The airlock's folder of files. */
  readonly airlock: string;
  readonly arrivals: FolderWalk;
}

/** Makes clones by reflink. The name is given at once: a crash leaves an empty or a whole file, which has a row. */
export function createClone(parts: CloneParts): AirlockZone['clone'] {
  return async (file, from) => {
    const source = await openSource(parts, from);
    if (source === null) return false;
    try {
      const path = join(parts.airlock, file);
      if (!(await reflink(source, path))) return false;
      // It got the mode of a published file.
      await chmod(path, 0o600);
      return true;
    } finally {
      await source.close();
    }
  };
}

function openSource({ airlock, arrivals }: CloneParts, from: BytesPlace): Promise<FileHandle | null> {
  return from.zone === 'airlock'
    ? nullOn(openForReading(join(airlock, from.file)), 'ENOENT')
    : openPublishedFile(arrivals, from.name);
}
