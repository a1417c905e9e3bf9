import { createLogger } from '../../src/ops/logger.ts';

// Writes 5000 lines, more than a pipe holds, and ends without a word.
const log = createLogger({ level: 'info' });
for (let n = 0; n < 5000; n++) log.info('counted', { n, padding: 'x'.repeat(100) });
process.exit(0);
