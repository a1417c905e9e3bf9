import type { Instant } from '../kit/clock.ts';
import type { CustodyFile } from './file.ts';

/** What is at a path: a folder, or a file. */
export type FoundEntry =
  | { readonly kind: 'folder'; readonly createdAt: Instant }
  | { readonly kind: 'file'; readonly file: CustodyFile };
