import type { HostPort } from '../config/host-port.ts';

/** Turns what `listen` failed with into an error that says which listener it was and what to do. */
export function explainListening(error: unknown, what: string, { host, port }: HostPort): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  const where = `${what} cannot listen on ${host}:${port}`;
  if (code === 'EADDRINUSE') {
    return new Error(`${where}: another program has that port; stop it, or choose another port`, {
      cause: error,
    });
  }
  if (code === 'EACCES') {
    return new Error(`${where}: this user may not use that port; choose one above 1023`, { cause: error });
  }
  if (code === 'EADDRNOTAVAIL') {
    return new Error(`${where}: this machine does not have that address`, { cause: error });
  }
  return error;
}
