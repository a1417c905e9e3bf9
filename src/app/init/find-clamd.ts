import { connect } from 'node:net';

/** Where distributions put clamd's socket. */
const USUAL_SOCKETS = [
  '/run/clamav/clamd.ctl',
  '/run/clamav/clamd.sock',
  '/run/clamd.scan/clamd.sock',
] as const;

const PATIENCE = 2000;

/** The socket that is written down when no clamd answers: Debian's. */
export const DEFAULT_CLAMD_SOCKET: string = USUAL_SOCKETS[0];

/** The first of the usual sockets behind which a clamd answers; null when none does. */
export async function findClamd(sockets: readonly string[] = USUAL_SOCKETS): Promise<string | null> {
  const answers = await Promise.all(sockets.map(doesAnswer));
  return sockets.find((_, i) => answers[i]) ?? null;
}

function doesAnswer(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const finish = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(PATIENCE, () => finish(false));
    socket.on('error', () => finish(false));
    socket.on('close', () => finish(false));
    socket.on('data', (data) => finish(data.toString('latin1').startsWith('PONG')));
    socket.write('zPING\0');
  });
}
