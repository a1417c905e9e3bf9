import type { CustodyFile } from '../../../core/custody/file.ts';
import type { Instant } from '../../../core/kit/clock.ts';
import { folderEntry } from './listing.ts';
import type { Entry } from './view.ts';

/** What was published to a person, as it is listed: files are read-only. */
export function publishedEntry(
  found:
    | { readonly kind: 'folder'; readonly createdAt: Instant }
    | { readonly kind: 'file'; readonly file: CustodyFile },
): Entry {
  if (found.kind === 'folder') return folderEntry(found.createdAt);
  const { size, clientMtime, receivedAt, createdAt, state } = found.file;
  const mtime = clientMtime ?? receivedAt ?? createdAt;
  return { attributes: { kind: 'file', size, mtime, readOnly: true }, state };
}
