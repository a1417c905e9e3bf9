import { randomBytes } from 'node:crypto';
import type { Actor, AuditEvent } from '../audit/events.ts';
import { DAY } from '../kit/clock.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import { type Account, parseAccountName, type Side, type TokenScope } from './account.ts';
import type { AccountsAdmin } from './add-account.ts';
import { type IssuedToken, makeToken } from './issued-token.ts';
import { isPin, PIN_FORM, sealPin } from './pin.ts';
import type { CredentialChange } from './ports.ts';
import type { SecretBox } from './secret-box.ts';
import { hintSecurityMail } from './security-notice.ts';
import { otpauthUri } from './totp.ts';

/** The account that was named does not exist. */
export type UnknownAccount = 'account-unknown';

/** Disables or enables an account; effective at the person's next action, in open sessions too. Idempotent. */
export async function setAccountStatus(
  deps: AccountsAdmin,
  actor: Actor,
  name: string,
  status: Account['status'],
): Promise<Result<Account, UnknownAccount>> {
  const type = status === 'active' ? 'account-enabled' : 'account-disabled';
  return change(deps, actor, name, { status }, type);
}

/**
 * Makes a new TOTP key for an account, replacing any before. The URI holds the secret: show it once. `pin` is typed
 * before every code from now on; left out, nothing is.
 */
export async function enrolTotp(
  deps: AccountsAdmin & { readonly box: SecretBox; readonly issuer: string },
  actor: Actor,
  name: string,
  pin: string | null = null,
): Promise<Result<{ uri: string }, UnknownAccount | 'pin-invalid'>> {
  if (pin !== null && !isPin(pin)) return refuse('pin-invalid', PIN_FORM);
  const account = await findAccount(deps, name);
  if (!account.ok) return account;
  const key = randomBytes(20);
  const totpSealed = deps.box.seal(key, account.value.id);
  const pinSealed = pin === null ? null : await sealPin(deps.box, account.value.id, pin);
  const replaced = { totpSealed, pinSealed, forgetTotpStep: true };
  const changed = await change(deps, actor, name, replaced, 'totp-enrolled');
  return changed.ok ? accept({ uri: otpauthUri(key, deps.issuer, account.value.name) }) : changed;
}

/** The longest life a token may have. */
const LONGEST_TOKEN_LIFE = 366 * DAY;

/** Issues a personal access token of limited scope and life for one side. */
export async function addToken(
  deps: AccountsAdmin,
  actor: Actor,
  request: {
    readonly name: string;
    readonly scopes: readonly TokenScope[];
    readonly side: Side;
    readonly lifetime: number;
  },
): Promise<Result<IssuedToken, UnknownAccount | 'token-life-invalid'>> {
  const { scopes, side, lifetime } = request;
  const account = await findAccount(deps, request.name);
  if (!account.ok) return account;
  if (lifetime <= 0 || lifetime > LONGEST_TOKEN_LIFE)
    return refuse('token-life-invalid', 'a token lives at most 366 days');
  const now = deps.clock.now();
  const { token, secretDigest, issued } = makeToken({
    account: account.value.id,
    scopes,
    side,
    createdAt: now,
    expiresAt: now + lifetime,
    upload: null,
  });
  await deps.ledger.addToken(token, secretDigest, [
    {
      at: now,
      actor,
      event: {
        type: 'token-added',
        subjects: { account: token.account, token: token.id },
        data: { scopes: [...scopes], side, expiresAt: token.expiresAt },
      },
    },
  ]);
  hintSecurityMail(deps, token.account);
  return accept(issued);
}

/** The account of a sign-in name as somebody typed it. */
export async function findAccount(
  { ledger }: Pick<AccountsAdmin, 'ledger'>,
  name: string,
): Promise<Result<Account, UnknownAccount>> {
  const parsed = parseAccountName(name);
  const account = parsed.ok ? await ledger.accountByName(parsed.value) : null;
  return account === null ? refuse('account-unknown', `there is no account "${name}"`) : accept(account);
}

async function change(
  deps: AccountsAdmin,
  actor: Actor,
  name: string,
  changed: CredentialChange,
  type: AuditEvent['type'],
): Promise<Result<Account, UnknownAccount>> {
  const found = await findAccount(deps, name);
  if (!found.ok) return found;
  const { id } = found.value;
  await deps.ledger.changeCredentials(id, changed, [
    { at: deps.clock.now(), actor, event: { type, subjects: { account: id } } },
  ]);
  hintSecurityMail(deps, id);
  const after = await deps.ledger.accountById(id);
  return after === null ? refuse('account-unknown') : accept(after);
}
