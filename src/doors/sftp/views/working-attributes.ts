import type { WorkingEntry } from '../../../core/custody/shares/ports.ts';
import type { Attributes } from '../wire/attributes.ts';

/** How what stands in a share is shown. */
export function attributesOf({ kind, size, mtime }: WorkingEntry): Attributes {
  return { kind, size: kind === 'folder' ? 0 : size, mtime };
}
