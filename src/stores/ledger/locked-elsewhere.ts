/** Whether SQLite has refused because another connection has the lock (SQLITE_BUSY, SQLITE_LOCKED), as its words tell. */
export function isLockedElsewhere(error: unknown): boolean {
  return error instanceof Error && /locked|busy/.test(error.message);
}
