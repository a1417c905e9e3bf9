/** One thing that is not as it should be. A fault breaks an invariant; a warning does not. */
export interface Finding {
  readonly severity: 'fault' | 'warning';
  /** The ordering invariant (1 to 11) that is broken; null for a warning. */
  readonly invariant: number | null;
  readonly file: string | null;
  /** A sentence for an operator: what is wrong, what was kept. */
  readonly message: string;
}

/** The outcome of a check. */
export interface CustodyCheck {
  readonly files: number;
  readonly auditRows: number;
  readonly findings: readonly Finding[];
}

/** A finding that breaks an invariant. */
export function fault(invariant: number, file: string | null, message: string): Finding {
  return { severity: 'fault', invariant, file, message };
}

/** A finding that breaks none. */
export function warning(file: string | null, message: string): Finding {
  return { severity: 'warning', invariant: null, file, message };
}
