import type { AuditEventType } from '../../audit/events.ts';
import type { Intake } from '../custody.ts';
import { type Finding, fault } from '../custody-finding.ts';
import type { CustodyFile } from '../file.ts';
import { type FileState, MOVES } from '../states.ts';
import type { Pace } from './pace.ts';

const PAGE = 500;

/** A daemon that works moves a file between our looks at its row and at its log. */
const LOOKS = 3;

/** Events that begin a file's way, and the state that they leave it in. */
const BEGINNINGS: readonly { readonly event: AuditEventType; readonly to: FileState }[] = [
  { event: 'upload-started', to: 'receiving' },
  { event: 'sealing-begun', to: 'sealing' },
  { event: 'file-adopted', to: 'arrived' },
  { event: 'orphan-adopted', to: 'held' },
];

const STEPS = [...BEGINNINGS, ...MOVES];
const STEP_EVENTS: ReadonlySet<string> = new Set(STEPS.map(({ event }) => event));

/** Invariant 6: of every file, the last audit event that moves one agrees with its state. */
export async function* checkStories(intake: Intake, pace: Pace): AsyncGenerator<Finding | null> {
  let before: CustodyFile['id'] | undefined;
  for (;;) {
    const page: readonly CustodyFile[] = await intake.ledger.listFiles({
      limit: PAGE,
      ...(before !== undefined && { before }),
    });
    for (const { id } of page) {
      await pace();
      yield await checkStory(intake, id);
    }
    before = page.at(-1)?.id;
    if (page.length < PAGE) return;
  }
}

async function checkStory({ ledger }: Intake, id: CustodyFile['id']): Promise<Finding | null> {
  let told = '';
  for (let look = 0; look < LOOKS; look++) {
    const file = await ledger.fileById(id);
    if (file === null) return null;
    const last = (await ledger.auditOf({ file: id }))
      .map(({ entry }) => (JSON.parse(entry) as { readonly type: string }).type)
      .findLast((type) => STEP_EVENTS.has(type));
    if (STEPS.some(({ event, to }) => event === last && to === file.state)) return null;
    told = `it is ${file.state}, and the last that the audit log says of it is ${last ?? 'nothing'}`;
  }
  return fault(6, id, told);
}
