import { MINUTE } from '../../kit/clock.ts';
import { parseId } from '../../kit/ids.ts';
import { fileRecord, systemActor } from '../actors.ts';
import type { Intake } from '../custody.ts';
import { dataTeam, hintNotices, newNotice } from '../notice.ts';
import type { AirlockEntry } from '../zone-ports.ts';
import type { Orphan } from './ports.ts';

const ACTOR = systemActor('doctor');

/** What is younger may be an upload that begins. */
const SETTLED = MINUTE;

/**
 * Mends what can be mended without a decision, and returns a sentence for each thing done. Bytes in the airlock that
 * no row accounts for become held files of the data team, whose members are told; they are never unlinked. Promises of
 * room and leases that no upload has any more are ended. Idempotent; works beside a running daemon.
 */
export async function repairCustody(intake: Intake): Promise<readonly string[]> {
  return [...(await adoptOrphans(intake)), ...(await dropClaims(intake))];
}

async function adoptOrphans(intake: Intake): Promise<readonly string[]> {
  const done: string[] = [];
  const team = await dataTeam(intake);
  for await (const entry of intake.zones.airlock.list()) {
    const orphan = await orphanOf(intake, entry);
    if (orphan === null) continue;
    const [owner] = team;
    if (owner === undefined) {
      done.push(`${entry.name} was not adopted: nobody is of the data team; add a member, and try again`);
      continue;
    }
    if (await adopt(intake, { ...orphan, owner }, team))
      done.push(
        `${entry.name} (${entry.size} bytes) was in no row; it is held now, for the data team to decide`,
      );
  }
  return done;
}

async function orphanOf(
  { ledger, clock }: Intake,
  { name, size, changedAt }: AirlockEntry,
): Promise<Omit<Orphan, 'owner'> | null> {
  const id = parseId('file', name);
  const at = clock.now();
  if (id === null || at - changedAt < SETTLED || (await ledger.fileById(id)) !== null) return null;
  return { id, size, at };
}

async function adopt(
  intake: Intake,
  orphan: Orphan,
  team: Awaited<ReturnType<typeof dataTeam>>,
): Promise<boolean> {
  const notices = team.map((account) => newNotice(intake, orphan, 'file-held', account));
  const audit = fileRecord(orphan.at, ACTOR, 'orphan-adopted', orphan, { data: { size: orphan.size } });
  const adopted = await intake.ledger.adoptOrphan(orphan, notices, audit);
  if (adopted) hintNotices(intake, notices);
  return adopted;
}

async function dropClaims({ ledger, clock }: Intake): Promise<readonly string[]> {
  const at = clock.now();
  const dangling = await ledger.danglingClaims(at);
  if (dangling.length === 0) return [];
  await ledger.dropClaims(at, dangling, {
    at,
    actor: ACTOR,
    event: { type: 'claims-dropped', subjects: {}, data: { files: [...dangling] } },
  });
  return dangling.map((file) => `${file} had a promise of room, or a writer, though it was received: ended`);
}
