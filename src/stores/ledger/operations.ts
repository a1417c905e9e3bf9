import type { AuditRecord } from '../../core/audit/events.ts';
import type { Ledger } from '../../core/custody/ports.ts';
import * as tokens from './access-tokens.ts';
import * as accounts from './accounts.ts';
import * as adoptions from './adoptions.ts';
import * as log from './audit-log.ts';
import * as claims from './claims.ts';
import * as counters from './counters.ts';
import * as digests from './digests.ts';
import * as emergency from './emergency-codes.ts';
import * as equals from './equal-files.ts';
import * as lookups from './folder-lookups.ts';
import * as folders from './folders.ts';
import * as forgetting from './forgetting.ts';
import * as freezeNotices from './freeze-notices.ts';
import * as freezes from './freezes.ts';
import * as guard from './guard-scores.ts';
import * as hardTokens from './hard-tokens.ts';
import * as holds from './holds.ts';
import * as leases from './leases.ts';
import * as listings from './listings.ts';
import * as mailed from './mailed-proofs.ts';
import * as marks from './marks.ts';
import * as moves from './moves.ts';
import * as moving from './moving-files.ts';
import * as notices from './notices.ts';
import * as own from './own-files.ts';
import * as projects from './projects.ts';
import * as proofs from './proofs.ts';
import * as published from './published.ts';
import * as publishedFolders from './published-folders.ts';
import * as reconnections from './reconnections.ts';
import * as reservations from './reservations.ts';
import * as retention from './retention.ts';
import * as scrubs from './scrubs.ts';
import * as sealings from './sealings.ts';
import * as securityKeys from './security-keys.ts';
import * as securityNotices from './security-notices.ts';
import { markSent } from './sent-mails.ts';
import * as shares from './shares.ts';
import * as standings from './standings.ts';
import type { LedgerDb, Tables } from './tables.ts';
import * as untaken from './untaken-mails.ts';
import * as uploads from './uploads.ts';
import * as warnings from './warnings.ts';
import * as webSessions from './web-sessions.ts';
import * as work from './work.ts';

/**
 * The calls that a ledger answers: plain data in and out, so that they cross threads. `renewGenerations` takes a
 * function, and is made of two calls instead.
 */
export interface LedgerCalls extends Omit<Ledger, 'renewGenerations'> {
  countInFlight(): Promise<number>;
  renewInFlight(expected: number, audit: AuditRecord): Promise<number>;
}

/** The name of a call. */
export type LedgerCall = keyof LedgerCalls;

/** What a call resolves to. */
export type Answer<Call extends LedgerCall> = Awaited<ReturnType<LedgerCalls[Call]>>;

/**
 * How a call is answered.
 * - `write`: in a transaction of its own that no other write overlaps; undone when it throws.
 * - `read`: on one snapshot.
 * - `lookup`: a few rows by key, so quick that it need not go to another thread, and without a snapshot.
 *
 * With `taken`, a violated unique index of that table is not an error but this outcome.
 */
export interface Operation<Call extends LedgerCall> {
  readonly kind: 'read' | 'lookup' | 'write';
  readonly run: (db: LedgerDb, ...args: Parameters<LedgerCalls[Call]>) => Promise<Answer<Call>>;
  readonly taken?: { readonly table: keyof Tables; readonly outcome: Answer<Call> };
}

