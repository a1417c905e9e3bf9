import { expect, test } from 'vitest';
import { jobIdOf } from '../../src/jobs/job-payload.ts';
import { lookAtQueue } from '../../src/jobs/look-at-queue.ts';
import { createWorkHints } from '../../src/jobs/work-hints.ts';
import { eventually } from '../support/wait.ts';
import { fileWork, queuesForTest, redisForTest, serverOf, temporaryFolder } from './bench.ts';
import { recordingLog } from './recording-log.ts';

test('tells work without a job, jobs without work, failed ones and foreign ones', async () => {
  const redis = await redisForTest();
  const [server, log] = [serverOf(redis), recordingLog()];
  const queues = queuesForTest(server);
  await new Promise<void>((reached) => queues.onReachable(reached));
  const hints = createWorkHints({ queues, log });
  const [known, stray, lost, later] = [fileWork(), fileWork(), fileWork(), fileWork('admit-file')];
  for (const work of [known, stray]) hints.hint(work);
  hints.hint(later, 60_000);
  hints.hint({ job: 'scrub-files' });
  await queues.byName['inspect-file'].add('inspect-file', { v: 9 } as never, { jobId: 'not-ours' });
  const implied = async () => [known, lost];
  const look = await eventually('all hints are in the queue', async () => {
    const seen = await lookAtQueue({ server, implied, log });
    return seen?.jobs === 5 ? seen : undefined;
  });
  expect(look.missing).toEqual([lost]);
  expect(look.unimplied.map(({ id }) => id)).toEqual([jobIdOf(stray)]);
  expect(look.foreign).toEqual(['not-ours']);
  expect(look.failed).toEqual([]);
});

test('says that there is no queue where no server answers', async () => {
  const path = `${await temporaryFolder()}/redis.sock`;
  const implied = async () => [];
  expect(await lookAtQueue({ server: { kind: 'socket', path }, implied, log: recordingLog() })).toBeNull();
});
