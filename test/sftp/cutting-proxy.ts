import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Takes connections to a port, and cuts the first. */
export interface CuttingProxy extends AsyncDisposable {
  readonly port: number;
  readonly hasCut: () => boolean;
}

/** Lets so many bytes of the first connection through to a port of this machine, and then drops both ends of it. */
export async function openCuttingProxy(to: number, bytes: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let hasCut = false;
  const server = createServer((client) => {
    const door = connect(to, '127.0.0.1');
    let left = bytes;
    const drop = (): void => {
      client.destroy();
      door.destroy();
    };
    for (const socket of [client, door]) {
      sockets.add(socket);
      socket.on('error', drop);
      socket.on('close', drop);
    }
    door.pipe(client);
    client.on('data', (data: Buffer) => {
      left -= data.length;
      if (left > 0 || hasCut) {
        if (!door.write(data)) client.pause();
        return;
      }
      hasCut = true;
      drop();
    });
    door.on('drain', () => client.resume());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    hasCut: () => hasCut,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
