import type { Actor } from '../../audit/events.ts';
import type { Intake } from '../custody.ts';
import { hintNotices, noticesAbout } from '../notice.ts';

const PAGE = 500;

const ACTOR: Actor = { kind: 'system', part: 'retention' };

/**
 * Writes the warnings that are due: each arrived file, and each released one that was
 * not collected, is told of once at every step that the site has set (7 days
 * and 1 day before its end). A step that was missed while the daemon was off is caught up by the next shorter one.
 * Notices of one person are gathered into one mail. Returns how many files were warned of. Safe to run twice.
 */
export async function warnOfExpiry(intake: Intake): Promise<number> {
  // The shortest first: a file that is inside two steps is warned of once.
  const steps = [...intake.policy.retention.warn].sort((a, b) => a - b);
  let warned = 0;
  for (const before of steps) {
    for (let some = await warnPage(intake, before); some > 0; some = await warnPage(intake, before))
      warned += some;
  }
  return warned;
}

async function warnPage(intake: Intake, before: number): Promise<number> {
  const { ledger, clock } = intake;
  const at = clock.now();
  const files = await ledger.filesToWarn(at, before, PAGE);
  if (files.length === 0) return 0;
  const warned = [];
  for (const file of files)
    warned.push({ ref: file, notices: await noticesAbout(intake, file, 'file-expires-soon') });
  const event = {
    type: 'retention-warned',
    subjects: {},
    data: { before, files: files.map((file) => file.id) },
  } as const;
  await ledger.markWarned(warned, before, { at, actor: ACTOR, event });
  hintNotices(
    intake,
    warned.flatMap(({ notices }) => notices),
  );
  return files.length;
}
