import { createExtensionRule, dueFiles } from '../../core/custody/retention/plan.ts';
import type { Instant } from '../../core/kit/clock.ts';
import { createFileViewer, type FileView } from './file-view.ts';
import type { Installation } from './installation.ts';
import type { Cell } from './table.ts';

/** A file that is due, and what a run would do with it. */
interface DueFileView extends FileView {
  readonly rule: string | null;
  /** `extended`: its holder cannot sign in, and it gets more time, once. */
  readonly outcome: 'destroyed' | 'extended';
}

/** The headings of `dueRow`. */
export const DUE_HEADINGS = ['ID', 'OWNER', 'STATE', 'EXPIRED', 'RULE', 'OUTCOME', 'PATH'] as const;

/** A due file as a row of a table. */
export function dueRow(file: DueFileView): readonly Cell[] {
  const path = file.arrival ?? file.path;
  return [file.id, file.owner, file.state, file.expiresAt, file.rule, file.outcome, path];
}

/** All files that are due at an instant, in the order in which a run takes them. */
export async function listDue(installation: Installation, asOf: Instant): Promise<DueFileView[]> {
  const view = createFileViewer(installation);
  const isExtended = createExtensionRule(installation.ledger);
  const due: DueFileView[] = [];
  for await (const page of dueFiles(installation.ledger, asOf)) {
    for (const file of page) {
      const outcome = (await isExtended(file)) ? 'extended' : 'destroyed';
      due.push({ ...(await view(file)), rule: file.expiresRule, outcome });
    }
  }
  return due;
}
