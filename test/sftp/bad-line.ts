import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a port of this machine over which nothing comes as it was sent. */
export interface BadLine extends AsyncDisposable {
  readonly port: number;
  /** How many pieces have gone over it. */
  readonly pieces: () => number;
}

/** The longest piece, and how often one waits. */
const LONGEST_PIECE = 3000;
const OFTEN_LATE = 40;

/**
 * Carries each direction in pieces of 1 to 3000 bytes, each a packet of its own and one in forty a few milliseconds
 * late. `seed` decides where it is cut. The end of either side's sending is passed on as that: the other direction goes
 * on.
 */
export async function openBadLine(to: number, seed: number): Promise<BadLine> {
  const sockets = new Set<Socket>();
  let pieces = 0;
  let state = seed;
  const below = (most: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % most;
  };

  async function carry(from: Socket, onto: Socket): Promise<void> {
    for await (const data of from as AsyncIterable<Buffer>) {
      for (let at = 0; at < data.length; ) {
        const end = at + 1 + below(LONGEST_PIECE);
        pieces++;
        await new Promise<void>((resolve) => onto.write(data.subarray(at, end), () => resolve()));
        await new Promise((resolve) =>
          pieces % OFTEN_LATE === 0 ? setTimeout(resolve, 3) : setImmediate(resolve),
        );
        at = end;
      }
    }
    onto.end();
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const door = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const drop = (): void => {
      client.destroy();
      door.destroy();
    };
    for (const socket of [client, door]) {
      sockets.add(socket);
      socket.on('error', drop);
    }
    carry(client, door).catch(drop);
    carry(door, client).catch(drop);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    pieces: () => pieces,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
