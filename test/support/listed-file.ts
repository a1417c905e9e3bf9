/** A file as `file list --json` shows it: the fields that tests look at. */
export interface ListedFile {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly state: string;
  readonly reason: string | null;
  readonly scan: string | null;
  readonly expiresAt: string | null;
}
