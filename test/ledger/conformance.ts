import { afterAll, beforeAll, describe } from 'vitest';
import type { AccountId } from '../../src/core/kit/ids.ts';
import type { OpenLedger } from '../../src/stores/ledger/ledger-engine.ts';
import { describeAccounts } from './conformance/accounts.ts';
import { describeAudit } from './conformance/audit.ts';
import { describeBrowsers } from './conformance/browsers.ts';
import { describeDigests } from './conformance/digests.ts';
import { describeDrops } from './conformance/drops.ts';
import { describeFolders } from './conformance/folders.ts';
import { describeFreezes } from './conformance/freezes.ts';
import { describeGuard } from './conformance/guard.ts';
import { describeHardTokens } from './conformance/hard-tokens.ts';
import { describeHolds } from './conformance/holds.ts';
import { describeLeases } from './conformance/leases.ts';
import { describeMatrix } from './conformance/matrix.ts';
import { describeMoves } from './conformance/moves.ts';
import { describeMoving } from './conformance/moving.ts';
import { describeOwnFiles } from './conformance/own-files.ts';
import { describeProjects } from './conformance/projects.ts';
import { describePublished } from './conformance/published.ts';
import { describeReconnections } from './conformance/reconnections.ts';
import { describeRecovery } from './conformance/recovery.ts';
import { describeRepairs } from './conformance/repairs.ts';
import { describeRetention } from './conformance/retention.ts';
import { describeSealing } from './conformance/sealing.ts';
import { describeSecurityKeys } from './conformance/security-keys.ts';
import { describeSecurityNotices } from './conformance/security-notices.ts';
import { describeStandings } from './conformance/standings.ts';
import { describeUntakenMails } from './conformance/untaken-mails.ts';
import { describeUploads } from './conformance/uploads.ts';
import { describeWarnings } from './conformance/warnings.ts';
import { describeWork } from './conformance/work.ts';
import { addPerson } from './fixtures.ts';

/** A database with a ledger in it, made for one group of tests. */
export interface LedgerHouse {
  /** Opens the ledger once more, as another process would. The house closes it at the end. */
  open(): Promise<OpenLedger>;
  /** Runs a statement past the ledger, with the rights of the database's owner. */
  sql(statement: string): Promise<void>;
  /** The same with the guards of the audit log taken away, as somebody who owns the machine can. */
  tamper(statement: string): Promise<void>;
  close(): Promise<void>;
}

/** What the sentences about a ledger work with. Everything is there after `beforeAll`. */
export interface Scene {
  readonly house: LedgerHouse;
  readonly ledger: OpenLedger;
  /** A second connection on the same data. */
  readonly other: OpenLedger;
  /** A researcher, in the ledger. */
  readonly alice: AccountId;
  readonly bob: AccountId;
  /** Makes another house, for a test that leaves ruins. That test closes it. */
  readonly build: () => Promise<LedgerHouse>;
}

/** What every ledger promises, whatever database it is in: the conformance suite of the ledger's ports. */
export function describeLedger(name: string, build: () => Promise<LedgerHouse>): void {
  describe(`${name}:`, () => {
    describe.each(PARTS)('%s', (_, sentences) => {
      sentences(openScene(build));
    });
  });
}

const PARTS: readonly [string, (scene: Scene) => void][] = [
  ['accounts', describeAccounts],
  ['repairs', describeRepairs],
  ['reconnections', describeReconnections],
  ['the guard', describeGuard],
  ['browsers', describeBrowsers],
  ['security keys', describeSecurityKeys],
  ['hard tokens', describeHardTokens],
  ['security notices', describeSecurityNotices],
  ['untaken mails', describeUntakenMails],
  ['recovery', describeRecovery],
  ['standings', describeStandings],
  ['projects', describeProjects],
  ['folders', describeFolders],
  ['drops', describeDrops],
  ['uploads', describeUploads],
  ['legal and illegal moves', describeMatrix],
  ['moves', describeMoves],
  ['what was published', describePublished],
  ['a person’s own files', describeOwnFiles],
  ['digests', describeDigests],
  ['moves to shares', describeMoving],
  ['sealing', describeSealing],
  ['leases and room', describeLeases],
  ['work', describeWork],
  ['retention', describeRetention],
  ['warnings', describeWarnings],
  ['freezes', describeFreezes],
  ['holds', describeHolds],
  ['audit', describeAudit],
];

function openScene(build: () => Promise<LedgerHouse>): Scene {
  const scene: { -readonly [K in keyof Scene]?: Scene[K] } = {};
  beforeAll(async () => {
    const house = await build();
    const ledger = await house.open();
    const other = await house.open();
    const alice = await addPerson(ledger, 'alice');
    const bob = await addPerson(ledger, 'bob');
    Object.assign(scene, { house, ledger, other, alice, bob, build });
  });
  afterAll(async () => scene.house?.close());
  return scene as Scene;
}
