/** A configuration that cannot be used. Its message lists every fault, one per line, each with its place. */
export class ConfigFault extends Error {
  override readonly name = 'ConfigFault';
  readonly faults: readonly string[];

  constructor(file: string, faults: readonly string[]) {
    super(
      faults.length === 1
        ? `${file}: ${faults[0]}`
        : `${file} has ${faults.length} faults:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    );
    this.faults = faults;
  }
}
