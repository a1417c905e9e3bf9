import { type Keyring, verifyCheckpoint } from '../../core/audit/keyring.ts';
import { type NewestCheckpoint, newestCheckpoint } from '../../core/audit/sign-checkpoint.ts';
import type { Ledger } from '../../core/custody/ports.ts';
import { createAnchors } from '../anchors/create-anchors.ts';
import type { Config } from '../config/config.ts';
import { loadCheckpointKeyring } from '../keys/load-keys.ts';
import { systemClock } from '../system-clock.ts';
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
    ...(await checkAnchors(config, ledger, newest, ring)),
  ];
}

async function checkAnchors(
  config: Config,
  ledger: Ledger,
  newest: NewestCheckpoint,
  ring: Keyring,
): Promise<readonly DoctorFinding[]> {
  const anchors = createAnchors(config, { ledger, clock: systemClock }, () => undefined);
  if (anchors.length === 0)
    return [warning('no copies of checkpoints are kept elsewhere: `audit.anchors` names no place')];
  const states = await Promise.all(anchors.map((one) => one.look(newest, ring)));
  const looked = states.map((found): DoctorFinding => {
    if (found.state === 'not-due')
      return { check: CHECK, outcome: 'ok', detail: `${found.place} gets the next one when it is due` };
    if (!('why' in found)) return { check: CHECK, outcome: 'ok', detail: `${found.place} is up to date` };
    const detail = `${found.place}: ${found.why}`;
    return found.state === 'ahead' ? broken(detail) : warning(detail);
  });
  return isMailToFiles(config)
    ? [...looked, warning('checkpoints by mail do not leave this machine: `mail` is `files`')]
    : looked;
}

/** Mails that nobody carries away prove nothing. */
function isMailToFiles({ audit, mail }: Config): boolean {
  return mail.kind === 'files' && audit.anchors.some(({ kind }) => kind === 'mail');
}

function warning(detail: string): DoctorFinding {
  return { check: CHECK, outcome: 'warning', detail };
}

function broken(detail: string): DoctorFinding {
  return { check: CHECK, outcome: 'broken', detail };
}
