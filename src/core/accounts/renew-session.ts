import { randomBytes } from 'node:crypto';
import { MINUTE, type Millis } from '../kit/clock.ts';
import { sha256 } from '../kit/digest.ts';
import { newId } from '../kit/ids.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import { type StepUp, stepUp } from './security-keys/step-up.ts';
import type { Entrance, Session, SignIns } from './sign-in.ts';
import { cookieText } from './web-session.ts';

/** Why a browser's session was not renewed. One answer for a wrong password and a wrong code. */
export type RenewRefusal = 'step-up-refused' | 'session-over';

/** How long after it what asks for it may be done. */
const PROVEN_FOR: Millis = 10 * MINUTE;

/**
 * Proves again, within a browser's session, that its person is who they were (NIST SP 800-63B-4 section 4.1.2: before
 * an authenticator is bound), and gives the session a new id and secret, so that a cookie that somebody saw before is
 * worth nothing. Returns what the cookie holds from now on. It ends when the old one would have ended.
 */
export async function renewSession(
  deps: SignIns,
  session: Session,
  entrance: Entrance,
  proof: StepUp,
): Promise<Result<string, RenewRefusal>> {
  const kept = (await deps.ledger.webSessionById(session.id))?.session ?? null;
  if (kept === null) return refuse('session-over');
  if (!(await stepUp(deps, session, entrance, proof))) return refuse('step-up-refused');
  const at = deps.clock.now();
  const id = newId('sess', at);
  const secret = randomBytes(32).toString('base64url');
  const renewed = { ...kept, id, source: entrance.source, seenAt: at, provenAt: at };
  const { account, side, door } = session;
  const isRenewed = await deps.ledger.renewWebSession(session.id, renewed, sha256(secret), {
    at,
    actor: { kind: 'account', account, side, door },
    event: { type: 'web-session-renewed', subjects: { account }, data: { from: session.id, to: id } },
  });
  return isRenewed ? accept(cookieText(id, secret)) : refuse('session-over');
}

/** Whether the person of a session has proven who they are a moment ago. Asked by everything that changes their token. */
export async function isFreshlyProven({ ledger, clock }: SignIns, { id }: Session): Promise<boolean> {
  const provenAt = (await ledger.webSessionById(id))?.session.provenAt ?? null;
  const since = provenAt === null ? PROVEN_FOR : clock.now() - provenAt;
  return since >= 0 && since < PROVEN_FOR;
}
