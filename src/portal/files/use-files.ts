import { useEffect, useState } from 'react';
import { ask } from '../api/ask.ts';
import type { FilesPage, File as OwnFile } from '../api/types.ts';
import { noteFiles, useLiveFiles } from '../live/live-files.ts';

/** How many files are on a page. */
export const PAGE_SIZE = 50;

/** What files are sorted by. */
export type Sort = 'newest' | 'name' | 'size' | 'expires';
export type Order = 'ascending' | 'descending';

interface Question {
  readonly direction: 'in' | 'out';
  readonly groups: string;
  readonly search: string;
  readonly sort: Sort;
  readonly order: Order;
  /** The last file of the page before; null for the first page. */
  readonly after: string | null;
}

/** A page of files: as it was answered, with what was heard of them since. */
export interface Found {
  readonly isKnown: boolean;
  readonly files: readonly OwnFile[];
  readonly total: number;
  /** Another page follows. */
  readonly more: boolean;
  readonly fault: string | null;
}

/** How long is waited for the next key of a search. */
const TYPING = 150;

/** Asks for a page of the person's files, again when something changes, and keeps what it had until the answer comes. */
export function useFiles({ direction, groups, search, sort, order, after }: Question): Found {
  const live = useLiveFiles();
  const [found, setFound] = useState<Found>({
    isKnown: false,
    files: [],
    total: 0,
    more: false,
    fault: null,
  });
  const query = new URLSearchParams({
    direction,
    groups,
    search,
    sort,
    order,
    pageSize: String(PAGE_SIZE),
    ...(after !== null && { after }),
  }).toString();
  // A file that is new to us may belong on this page.
  const known = live.size;
  useEffect(() => {
    let isWanted = true;
    const timer = setTimeout(() => {
      ask<FilesPage>('GET', `/files?${query}`).then(
        ({ files, total, more }) => {
          if (!isWanted) return;
          noteFiles(files);
          setFound({ isKnown: true, files, total, more, fault: null });
        },
        (error: unknown) => {
          const fault = error instanceof Error ? error.message : String(error);
          if (isWanted) setFound((before) => ({ ...before, fault }));
        },
      );
    }, TYPING);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [query, known]);
  return { ...found, files: found.files.map((file) => live.get(file.id) ?? file) };
}