/** All calls. Written for any database: dialects differ in their schema and in how a transaction is opened. */
export const OPERATIONS: { readonly [Call in LedgerCall]: Operation<Call> } = {
  appendAudit: write(log.appendAudit),
  readAudit: read(log.readAudit),
  readPersonal: read(log.readPersonal),
  auditHead: lookup(log.auditHead),
  auditOf: read(log.auditOf),
  leafHashes: read(log.leafHashes),
  lastAuditTime: lookup(log.lastAuditTime),

  addAccount: { ...write(accounts.addAccount), taken: { table: 'accounts', outcome: 'name-taken' } },
  accountByName: lookup(accounts.accountByName),
  accountById: lookup(accounts.accountById),
  listAccounts: read(accounts.listAccounts),
  credentialsOf: lookup(accounts.credentialsOf),
  changeCredentials: write(accounts.changeCredentials),
  consumeTotpStep: write(accounts.consumeTotpStep),
  addToken: write(tokens.addToken),
  tokenById: lookup(tokens.tokenById),
  listTokens: read(tokens.listTokens),
  revokeToken: write(tokens.revokeToken),
  touchToken: write(tokens.touchToken),
  keepReconnection: write(reconnections.keepReconnection),
  reconnectionFor: lookup(reconnections.reconnectionFor),
  useReconnection: write(reconnections.useReconnection),
  reconnectionById: lookup(reconnections.reconnectionById),
  listReconnections: read(reconnections.listReconnections),
  endReconnections: write(reconnections.endReconnections),
  addWebSession: write(webSessions.addWebSession),
  webSessionById: lookup(webSessions.webSessionById),
  listWebSessions: read(webSessions.listWebSessions),
  touchWebSession: write(webSessions.touchWebSession),
  endWebSessions: write(webSessions.endWebSessions),
  renewWebSession: write(webSessions.renewWebSession),
  addMailedProof: write(mailed.addMailedProof),
  pendingMailedProofs: read(mailed.pendingMailedProofs),
  armMailedProof: write(mailed.armMailedProof),
  markMailedProofSent: write(mailed.markMailedProofSent),
  mailedProofById: lookup(mailed.mailedProofById),
  mailedProofBoundTo: lookup(mailed.mailedProofBoundTo),
  tryMailedProof: write(mailed.tryMailedProof),
  putEmergencyCode: write(emergency.putEmergencyCode),
  emergencyCodeOf: lookup(emergency.emergencyCodeOf),
  useEmergencyCode: write(emergency.useEmergencyCode),

  recordStanding: write(standings.recordStanding),
  keepAgreement: write(standings.keepAgreement),
  agreementText: read(standings.agreementText),
  markTrainingWarned: write(standings.markTrainingWarned),

  pendingSecurityNotices: read(securityNotices.pendingSecurityNotices),
  markSecurityNoticesSent: write(markSent('security_notices')),
  keepChallenge: write(securityKeys.keepChallenge),
  findChallenge: lookup(securityKeys.findChallenge),
  takeChallenge: write(securityKeys.takeChallenge),
  addSecurityKey: {
    ...write(securityKeys.addSecurityKey),
    taken: { table: 'security_keys', outcome: 'taken' },
  },
  securityKeysOf: lookup(securityKeys.securityKeysOf),
  securityKeyByCredential: lookup(securityKeys.securityKeyByCredential),
  useSecurityKey: write(securityKeys.useSecurityKey),
  removeSecurityKey: write(securityKeys.removeSecurityKey),
  addHardTokens: write(hardTokens.addHardTokens),
  hardTokenBySerial: lookup(hardTokens.hardTokenBySerial),
  listHardTokens: read(hardTokens.listHardTokens),
  hardTokensOf: lookup(hardTokens.hardTokensOf),
  changeHardToken: write(hardTokens.changeHardToken),
  useHardToken: write(hardTokens.useHardToken),

  guardRowsAfter: read(guard.guardRowsAfter),
  saveGuardRows: write(guard.saveGuardRows),
  liftScores: write(guard.liftScores),

  addProject: { ...write(projects.addProject), taken: { table: 'projects', outcome: 'name-taken' } },
  projectByCaseRef: lookup(projects.projectByCaseRef),
  projectById: lookup(projects.projectById),
  listProjects: read(projects.listProjects),
  ownersFor: read(projects.ownersFor),

  addShare: { ...write(shares.addShare), taken: { table: 'shares', outcome: 'name-taken' } },
  shareByName: lookup(shares.shareByName),
  shareById: lookup(shares.shareById),
  listShares: read(shares.listShares),
  closeShare: write(shares.closeShare),
  setMember: write(shares.setMember),
  membersOf: read(shares.membersOf),
  sharesOf: lookup(shares.sharesOf),
  rightsOn: lookup(shares.rightsOn),

  startUpload: { ...write(uploads.startUpload), taken: { table: 'files', outcome: 'name-taken' } },
  receiveWhole: write(uploads.receiveWhole),
  moveFile: { ...write(moves.moveFile), taken: { table: 'files', outcome: 'name-taken' } },
  moveFiles: { ...write(moves.moveFiles), taken: { table: 'files', outcome: 'name-taken' } },
  startSealing: write(sealings.startSealing),
  adoptOrphan: write(adoptions.adoptOrphan),
  danglingClaims: read(claims.danglingClaims),
  dropClaims: write(claims.dropClaims),
  tiesOf: read(forgetting.tiesOf),
  forgetPerson: write(forgetting.forgetPerson),
  filesToScrub: read(scrubs.filesToScrub),
  noteScrubbed: write(scrubs.noteScrubbed),
  damagedFiles: lookup(scrubs.damagedFiles),
  oldestScrub: read(scrubs.oldestScrub),
  adoptFile: { ...write(adoptions.adoptFile), taken: { table: 'files', outcome: 'name-taken' } },
  noteProgress: write(uploads.noteProgress),
  setClientMtime: write(uploads.setClientMtime),
  moveBytes: write(moves.moveBytes),
  noteCarried: write(moving.noteCarried),
  renewLeases: write(leases.renewLeases),
  releaseLease: write(leases.releaseLease),
  liveLease: lookup(leases.liveLease),
  reserve: write(reservations.reserve),

  fileById: lookup(listings.fileById),
  equalFiles: read(equals.equalFiles),
  newestAt: lookup(listings.newestAt),
  arrivalAt: lookup(listings.arrivalAt),
  movingTo: lookup(moving.movingTo),
  movingInto: read(moving.movingInto),
  listFolder: read(listings.listFolder),
  listFiles: read(listings.listFiles),
  pageOfOwn: read(own.pageOfOwn),
  filesTouched: read(own.filesTouched),
  countByState: read(listings.countByState),
  verdictsOf: lookup(proofs.verdictsOf),
  receiptsOf: read(proofs.receiptsOf),
  certificatesOf: read(proofs.certificatesOf),

  keptDigests: lookup(digests.keptDigests),
  keepDigests: write(digests.keepDigests),

  listPublished: read(published.listPublished),
  findPublishedFolder: lookup(publishedFolders.findPublishedFolder),
  publishedBelow: read(published.publishedBelow),

  findFolder: lookup(lookups.findFolder),
  addFolder: write(folders.addFolder),
  removeFolder: write(folders.removeFolder),

  impliedWork: read(work.impliedWork),
  idleUploads: read(work.idleUploads),
  countInFlight: read(work.countInFlight),
  renewInFlight: write(work.renewInFlight),
  filesWithBytes: read(work.filesWithBytes),

  dueFiles: read(retention.dueFiles),
  countFilesWithBytes: lookup(counters.countFilesWithBytes),
  filesToWarn: read(warnings.filesToWarn),
  markWarned: write(warnings.markWarned),
  placeHold: write(holds.placeHold),
  liftHold: write(holds.liftHold),
  holdById: lookup(holds.holdById),
  listHolds: read(holds.listHolds),
  holdsOn: read(holds.holdsOn),
  holdTargetName: lookup(holds.holdTargetName),

  freezeOver: lookup(freezes.freezeOver),
  placeFreeze: write(freezes.placeFreeze),
  proposeLift: write(freezes.proposeLift),
  liftFreeze: write(freezes.liftFreeze),
  freezeById: lookup(freezes.freezeById),
  listFreezes: lookup(freezes.listFreezes),
  freezeTargetName: lookup(freezes.freezeTargetName),
  pendingFreezeNotices: read(freezeNotices.pendingFreezeNotices),
  markFreezeNoticesSent: write(markSent('freeze_notices')),

  pendingNotices: read(notices.pendingNotices),
  markNoticesSent: write(markSent('notices')),

  waitingMail: lookup(untaken.waitingMail),
  keepWaitingMail: write(untaken.keepWaitingMail),
  dropWaitingMail: write(untaken.dropWaitingMail),
  giveUpMail: write(untaken.giveUpMail),
  untakenMails: read(untaken.untakenMails),
  untakenMailById: lookup(untaken.untakenMailById),
  sendUntakenMail: write(untaken.sendUntakenMail),
  dismissUntakenMail: write(untaken.dismissUntakenMail),

  readMark: lookup(marks.readMark),
  writeMark: write(marks.writeMark),
  changeMark: write(marks.changeMark),
  marksBelow: read(marks.marksBelow),
  dropMark: write(marks.dropMark),
};

function read<Run>(run: Run): { readonly kind: 'read'; readonly run: Run } {
  return { kind: 'read', run };
}

function lookup<Run>(run: Run): { readonly kind: 'lookup'; readonly run: Run } {
  return { kind: 'lookup', run };
}

function write<Run>(run: Run): { readonly kind: 'write'; readonly run: Run } {
  return { kind: 'write', run };
}

/** The names of all calls. */
export const CALL_NAMES = Object.keys(OPERATIONS) as readonly LedgerCall[];
