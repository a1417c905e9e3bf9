import { accept, type Result } from '../../../core/kit/result.ts';
import type { Refusal } from '../refusals.ts';
import type { Listing, NamedEntry } from '../views/view.ts';
import type { Attributes } from '../wire/attributes.ts';

/** A folder that a session has open for listing. The first page begins with `.` and `..`. */
export class FolderHandle {
  readonly kind = 'folder';
  readonly writes = false;
  readonly #attributes: Attributes;
  readonly #listing: Listing;
  #isBegun = false;
  #isEnded = false;

  constructor(listing: Listing, attributes: Attributes) {
    this.#listing = listing;
    this.#attributes = attributes;
  }

  async look(): Promise<Result<Attributes, Refusal>> {
    return accept(this.#attributes);
  }

  /** The next names; none at the end, and ever after. */
  async next(): Promise<Result<readonly NamedEntry[], Refusal>> {
    if (this.#isEnded) return accept([]);
    const page = await this.#listing.next();
    if (!page.ok) return page;
    this.#isEnded = page.value.length === 0;
    if (this.#isBegun) return page;
    this.#isBegun = true;
    const dots = ['.', '..'].map((name) => ({ name, attributes: this.#attributes, state: 'folder' }));
    return accept([...dots, ...page.value]);
  }

  /** The client is done with it, or gone. Idempotent. */
  async abandon(): Promise<void> {
    await this.#listing.close?.();
  }
}
