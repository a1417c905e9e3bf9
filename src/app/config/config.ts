import type { AccountName, Side } from '../../core/accounts/account.ts';
import type { SignInPolicy } from '../../core/accounts/sign-in-policy.ts';
import type { ResearchFormat } from '../../core/custody/verdict.ts';
import type { Millis } from '../../core/kit/clock.ts';
import type { HttpLimits } from '../../doors/http/limits.ts';
import type { SftpLimits } from '../../doors/sftp/limits.ts';
import type { QueueServer } from '../../jobs/queue-server.ts';
import type { SmtpProtection } from '../../notify/smtp-mailer.ts';
import type { GuardConfig } from './guard-schema.ts';
import type { HostPort } from './host-port.ts';

/**
 * The configuration of one installation, read, checked and frozen. Paths are absolute, durations milliseconds,
 * sizes bytes. Secrets are not in it, only the files that hold them.
 */
export interface Config {
  /** The file it was read from. */
  readonly file: string;
  /** The name that receipts, mails and authenticator apps show. */
  readonly site: string;
  /** The folder of the zones: airlock, arrivals, shares, outbound, quarantine. */
  readonly data: string;
  /** The folder of the daemon's own keys. */
  readonly keys: string;
  readonly ledger: { readonly kind: 'sqlite'; readonly file: string };
  readonly queue: QueueConfig;
  readonly doors: readonly DoorConfig[];
  readonly guard: GuardConfig;
  /** Whether a PIN is typed before the codes of soft tokens that are made from now on. */
  readonly tokens: { readonly pin: 'off' | 'required' };
  readonly ops: { readonly listen: HostPort; readonly passwordFile: string; readonly behindProxy: boolean };
  /** What people must have done before they may transfer anything. */
  readonly gates: {
    readonly training: boolean;
    /** The file of the text that people accept; null where there is none. */
    readonly agreementFile: string | null;
    readonly induction: boolean;
    /** This version has no such gate. */
    readonly share: 'off';
    /** How long before their training is over people are warned; longest first. */
    readonly warn: readonly Millis[];
  };
  readonly retention: {
    readonly arrivals: Millis;
    readonly outbound: Millis;
    /** How long before the end their owners are warned; longest first. */
    readonly warn: readonly Millis[];
    /** Abandoned, held and quarantined files. */
    readonly aside: Millis;
    /** What a holder gets once who cannot sign in when the time is over. */
    readonly extension: Millis;
  };
  /** What certificates say of the medium, in the site's words. */
  readonly certificates: {
    readonly encryption: string;
    readonly snapshots: string;
    readonly backups: string;
  };
  readonly scan: ScanConfig;
  readonly intake: {
    /** How long a closed upload may be reopened before it settles. */
    readonly settle: Millis;
    /** The largest upload. */
    readonly largest: number;
    /** Bytes of the airlock's file system that uploads leave alone. */
    readonly keepFree: number;
  };
  readonly uploads: { readonly abandon: Millis };
  readonly notify: { readonly gather: Millis };
  readonly mail: MailConfig;
  readonly published: { readonly mode: number; readonly group: string | null };
  /** Mode and group of what is in shares, each by its name; `*` is every other one, and always there. */
  readonly shares: readonly ShareConfig[];
  readonly drives: DrivesConfig;
  readonly scrub: ScrubConfig;
  readonly check: CheckConfig;
  readonly audit: {
    /** How often a log that has grown is signed. */
    readonly checkpoint: Millis;
    /** Where copies of checkpoints go. */
    readonly anchors: readonly AnchorConfig[];
  };
  readonly log: { readonly level: LogLevel };
}

/** Mode and group of what is in one share, or in every other one. */
export interface ShareConfig {
  /** The name of a share, or `*`. */
  readonly name: string;
  readonly group: string | null;
  readonly mode: number;
}

/** Drives that desktops mount: off where nothing but SFTP reaches Arrivals and shares. */
export type DrivesConfig =
  | { readonly on: false }
  | {
      readonly on: true;
      /** How often everything is looked at. */
      readonly rescan: Millis;
      /** How many folders are watched at most. */
      readonly watches: number;
      /** Whose account a user of the drives is. */
      readonly users: readonly { readonly uid: number; readonly account: AccountName }[];
    };

