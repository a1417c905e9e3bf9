import { type Keyring, verifyCheckpoint } from '../../core/audit/keyring.ts';
import { type NewestCheckpoint, newestCheckpoint } from '../../core/audit/sign-checkpoint.ts';
import type { Ledger } from '../../core/custody/ports.ts';
import { lookAtAnchor } from '../anchors/anchor-checkpoint.ts';
import type { Config } from '../config/config.ts';
import { loadCheckpointKeyring } from '../keys/load-keys.ts';
import type { DoctorFinding } from './finding.ts';

const CHECK = 'checkpoints';

/** Looks at the newest checkpoint and at its copies. Broken is what says that somebody was at the log. */
export async function checkCheckpoints(config: Config, ledger: Ledger): Promise<readonly DoctorFinding[]> {
  const newest = await newestCheckpoint(ledger);
  if (newest === null)
    return [
      warning('the audit log was not signed yet; a running daemon does, or `havengate audit checkpoint`'),
    ];
  let ring: Keyring;
  try {
    ring = await loadCheckpointKeyring(config);
  } catch (error) {
    return [warning(error instanceof Error ? error.message : String(error))];
  }
  const verified = verifyCheckpoint(newest.note, ring);
  if (!verified.ok)
    return [
      broken(`the newest checkpoint in the ledger is not genuine: ${verified.detail ?? verified.refusal}`),
    ];
  return [
    { check: CHECK, outcome: 'ok', detail: `the newest has ${newest.size} rows` },
    ...(await checkAnchors(config, newest, ring)),
  ];
}

async function checkAnchors(
  { audit: { anchors } }: Config,
  newest: NewestCheckpoint,
  ring: Keyring,
): Promise<readonly DoctorFinding[]> {
  if (anchors.length === 0)
    return [warning('no copies of checkpoints are kept elsewhere: `audit.anchors` names no place')];
  const states = await Promise.all(anchors.map(({ path }) => lookAtAnchor(path, newest, ring)));
  return states.map((found): DoctorFinding => {
    if (!('why' in found)) return { check: CHECK, outcome: 'ok', detail: `${found.path} is up to date` };
    const detail = `${found.path}: ${found.why}`;
    return found.state === 'ahead' ? broken(detail) : warning(detail);
  });
}

function warning(detail: string): DoctorFinding {
  return { check: CHECK, outcome: 'warning', detail };
}

function broken(detail: string): DoctorFinding {
  return { check: CHECK, outcome: 'broken', detail };
}
