import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Account, Role } from '../../src/core/accounts/account.ts';
import { addAccount } from '../../src/core/accounts/add-account.ts';
import { setAccountStatus } from '../../src/core/accounts/change-account.ts';
import { ALL_OFF, createGates } from '../../src/core/accounts/gates.ts';
import type { Session } from '../../src/core/accounts/sign-in.ts';
import { admitFile } from '../../src/core/custody/admit-file.ts';
import type { Custody } from '../../src/core/custody/custody.ts';
import { arrivalsDrop, type CustodyFile } from '../../src/core/custody/file.ts';
import type { ImpliedWork } from '../../src/core/custody/implied-work.ts';
import { inspectFile } from '../../src/core/custody/inspect-file.ts';
import { type FileName, TOP } from '../../src/core/custody/names.ts';
import { openUpload } from '../../src/core/custody/open-upload.ts';
import type { Mail } from '../../src/core/custody/ports.ts';
import { createSigner } from '../../src/core/custody/signed-document.ts';
import type { Verdict } from '../../src/core/custody/verdict.ts';
import { type Clock, SECOND } from '../../src/core/kit/clock.ts';
import type { Sha256 } from '../../src/core/kit/digest.ts';
import { type FileId, newId } from '../../src/core/kit/ids.ts';
import type { LogFields } from '../../src/core/kit/logger.ts';
import { accept } from '../../src/core/kit/result.ts';
import type { OpenLedger } from '../../src/stores/ledger/ledger-engine.ts';
import { openSqliteLedger } from '../../src/stores/ledger/sqlite-ledger.ts';
import { openZones } from '../../src/stores/zones/open-zones.ts';
import { STRICT_SCAN, testPolicy } from '../support/policy.ts';

/** Custody over a real ledger and real zones, with a clock that the test moves. */
export interface TestCustody {
  readonly custody: Custody;
  readonly ledger: OpenLedger;
  /** The folder of the zones. */
  readonly data: string;
  /** `ahead` is added to the wall clock; nothing moves the monotonic one. */
  readonly clock: Clock & { ahead: number };
  readonly hints: ImpliedWork[];
  readonly mails: Mail[];
  readonly logged: { readonly event: string; readonly fields: LogFields }[];
  /** An account by its name; the first time, it is added. */
  readonly person: (name: string, role?: Role) => Promise<Account>;
  readonly setStatus: (name: string, status: 'active' | 'disabled') => Promise<void>;
  readonly session: (person: Account) => Session;
  /** Uploads a file and closes it: it is received. */
  readonly receive: (owner: Account, name: string, bytes?: string) => Promise<CustodyFile>;
  /** The same, checked and admitted; with another outcome than `pass` it is held or quarantined. */
  readonly admit: (
    owner: Account,
    name: string,
    outcome?: Verdict['outcome'],
    bytes?: string,
  ) => Promise<CustodyFile>;
  readonly file: (id: FileId) => Promise<CustodyFile>;
  /** The types of the audit rows about a file, oldest first. */
  readonly story: (id: FileId) => Promise<readonly string[]>;
}

const CONSOLE = { kind: 'console' } as const;

/** Opens custody for the length of a test. */
export async function custodyForTest(): Promise<TestCustody> {
  const folder = await mkdtemp(join(tmpdir(), 'havengate-custody-'));
  const data = join(folder, 'data');
  const ledger = await openSqliteLedger({ file: join(folder, 'ledger.sqlite3') });
  onTestFinished(async () => {
    await ledger.close();
    await rm(folder, { recursive: true, force: true });
  });
  const published = { mode: 0o440, gid: null };
  const shares = { attributesOf: () => ({ mode: 0o660, gid: null }) };
  const zones = await openZones({ data, keepFree: 0, published, shares });
  const clock = {
    ahead: 0,
    now: () => Date.now() + clock.ahead,
    monotonic: () => performance.now(),
  };
  const [hints, mails, logged]: [ImpliedWork[], Mail[], TestCustody['logged']] = [[], [], []];
  const note = (event: string, fields: LogFields = {}) => void logged.push({ event, fields });
  let outcome: Verdict['outcome'] = 'pass';
  const custody: Custody = {
    ledger,
    zones,
    hints: { hint: (work) => void hints.push(work) },
    clock,
    log: { debug: note, info: note, warn: note, error: note },
    policy: testPolicy({ gather: 0, largest: 1024 ** 3, scan: STRICT_SCAN }),
    gates: createGates(ALL_OFF, clock),
    inspector: {
      async inspect(bytes, { size }) {
        const hash = createHash('sha256');
        for await (const piece of bytes) hash.update(piece);
        const sha256 = hash.digest('hex') as Sha256;
        const at = clock.now();
        const verdict = (check: Verdict['check'], said: Verdict['outcome']): Verdict => {
          return { check, outcome: said, detail: null, version: 'test', sha256, at };
        };
        const verdicts = [verdict('digest', 'pass'), verdict('type', 'pass'), verdict('malware', outcome)];
        return { answered: true, inspection: { size, sha256, contentType: null, verdicts } };
      },
    },
    receipts: createSigner(generateKeyPairSync('ed25519').privateKey),
    certificates: createSigner(generateKeyPairSync('ed25519').privateKey),
    mailer: {
      async send(mail) {
        mails.push(mail);
        return accept(null);
      },
    },
  };

  const person: TestCustody['person'] = async (name, role = 'researcher') => {
    const admin = { ledger, clock };
    const [email, none] = [`${name}@example.org`, { password: null, sshKey: null }];
    // Nobody signs in here. To hash a password takes longer than most of these tests.
    const request = { name, fullName: `The ${name}`, email, role, ...none, isInvited: true };
    const added = await addAccount(admin, CONSOLE, request);
    if (!added.ok && added.refusal !== 'name-taken') throw new Error(added.refusal);
    const found = (await ledger.listAccounts()).find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };
  const session: TestCustody['session'] = ({ id, name }) => {
    const made = newId('sess', clock.now());
    return { id: made, account: id, name, side: 'outside', door: 'sftp', scopes: null };
  };
  const file: TestCustody['file'] = async (id) => {
    const found = await ledger.fileById(id);
    if (found === null) throw new Error(`there is no file ${id}`);
    return found;
  };
  const receive: TestCustody['receive'] = async (owner, name, bytes = `the bytes of ${name}`) => {
    const path = { folder: TOP, name: name as FileName };
    const drop = arrivalsDrop(owner.id);
    const request = { drop, path, mode: 'fresh', door: 'sftp', declaredSize: null } as const;
    const opened = await openUpload(custody, session(owner), request);
    if (!opened.ok) throw new Error(opened.refusal);
    await opened.value.write([Buffer.from(bytes)], 0);
    await opened.value.finish(false);
    return file(opened.value.ref.id);
  };
  return {
    custody,
    ledger,
    data,
    clock,
    hints,
    mails,
    logged,
    person,
    session,
    file,
    receive,
    async setStatus(name, status) {
      const changed = await setAccountStatus({ ledger, clock }, CONSOLE, name, status);
      if (!changed.ok) throw new Error(changed.refusal);
    },
    async admit(owner, name, wanted = 'pass', bytes) {
      const received = await receive(owner, name, bytes);
      outcome = wanted;
      await inspectFile(custody, received);
      clock.ahead += 6 * SECOND;
      await admitFile(custody, await file(received.id));
      return file(received.id);
    },
    async story(id) {
      const rows = await ledger.auditOf({ file: id });
      return rows.map(({ entry }) => (JSON.parse(entry) as { type: string }).type);
    },
  };
}