/** The reading of all files again, to find what a disk has altered. */
export type ScrubConfig =
  | { readonly on: false }
  | {
      readonly on: true;
      /** Each file is read again when its last reading is so long ago. */
      readonly every: Millis;
      /** Bytes per second, at most. */
      readonly rate: number;
    };

/** The check of disk, ledger and audit log that runs behind a daemon once it is ready. */
export type CheckConfig =
  | { readonly on: false }
  | {
      readonly on: true;
      /** How long after the start. */
      readonly after: Millis;
      /** Things that are looked at in a second, at most. */
      readonly looks: number;
    };

/** A place for copies of checkpoints. */
export type AnchorConfig = FileAnchorConfig | SyslogAnchorConfig | MailAnchorConfig;

/** A file that they are appended to. */
export interface FileAnchorConfig {
  readonly kind: 'file';
  readonly path: string;
}

/** A syslog server that they are sent to over TLS. */
export interface SyslogAnchorConfig {
  readonly kind: 'syslog';
  readonly server: HostPort;
  /** Certificates to check the server's against; null for the system's. */
  readonly caFile: string | null;
  /** What the daemon shows of itself; both or none. */
  readonly certificateFile: string | null;
  readonly keyFile: string | null;
  readonly timeout: Millis;
}

/** A mailbox that they are sent to. */
export interface MailAnchorConfig {
  readonly kind: 'mail';
  readonly to: string;
  /** The time between two of them. */
  readonly every: Millis;
}

/** How much the log says, from least to most. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

/** Redis, started by the daemon itself, or the site's own. A password file wins over one in the address. */
export type QueueConfig =
  | { readonly kind: 'managed' }
  | { readonly kind: 'server'; readonly server: QueueServer; readonly passwordFile: string | null };

/** One listener. */
export type DoorConfig = SftpDoorConfig | PortalDoorConfig;

/** SFTP on one side. */
export interface SftpDoorConfig {
  readonly kind: 'sftp';
  readonly side: Side;
  readonly listen: HostPort;
  readonly signIn: SignInPolicy;
  /** What the door offers: what has no known weakness, or more, for old clients. */
  readonly algorithms: 'modern' | 'compatible';
  /** How long after a full sign-in people may come back for uploading without a new code; null for never. */
  readonly reconnect: Millis | null;
  /** Whether an access token for uploading is taken as a password. */
  readonly tokens: 'off' | 'upload';
  readonly limits: SftpLimits;
}

/** Pages, API and tus on one side. */
export interface PortalDoorConfig {
  readonly kind: 'portal';
  readonly side: Side;
  readonly listen: HostPort;
  /** Alternatives, each sufficient, of `password+token` and `passkey`. */
  readonly signIn: SignInPolicy;
  /**
   * The origin that browsers know the pages by, such as `https://transfer.example.org`; null where it is
   * `http://localhost` with the port, or not known.
   */
  readonly address: string | null;
  /** A proxy in front speaks TLS with people; its forwarded addresses are believed. */
  readonly behindProxy: boolean;
  readonly limits: HttpLimits;
}

/** Malware scanning; off is said in every receipt and listing. */
export type ScanConfig =
  | { readonly on: false }
  | {
      readonly on: true;
      readonly clamd: ClamdAddress;
      readonly tooLarge: 'hold' | 'admit';
      readonly encrypted: 'hold' | 'admit';
      /** Larger files are not sent to clamd, and count as too large. */
      readonly maxStream: number;
      /** Formats that are admitted all the same, once their structure is checked; each once. */
      readonly unscanned: readonly ResearchFormat[];
    };

/** Where clamd listens. */
export type ClamdAddress =
  | { readonly kind: 'socket'; readonly path: string }
  | ({ readonly kind: 'network' } & HostPort);

/** How mails leave. */
export type MailConfig = FilesMailConfig | SmtpConfig;

/** One file each in a folder. */
interface FilesMailConfig {
  readonly kind: 'files';
  readonly folder: string;
}

/** An SMTP server that mails are handed to. */
export interface SmtpConfig {
  readonly kind: 'smtp';
  readonly server: HostPort;
  readonly from: string;
  /** Who signs in; null, as the file with the password, when nobody does. */
  readonly user: string | null;
  readonly passwordFile: string | null;
  readonly tls: SmtpProtection;
  /** Certificates to check the server's against; null for the system's. */
  readonly caFile: string | null;
  readonly timeout: Millis;
}
