import { DAY, type Millis } from '../../kit/clock.ts';

/**
 * For so long after a freeze was lifted nothing of it is destroyed or given up: its people could not take care of
 * anything while it lasted.
 */
export const AFTER_FREEZE: Millis = 7 * DAY;
