/**
 * The named instants between two durable steps, in the order a file passes them. Crash tests stop the
 * process at each of them; in production nothing listens.
 */
export const FAILPOINTS = [
  'receive.row-created',
  'receive.airlock-created',
  'receive.bytes-written',
  'receive.bytes-synced',
  'receive.whole-stored',
  'receive.received',
  'continue.row-created',
  'continue.copied',
  'continue.recorded',
  'receive.whole-placed',
  'inspect.begun',
  'inspect.bytes-read',
  'inspect.recorded',
  'supersede.begun',
  'supersede.name-free',
  'admit.name-reserved',
  'admit.folder-made',
  'admit.linked',
  'admit.folder-synced',
  'admit.arrived',
  'clear.airlock-unlinked',
  'clear.recorded',
  'notify.mail-written',
  'destroy.begun',
  'destroy.doomed',
  'destroy.unlinked',
  'destroy.recorded',
  'move.begun',
  'move.folder-made',
  'move.linked',
  'move.folder-synced',
  'move.carried',
  'move.source-unlinked',
  'move.attributes-set',
  'move.recorded',
  'seal.begun',
  'seal.copied',
  'seal.synced',
  'seal.recorded',
  'release.name-reserved',
  'release.recorded',
] as const;

/** A place where a crash test may stop the process. */
export type Failpoint = (typeof FAILPOINTS)[number];

let listener: ((point: Failpoint) => void) | null = null;

/** Says that execution is at `point`. Does nothing unless a test installed a listener. */
export function reach(point: Failpoint): void {
  listener?.(point);
}

/** Installs what happens at failpoints; for tests only. Null removes it. */
export function onFailpoint(listen: ((point: Failpoint) => void) | null): void {
  listener = listen;
}
