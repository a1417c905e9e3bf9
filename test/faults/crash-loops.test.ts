import { describe, expect, test } from 'vitest';
import { MOVES } from '../../src/core/custody/states.ts';
import { runLoop } from './loops.ts';
import type { LoopReport } from './run-loop.ts';
import { SCENARIOS } from './scenarios.ts';
import { callsThatChange } from './source-calls.ts';

/** Calls that no scenario reaches, by file (and name), and who looks at them instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'put-back.ts': 'a name that somebody swaps in: test/zones/doomed-conformance.ts',
  'unlink-if.ts': 'a mount further down in a share: test/zones/carry-conformance.ts',
  'drop-carried.ts unlink': 'what a crash left aside is taken up: the crash after its rename',
  'working-rename.ts': 'working files are in no custody: test/zones/working-files.test.ts',
  'working-open.ts': 'working files are in no custody: test/zones/working-files.test.ts',
  'working-file.ts': 'working files are in no custody: test/zones/working-files.test.ts',
  'shares-zone.ts': 'working files are in no custody: test/zones/working-files.test.ts',
  'open-zones.ts': 'made before anything is taken: test/zones/open-zones.test.ts',
  'prepare-folder.ts': 'made before anything is taken: test/zones/open-zones.test.ts',
  'clone-file.ts': 'a disk that shares blocks: test/custody/continue-upload.test.ts',
  'coming-files.ts unlink': 'a small upload that gets no row: test/custody/small-upload.test.ts',
  'drives-zone.ts': 'drops of desktops: test/drives/drops.test.ts',
  'airlock-handle.ts truncate': 'a client that cuts its upload: test/zones/airlock-handle.test.ts',
  'carry-to-share.ts unlink': 'somebody is faster: test/zones/carry-conformance.ts',
  'carry-to-share.ts sync': 'a move after its name in Arrivals is gone: test/zones/carry-conformance.ts',
  'finish-carrying.ts unlink': 'moved before it was cleared: test/zones/carry-conformance.ts',
  'leftovers-zone.ts unlink': 'what a crash left of a copy: test/custody/leftovers.test.ts',
  'folders.ts chown': 'a site with a group: test/zones/zones-conformance.ts',
  'incoming-folder.ts chmod': 'somebody opened our folder: test/zones/carry-conformance.ts',
  'published-zone.ts rmdir': 'the home of somebody who is forgotten: test/custody/forget-person.test.ts',
  'seal-copy.ts unlink': 'a sealing that is taken back: test/zones/seal.test.ts',
};

/** Moves that no scenario makes, and who does. */
const MOVED_ELSEWHERE: readonly string[] = [
  'upload-abandoned',
  'continuation-undone',
  'file-held',
  'arrival-renamed',
  'retention-extended',
  'copy-requested',
  'move-returned',
  'arrival-moved-by-drive',
  'file-removed-by-drive',
  'sealing-failed',
  'release-ordered',
  'release-renamed',
  'file-collected',
  'certificate-issued',
  'destruction-stopped',
];

/** A busy machine takes its time for hundreds of starts. */
const TIME = { timeout: 600_000 };

const reports: LoopReport[] = [];

describe('kill -9 after every call that changes the disk or the ledger', () => {
  test.each(Object.keys(SCENARIOS))('of %s loses nothing and leaves nothing over', TIME, async (scenario) => {
    const report = await runLoop(scenario, 'crash');
    reports.push(report);
    expect(report.problems).toEqual([]);
    expect(report.runs).toBeGreaterThan(1);
  });

  test.each(['an admission', 'an admission to another file system', 'a destruction'])(
    'of %s, three times in the same file, and it is finished all the same',
    TIME,
    async (scenario) => {
      const report = await runLoop(scenario, 'thrice');
      expect(report.problems).toEqual([]);
      expect(report.runs).toBeGreaterThan(1);
    },
  );

  test('meets every call in the zones that changes the disk', () => {
    const met = new Set(reports.flatMap(({ calls }) => calls.map(({ place }) => place)));
    const missed = callsThatChange()
      .filter(({ place }) => !met.has(place))
      .filter(({ place, name }) => {
        const file = place.replace(/^.*\//, '').replace(/:\d+$/, '');
        return ELSEWHERE[file] === undefined && ELSEWHERE[`${file} ${name}`] === undefined;
      });
    expect(missed).toEqual([]);
  });

  test('meets every move in the table of states', () => {
    const met = new Set([...reports.flatMap(({ events }) => events), ...MOVED_ELSEWHERE]);
    expect(MOVES.map(({ event }) => event).filter((event) => !met.has(event))).toEqual([]);
  });
});
