import type { DigestQuery } from '../../../core/custody/digests/digest-query.ts';
import type { ArrivalPath } from '../../../core/custody/file.ts';
import type { FolderPath } from '../../../core/custody/names.ts';
import type { Result } from '../../../core/kit/result.ts';
import type { Refusal } from '../refusals.ts';
import type { AttributeChange } from '../wire/attributes.ts';
import type { Entry, FileOpen, Listing, OpenedFile } from './view.ts';

/**
 * A part of a view: a drop, Arrivals, a share, or what was released by one. Paths are those within it; its top is
 * `''`, and stays as it is. Each method needs the right that its use case asks for:
 *
 * | | drop (outside arrivals, inside outbound) | Arrivals, released | share |
 * |---|---|---|---|
 * | look, list, digest | own; outbound | own | read |
 * | open | own; outbound | own | read to read, write to write |
 * | change, remove, makeFolder, removeFolder, rename | own; outbound | own | write |
 */
export interface Branch {
  look(path: FolderPath): Promise<Result<Entry, Refusal>>;
  /** `path` is a folder. */
  list(path: FolderPath): Promise<Result<Listing, Refusal>>;
  open(path: ArrivalPath, how: FileOpen, gone: AbortSignal): Promise<Result<OpenedFile, Refusal>>;
  /** With nothing to be set, it only says whether something is there that could be changed. */
  change(path: ArrivalPath, change: AttributeChange): Promise<Result<void, Refusal>>;
  remove(path: ArrivalPath): Promise<Result<void, Refusal>>;
  makeFolder(path: FolderPath): Promise<Result<void, Refusal>>;
  removeFolder(path: FolderPath): Promise<Result<void, Refusal>>;
  digest(path: ArrivalPath, query: DigestQuery): Promise<Result<string, Refusal>>;
  room(): Promise<Result<number, Refusal>>;
}
