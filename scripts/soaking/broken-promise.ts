/** An invariant that did not hold. Ends the soak. */
export class BrokenPromise extends Error {
  /** What shows it, one line each. */
  readonly evidence: readonly string[];

  constructor(promise: string, evidence: readonly string[]) {
    super(promise);
    this.evidence = evidence;
  }
}
