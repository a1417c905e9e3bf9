import type { JsonObject } from '../kit/canonical-json.ts';
import type { Instant } from '../kit/clock.ts';
import type {
  AccountId,
  CertificateId,
  FileId,
  FreezeId,
  HardTokenId,
  HoldId,
  KeyId,
  MailId,
  NoticeId,
  ProjectId,
  ReceiptId,
  SecurityKeyId,
  ShareId,
  TokenId,
} from '../kit/ids.ts';

/** Who or what an event is about. Only ids: they say nothing once names and mails are erased. */
export interface Subjects {
  readonly file?: FileId;
  readonly account?: AccountId;
  readonly project?: ProjectId;
  readonly share?: ShareId;
  readonly token?: TokenId;
  readonly key?: KeyId;
  readonly securityKey?: SecurityKeyId;
  readonly hardToken?: HardTokenId;
  readonly receipt?: ReceiptId;
  readonly notice?: NoticeId;
  readonly mail?: MailId;
  readonly hold?: HoldId;
  readonly freeze?: FreezeId;
  readonly certificate?: CertificateId;
}

/** Who acted. `console` is the command line on the machine itself, `system` a job or a start. */
export type Actor =
  | {
      readonly kind: 'account';
      readonly account: AccountId;
      readonly side: 'outside' | 'inside';
      readonly door: string;
    }
  | { readonly kind: 'console' }
  | { readonly kind: 'system'; readonly part: string };

/**
 * What happened, in the past tense. The list is closed: an event that is not here cannot be written.
 * Names are stable; auditors' queries depend on them.
 */
export const EVENT_TYPES = [
  'installation-initialised',
  'daemon-started',
  'daemon-stopped',
  'generations-renewed',
  'account-added',
  'account-enabled',
  'account-disabled',
  'account-reset',
  'account-forgotten',
  'totp-enrolled',
  'totp-removed',
  'ssh-key-added',
  'ssh-key-removed',
  'security-key-added',
  'security-key-removed',
  'security-key-suspected',
  'hard-token-imported',
  'hard-token-assigned',
  'hard-token-unassigned',
  'hard-token-lost',
  'hard-token-resynchronised',
  'sources-changed',
  'reconnections-ended',
  'token-added',
  'token-revoked',
  'upload-granted',
  'password-changed',
  'activation-begun',
  'training-recorded',
  'training-warned',
  'induction-recorded',
  'agreement-published',
  'agreement-accepted',
  'password-reset',
  'mailed-proof-asked',
  'mailed-proof-sent',
  'emergency-code-made',
  'emergency-code-used',
  'web-session-renewed',
  'web-sessions-ended',
  'signed-in',
  'sign-in-refused',
  'sign-ins-refused',
  'sign-ins-slowed',
  'source-banned',
  'ban-lifted',
  'project-added',
  'share-added',
  'share-member-added',
  'share-member-removed',
  'share-closed',
  'folder-made',
  'folder-removed',
  'upload-started',
  'upload-reopened',
  'upload-renamed',
  'upload-removed',
  'upload-superseded',
  'upload-abandoned',
  'upload-truncated',
  'continuation-undone',
  'file-received',
  'inspection-begun',
  'file-inspected',
  'file-held',
  'file-quarantined',
  'admission-begun',
  'arrival-renamed',
  'file-arrived',
  'same-bytes-received',
  'airlock-cleared',
  'notices-sent',
  'mail-given-up',
  'mail-sent-again',
  'mail-dismissed',
  'quarantine-left',
  'bytes-doomed',
  'hold-placed',
  'hold-lifted',
  'freeze-placed',
  'freeze-lift-proposed',
  'freeze-lifted',
  'retention-warned',
  'retention-extended',
  'retention-planned',
  'retention-stopped',
  'retention-confirmed',
  'destruction-begun',
  'destruction-ordered',
  'destruction-stopped',
  'file-destroyed',
  'certificate-issued',
  'file-removed',
  'file-superseded',
  'move-begun',
  'bytes-carried',
  'file-shared',
  'move-returned',
  'working-change-begun',
  'working-change-refused',
  'working-file-written',
  'working-file-renamed',
  'working-file-removed',
  'working-folder-made',
  'working-folder-removed',
  'sealing-begun',
  'file-sealed',
  'sealing-failed',
  'release-begun',
  'release-renamed',
  'release-ordered',
  'file-released',
  'file-collected',
  'file-revoked',
  'file-adopted',
  'orphan-adopted',
  'claims-dropped',
  'arrival-moved-by-drive',
  'file-shared-by-drive',
  'file-removed-by-drive',
  'file-damaged',
  'file-mended',
  'shared-file-let-go',
  'admission-proposed',
  'admission-ordered',
  'copy-requested',
  'ledger-backed-up',
  'ledger-restored',
  'restore-accepted',
  'clock-suspected',
  'clock-accepted',
  'checkpoint-signed',
  'checkpoint-key-rotated',
  'configuration-changed',
] as const;

/** The name of an audit event. */
export type AuditEventType = (typeof EVENT_TYPES)[number];

/**
 * One audit event.
 *
 * `data` goes into the hashed row in the clear: ids, states, sizes, digests and reasons from closed lists.
 * `personal` (names, paths, mails, addresses) goes to a side table; the row holds a salted commitment to each
 * value, so that a person can be forgotten without breaking the log.
 */
export interface AuditEvent {
  readonly type: AuditEventType;
  readonly subjects: Subjects;
  readonly data?: JsonObject;
  readonly personal?: Readonly<Record<string, string>>;
}

/** An event with its time and actor, ready to be appended by the ledger as a transaction's last statement. */
export interface AuditRecord {
  readonly at: Instant;
  readonly actor: Actor;
  readonly event: AuditEvent;
}
