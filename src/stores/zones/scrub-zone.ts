import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScrubPlace, ScrubReader, ScrubZone } from '../../core/custody/scrub/ports.ts';
import { markOf, stampOf } from './drives-walk.ts';
import type { Attributes, FolderWalk } from './folders.ts';
import { setAttributes } from './folders.ts';
import { openPublishedFile } from './published-zone.ts';
import { piecesOf } from './read-pieces.ts';
import { isOurs, openFound } from './same-bytes.ts';
import { heldNameOf } from './working-names.ts';

/** What the zones are read again by. */
export interface ScrubParts {
  /** The airlock's folder of files, and that of the quarantine. */
  readonly folders: Readonly<Record<'airlock' | 'quarantine', string>>;
  readonly walks: Readonly<Record<'arrivals' | 'outbound' | 'share', FolderWalk>>;
  /** Mode and group of what is published. */
  readonly published: Attributes;
  /** Mode and group of the files in a share, by its name. */
  readonly attributesOf: (share: string) => Attributes;
}

/** Nobody but the daemon's own user reads it, and nobody writes. */
const WITHHELD = 0o400;

const PRIVATE_FILE: Attributes = { mode: 0o600, gid: null };

/** The zones on POSIX folders, to be read again: each file by one descriptor. */
export function createScrubZone(parts: ScrubParts): ScrubZone {
  return {
    async open(place) {
      const file = await openPlace(parts, place);
      return file === null ? null : readerOf(file, attributesAt(parts, place));
    },
  };
}

function readerOf(file: FileHandle, usual: Attributes): ScrubReader {
  return {
    async look() {
      const stats = await file.stat({ bigint: true });
      return { mark: markOf(stats), stamp: stampOf(stats) };
    },
    pieces: () => piecesOf(file),
    async withhold(on) {
      if (!(await isOurs(file))) return;
      const { mode } = await file.stat();
      if (on && (mode & 0o777) !== WITHHELD) await file.chmod(WITHHELD);
      if (!on && (mode & 0o777) === WITHHELD) await setAttributes(file, usual);
    },
    close: () => file.close(),
  };
}

async function openPlace({ folders, walks }: ScrubParts, place: ScrubPlace): Promise<FileHandle | null> {
  switch (place.zone) {
    case 'airlock':
    case 'quarantine':
      return openOrNull(join(folders[place.zone], place.file));
    case 'arrivals':
    case 'outbound':
      return openPublishedFile(walks[place.zone], place.name);
    case 'share': {
      const held = heldNameOf(place.place);
      if (held === null) return null;
      const found = await walks.share.find(held.folders);
      if (typeof found === 'string') return null;
      await using folder = found;
      return await openOrNull(folder.child(held.name));
    }
  }
}

async function openOrNull(path: string): Promise<FileHandle | null> {
  const file = await openFound(path);
  return typeof file === 'string' ? null : file;
}

function attributesAt({ published, attributesOf }: ScrubParts, place: ScrubPlace): Attributes {
  if (place.zone === 'share') return attributesOf(place.place.share);
  return place.zone === 'arrivals' || place.zone === 'outbound' ? published : PRIVATE_FILE;
}
