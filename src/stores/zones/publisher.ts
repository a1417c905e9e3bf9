import { type FileHandle, lstat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Publication, PublicationOutcome } from '../../core/custody/zone-ports.ts';
import { reach } from '../../core/kit/failpoint.ts';
import type { AirlockGuard } from './airlock-guard.ts';
import { copyFile, copyName, dropCopies } from './copy-file.ts';
import { errnoError, nullOn } from './errno.ts';
import { type Attributes, type Folder, type FolderWalk, setAttributes } from './folders.ts';
import { openForReading } from './read-pieces.ts';
import { holdsBytes, ourUid, sameInode } from './same-bytes.ts';
import { tryLink } from './try-link.ts';

/** What publishing works with. */
export interface PublisherParts {
  readonly walk: FolderWalk;
  /** A folder on the zone's file system that nobody but the daemon can enter: copies are made there. */
  readonly incoming: string;
  /** The airlock's folder of files. */
  readonly airlock: string;
  readonly guard: AirlockGuard;
  readonly files: Attributes;
  readonly folders: Attributes;
  /** False when the airlock's files cannot be linked into the zone: other file systems, or other mounts of one. */
  readonly linkable: boolean;
}

/** Publishes under the folders `names`, which are plain names, the home first. */
export type Publisher = (names: readonly string[], publication: Publication) => Promise<PublicationOutcome>;

/**
 * The order on disk: bytes, mode and group fsynced < link < folder fsynced (invariant 3).
 *
 * How a retry recognises its own work: by the airlock's inode where the file was linked. Where it was copied, or
 * once the airlock's name is gone, by the content: a regular file under the reserved name, owned by us, with the
 * size and digest that were inspected, is `already-published`.
 *
 * A folder of the path that is a symbolic link or a file makes the outcome `name-occupied`. Throws EBUSY while the
 * file is open for writing in this process, and EIO after a failed fsync of it.
 */
export function createPublisher(parts: PublisherParts): Publisher {
  const { walk, incoming, airlock, guard } = parts;

  async function publish(names: readonly string[], publication: Publication): Promise<PublicationOutcome> {
    guard.check(publication.file);
    const source = await nullOn(openForReading(join(airlock, publication.file)), 'ENOENT');
    if (source === null) return await publishedBefore(names, publication);
    try {
      return await publishFrom(source, names, publication);
    } finally {
      await source.close();
    }
  }

  async function publishFrom(
    source: FileHandle,
    names: readonly string[],
    publication: Publication,
  ): Promise<PublicationOutcome> {
    const stats = await source.stat({ bigint: true });
    if (stats.size !== BigInt(publication.size)) return 'bytes-differ';
    await using folder = await walk.walk(names, parts.folders);
    if (folder === null) return 'name-occupied';
    reach('admit.folder-made');
    const target = folder.child(publication.path.name);
    const found = await nullOn(lstat(target, { bigint: true }), 'ENOENT');
    if (found !== null && sameInode(found, stats)) return await settle(folder, 'already-published');
    const byLink = parts.linkable && stats.nlink === 1n && stats.uid === ourUid();
    if (byLink) {
      if (found !== null) return 'name-occupied';
      const outcome = await publishByLink(source, folder, publication);
      if (outcome !== 'not-linkable') return outcome;
    }
    return await publishByCopy(source, folder, publication);
  }

  async function publishByLink(
    source: FileHandle,
    folder: Folder,
    publication: Publication,
  ): Promise<PublicationOutcome | 'not-linkable'> {
    // Attributes, and any byte that is not on disk yet, are fsynced before there is a name.
    await setAttributes(source, parts.files);
    await source.sync();
    const made = await tryLink(join(airlock, publication.file), folder.child(publication.path.name));
    if (made === 'not-linkable') return made;
    return made === 'linked' ? await settle(folder, 'published') : 'name-occupied';
  }

  async function publishByCopy(
    source: FileHandle,
    folder: Folder,
    publication: Publication,
  ): Promise<PublicationOutcome> {
    const target = folder.child(publication.path.name);
    await dropCopies(incoming, publication.file);
    if ((await nullOn(lstat(target), 'ENOENT')) !== null) {
      const ours = await holdsBytes(target, publication);
      return ours ? await settle(folder, 'already-published') : 'name-occupied';
    }
    const copy = join(incoming, copyName(publication.file));
    try {
      if ((await copyFile(source, copy)) !== publication.sha256) return 'bytes-differ';
      const handle = await openForReading(copy);
      try {
        await setAttributes(handle, parts.files);
        await handle.sync();
      } finally {
        await handle.close();
      }
      const made = await tryLink(copy, target);
      if (made === 'not-linkable') {
        throw errnoError(
          'EXDEV',
          `another file system is mounted below the home ${publication.home.join('/')}`,
        );
      }
      return made === 'linked' ? await settle(folder, 'published') : 'name-occupied';
    } finally {
      await nullOn(unlink(copy), 'ENOENT');
    }
  }

  async function settle(folder: Folder, outcome: PublicationOutcome): Promise<PublicationOutcome> {
    if (outcome === 'published') reach('admit.linked');
    await folder.handle.sync();
    if (outcome === 'published') reach('admit.folder-synced');
    return outcome;
  }

  async function publishedBefore(
    names: readonly string[],
    publication: Publication,
  ): Promise<PublicationOutcome> {
    await using folder = await walk.walk(names, null);
    if (folder === null) return 'bytes-missing';
    if (!(await holdsBytes(folder.child(publication.path.name), publication))) return 'bytes-missing';
    return await settle(folder, 'already-published');
  }

  return (names, publication) => guard.moving(publication.file, () => publish(names, publication));
}
