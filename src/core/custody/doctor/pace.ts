/** Called before each thing that is looked at: may wait, so that a long check leaves the machine to others. */
export type Pace = () => Promise<void> | void;

/** As quickly as it goes. */
export const AT_ONCE: Pace = () => undefined;
