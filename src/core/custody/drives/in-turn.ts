/** How much is under way at once: the ledger commits those together that wait together. */
const AT_ONCE = 16;

/** Does the work on all of the things, in about their order, on several at once. The first failure ends it. */
export async function inTurn<T>(things: readonly T[], work: (thing: T) => Promise<void>): Promise<void> {
  for (let i = 0; i < things.length; i += AT_ONCE) {
    await Promise.all(things.slice(i, i + AT_ONCE).map(work));
  }
}
