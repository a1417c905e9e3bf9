import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALL_OFF, createGates, type SiteGates } from '../../src/core/accounts/gates.ts';
import '../../src/doors/sftp/native-binding.ts';
import ssh2 from 'ssh2';
import { parseAccountName, type Side } from '../../src/core/accounts/account.ts';
import { enrolTotp } from '../../src/core/accounts/change-account.ts';
import type { GuardPolicy } from '../../src/core/accounts/guard/guard-policy.ts';
import { hashPassword } from '../../src/core/accounts/password.ts';
import type { PasswordWork } from '../../src/core/accounts/password-work.ts';
import { createSecretBox } from '../../src/core/accounts/secret-box.ts';
import type { SignIns } from '../../src/core/accounts/sign-in.ts';
import type { SignInPolicy } from '../../src/core/accounts/sign-in-policy.ts';
import { parseSshKey } from '../../src/core/accounts/ssh-key.ts';
import { totpCode, totpStep } from '../../src/core/accounts/totp.ts';
import type { CustodyPolicy, Intake } from '../../src/core/custody/custody.ts';
import type { CustodyFile } from '../../src/core/custody/file.ts';
import type { ImpliedWork } from '../../src/core/custody/implied-work.ts';
import type { Zones } from '../../src/core/custody/zone-ports.ts';
import type { Clock, Millis } from '../../src/core/kit/clock.ts';
import { type AccountId, newId } from '../../src/core/kit/ids.ts';
import type { LogFields, Logger } from '../../src/core/kit/logger.ts';
import type { AlgorithmChoice } from '../../src/doors/sftp/algorithms.ts';
import type { SftpLimits } from '../../src/doors/sftp/limits.ts';
import { type SftpDoor, startSftpDoor } from '../../src/doors/sftp/start-sftp-door.ts';
import { openThreadedLedger } from '../../src/stores/ledger/threaded-ledger.ts';
import { openZones } from '../../src/stores/zones/open-zones.ts';
import { testPolicy } from '../support/policy.ts';
import { guardedSignIns } from '../support/sign-ins.ts';

/** The password of every person of a test. */
export const PASSWORD = 'correct horse battery';

/** What a password costs here: tests sign in often. */
const CHEAP = { memory: 64, passes: 1, parallelism: 1 };

/** A line that was logged. */
interface LogLine extends LogFields {
  readonly level: string;
  readonly event: string;
}

/** What a test may set. */
export interface OutsideDoorOptions {
  readonly folder?: string;
  readonly side?: Side;
  /** Starts the inside door too. */
  readonly both?: boolean;
  readonly policy?: SignInPolicy;
  readonly algorithms?: AlgorithmChoice;
  readonly hostKeys?: readonly string[];
  /** How long people may come back without a code. */
  readonly reconnect?: Millis;
  readonly uploadTokens?: boolean;
  readonly clock?: Clock;
  readonly limits?: Partial<SftpLimits>;
  readonly guard?: Partial<GuardPolicy>;
  readonly passwords?: PasswordWork;
  readonly custody?: Partial<CustodyPolicy>;
  readonly gates?: Partial<SiteGates>;
  readonly zones?: (zones: Zones) => Zones;
}

/** An SFTP door on a real ledger and real zones, with its people. */
export interface OutsideDoor extends AsyncDisposable {
  readonly folder: string;
  readonly door: SftpDoor;
  readonly intake: Intake;
  readonly signIns: SignIns;
  readonly logged: readonly LogLine[];
  readonly hints: readonly ImpliedWork[];
  /** The same haven by the door of the other side. */
  readonly inside: OutsideDoor | null;
  /** Adds a person with a password and a key; returns the private key and what makes their token codes. */
  addPerson(name: string, options?: { readonly totp?: boolean }): Promise<Person>;
  /** The newest file that a person has, by path. */
  file(person: Person, name: string): Promise<CustodyFile | undefined>;
  /** The bytes that the airlock holds of it. */
  bytes(file: CustodyFile | undefined): Promise<Buffer>;
}

/** Somebody who can sign in. */
export interface Person {
  readonly id: AccountId;
  readonly name: string;
  readonly key: string;
  readonly publicKey: string;
  /** The code now, or of a step nearby. */
  code(steps?: number): string;
}

const POLICY = testPolicy({ settle: 60_000 });

const hostKey = ssh2.utils.generateKeyPairSync('ed25519').private;

