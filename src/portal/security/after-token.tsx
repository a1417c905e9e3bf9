import type { ReactNode } from 'react';

/** Stands where something could be added, in a session that an emergency code has opened. */
export function AfterToken(): ReactNode {
  return <p className="quiet">To change this, make a new soft token first, at the top of this page.</p>;
}
