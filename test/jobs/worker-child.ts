import { jobIdOf } from '../../src/jobs/job-payload.ts';
import { startWorkers } from '../../src/jobs/workers.ts';
import { DONE, handlersThat } from './handlers-that.ts';
import { recordingLog } from './recording-log.ts';

// A worker process that never ends an inspection: `SOCKET`. Prints the id of the job that it has begun.
const [path = ''] = process.argv.slice(2);
startWorkers({
  server: { kind: 'socket', path },
  handlers: {
    ...handlersThat(async () => DONE),
    'inspect-file': async (work) => {
      process.stdout.write(`${jobIdOf(work)}\n`);
      return new Promise(() => undefined);
    },
  },
  log: recordingLog(),
  alone: false,
  lock: 1000,
});
