import { parseAccountName } from '../accounts/account.ts';
import type { AccountsLedger } from '../accounts/ports.ts';
import type { Actor } from '../audit/events.ts';
import type { Clock } from '../kit/clock.ts';
import { newId } from '../kit/ids.ts';
import { accept, type Result, refuse } from '../kit/result.ts';
import type { ProjectsLedger } from './ports.ts';
import type { Project, Right, Share } from './project.ts';

/** What the set-up of projects works with. */
export interface ProjectsAdmin {
  readonly ledger: ProjectsLedger & AccountsLedger;
  readonly clock: Clock;
}

/** Adds a project under its case reference, with the account that answers for it. */
export async function addProject(
  deps: ProjectsAdmin,
  actor: Actor,
  request: { readonly caseRef: string; readonly title: string; readonly iao: string },
): Promise<Result<Project, 'case-reference-invalid' | 'account-unknown' | 'name-taken'>> {
  const { caseRef, title } = request;
  if (!/^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/.test(caseRef))
    return refuse('case-reference-invalid', `"${caseRef}"`);
  const iao = await accountNamed(deps, request.iao);
  if (!iao.ok) return iao;
  const now = deps.clock.now();
  const project = { id: newId('proj', now), caseRef, title, iao: iao.value, createdAt: now };
  const subjects = { project: project.id, account: project.iao };
  const event = { type: 'project-added', subjects, personal: { caseRef, title } } as const;
  const added = await deps.ledger.addProject(project, [{ at: now, actor, event }]);
  return added === 'added' ? accept(project) : refuse('name-taken', `there is a project "${caseRef}"`);
}

/**
 * Adds a share to a project. Its name is a folder name: lower case, digits, dot, dash, underscore. The folder is made
 * by the caller, with the zone of shares.
 */
export async function addShare(
  deps: ProjectsAdmin,
  actor: Actor,
  request: { readonly name: string; readonly caseRef: string },
): Promise<Result<Share, 'share-name-invalid' | 'project-unknown' | 'name-taken'>> {
  const { name, caseRef } = request;
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name)) return refuse('share-name-invalid', `"${name}"`);
  const project = await deps.ledger.projectByCaseRef(caseRef);
  if (project === null) return refuse('project-unknown', `there is no project "${caseRef}"`);
  const now = deps.clock.now();
  const share = { id: newId('shar', now), name, project: project.id, createdAt: now, closedAt: null };
  const subjects = { project: project.id, share: share.id };
  const event = { type: 'share-added', subjects, personal: { name } } as const;
  const added = await deps.ledger.addShare(share, [{ at: now, actor, event }]);
  return added === 'added' ? accept(share) : refuse('name-taken', `there is a share "${name}"`);
}

/** Sets what a person may do on a share; no rights at all removes them. Effective at their next action. */
export async function setShareMember(
  deps: ProjectsAdmin,
  actor: Actor,
  request: { readonly share: string; readonly account: string; readonly rights: readonly Right[] },
): Promise<Result<{ rights: readonly Right[] }, 'share-unknown' | 'share-closed' | 'account-unknown'>> {
  const { rights } = request;
  const share = await deps.ledger.shareByName(request.share);
  if (share === null) return refuse('share-unknown', `there is no share "${request.share}"`);
  if (share.closedAt !== null)
    return refuse('share-closed', `"${share.name}" is closed, and nobody has rights on it`);
  const account = await accountNamed(deps, request.account);
  if (!account.ok) return account;
  const type = rights.length === 0 ? 'share-member-removed' : 'share-member-added';
  const subjects = { share: share.id, account: account.value };
  await deps.ledger.setMember(share.id, account.value, rights, [
    { at: deps.clock.now(), actor, event: { type, subjects, data: { rights: [...rights] } } },
  ]);
  return accept({ rights });
}

async function accountNamed(
  deps: ProjectsAdmin,
  name: string,
): Promise<Result<Project['iao'], 'account-unknown'>> {
  const parsed = parseAccountName(name);
  const account = parsed.ok ? await deps.ledger.accountByName(parsed.value) : null;
  return account === null ? refuse('account-unknown', `there is no account "${name}"`) : accept(account.id);
}
