/** One thing that the doctor looked at. Only `broken` means that a promise is not kept. */
export interface DoctorFinding {
  /** What was looked at: `custody`, `invariant 3`, `scanner`, … */
  readonly check: string;
  readonly outcome: 'ok' | 'warning' | 'broken' | 'repaired';
  /** A sentence for an operator. */
  readonly detail: string;
}
