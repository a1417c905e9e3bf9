import { startManagedRedis } from '../../src/jobs/managed-redis.ts';
import { recordingLog } from './recording-log.ts';

// A daemon that does nothing but run a managed Redis: `DIR [fall]`. Prints the id of the Redis.
const [dir = '', then] = process.argv.slice(2);
const redis = await startManagedRedis({ dir, log: recordingLog() });
process.stdout.write(`${redis.pid}\n`);
if (then === 'fall') setTimeout(fall, 100);

function fall(): never {
  throw new Error('the daemon falls over');
}
