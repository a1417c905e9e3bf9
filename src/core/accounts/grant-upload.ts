import { DAY, type Millis } from '../kit/clock.ts';
import type { FileId } from '../kit/ids.ts';
import { type IssuedToken, makeToken } from './issued-token.ts';
import type { Session, SignIns } from './sign-in.ts';

/** How long an upload that was begun in a browser may go on without its session. */
const GRANT_LIFE: Millis = 7 * DAY;

/**
 * Grants the person of a session to go on with one upload after the session is over: a token that opens that upload
 * and nothing else, for seven days at most. It ends with the account, as every token does.
 */
export async function grantUpload(
  { ledger, clock }: Pick<SignIns, 'ledger' | 'clock'>,
  session: Session,
  upload: FileId,
): Promise<IssuedToken> {
  const { account, side, door } = session;
  const at = clock.now();
  const about = { account, scopes: ['upload'], side, createdAt: at, expiresAt: at + GRANT_LIFE } as const;
  const { token, secretDigest, issued } = makeToken({ ...about, upload });
  await ledger.addToken(token, secretDigest, [
    {
      at,
      actor: { kind: 'account', account, side, door },
      event: {
        type: 'upload-granted',
        subjects: { account, token: token.id, file: upload },
        data: { expiresAt: token.expiresAt },
      },
    },
  ]);
  return issued;
}
