/**
 * What one process of the daemon does: `doors` listens, `workers` inspects and admits, `clock` sweeps and
 * enqueues what is due. Without a choice, all of them.
 */
export const DAEMON_ROLES = ['doors', 'workers', 'clock'] as const;
export type DaemonRole = (typeof DAEMON_ROLES)[number];