/** Starts a door outside, on a free port. Dispose it to stop the door and remove its folder. */
export async function openOutsideDoor(options: OutsideDoorOptions = {}): Promise<OutsideDoor> {
  const folder = mkdtempSync(join(options.folder ?? tmpdir(), 'havengate-sftp-'));
  const ledger = await openThreadedLedger({ file: join(folder, 'ledger.sqlite') });
  const published = { mode: 0o440, gid: null };
  const shares = { attributesOf: () => ({ mode: 0o660, gid: null }) };
  const zones = await openZones({ data: join(folder, 'data'), keepFree: 0, published, shares });
  const clock = options.clock ?? { now: () => Date.now(), monotonic: () => performance.now() };
  const box = createSecretBox(Buffer.alloc(32, 7));
  const logged: LogLine[] = [];
  const hints: ImpliedWork[] = [];
  const log = recordingLog(logged);
  const intake: Intake = {
    ledger,
    zones: options.zones?.(zones) ?? zones,
    hints: { hint: (work) => void hints.push(work) },
    clock,
    log,
    policy: { ...POLICY, ...options.custody },
    gates: createGates({ ...ALL_OFF, ...options.gates }, clock),
  };
  const { guard, passwords } = options;
  const { signIns, stop } = await guardedSignIns({
    ledger,
    clock,
    box,
    log,
    gates: intake.gates,
    ...(guard && { guard }),
    ...(passwords && { passwords }),
  });
  const startDoor = (side: Side): Promise<SftpDoor> =>
    startSftpDoor({
      side,
      listen: { host: '127.0.0.1', port: 0 },
      hostKeys: options.hostKeys ?? [hostKey],
      algorithms: options.algorithms ?? 'modern',
      policy: options.policy ?? [['publickey'], ['password']],
      reconnect: options.reconnect ?? null,
      uploadTokens: options.uploadTokens ?? false,
      signIns,
      intake,
      log,
      ...(options.limits && { limits: options.limits }),
    });
  const door = await startDoor(options.side ?? 'outside');
  const other = options.both === true ? await startDoor('inside') : null;

  const outside: OutsideDoor = {
    folder,
    inside: null,
    door,
    intake,
    signIns,
    logged,
    hints,

    async addPerson(name, { totp = false } = {}) {
      const pair = ssh2.utils.generateKeyPairSync('ed25519');
      const now = clock.now();
      const id = newId('acct', now);
      const sshKey = parseSshKey(pair.public, now);
      const parsed = parseAccountName(name);
      if (!sshKey.ok || !parsed.ok) throw new Error(`cannot add ${name}`);
      const who = { fullName: name, email: `${name}@example.org`, role: 'researcher' } as const;
      await ledger.addAccount(
        {
          account: { id, name: parsed.value, ...who, status: 'active', createdAt: now },
          passwordHash: await hashPassword(PASSWORD, CHEAP),
          totpSealed: null,
          sshKeys: [sshKey.value],
        },
        [],
      );
      let key = Buffer.alloc(0);
      if (totp) {
        const deps = { ledger, clock, box, issuer: 'test' };
        const enrolled = await enrolTotp(deps, { kind: 'console' }, name);
        if (!enrolled.ok) throw new Error(enrolled.refusal);
        const credentials = await ledger.credentialsOf(id);
        key = Buffer.from(box.open(credentials?.totpSealed ?? new Uint8Array(), id));
      }
      return {
        id,
        name,
        key: pair.private,
        publicKey: pair.public,
        code: (steps = 0) => totpCode(key, totpStep(Date.now()) + steps),
      };
    },

    async file(person, name) {
      const files = await ledger.listFiles({ owner: person.id, limit: 1000 });
      return files.find(({ path }) => [path.folder, path.name].filter(Boolean).join('/') === name);
    },

    async bytes(file) {
      if (file === undefined) throw new Error('there is no such file');
      const pieces: Uint8Array[] = [];
      for await (const piece of zones.airlock.read(file.id)) pieces.push(Uint8Array.from(piece));
      return Buffer.concat(pieces);
    },

    async [Symbol.asyncDispose]() {
      await Promise.all([door.stop(1000), other?.stop(1000)]);
      await stop();
      await ledger.close();
      rmSync(folder, { recursive: true });
    },
  };
  return other === null ? outside : { ...outside, inside: { ...outside, door: other } };
}

/** The errors that a door has logged since it was last asked; the other lines are forgotten. */
export function takeErrors(door: OutsideDoor): readonly LogLine[] {
  return (door.logged as LogLine[]).splice(0).filter(({ level }) => level === 'error');
}

function recordingLog(lines: LogLine[]): Logger {
  const at =
    (level: string) =>
    (event: string, fields: LogFields = {}): void => {
      lines.push({ level, event, ...fields });
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
