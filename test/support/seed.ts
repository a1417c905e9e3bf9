import { randomBytes } from 'node:crypto';

/**
 * What a test of chance throws its dice with. Have it printed, in the title of a group: the same one in
 * `HAVENGATE_TEST_SEED` makes the same choices again, though not at the same instants.
 */
export const SEED: string = process.env['HAVENGATE_TEST_SEED'] ?? randomBytes(6).toString('hex');
