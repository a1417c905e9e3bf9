/** The peer of the tus rows: writes the body of each request to the file of its argument, syncs it, answers. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

const [, , target = ''] = process.argv;

const server = createServer((request, response) => {
  receive(request).then(
    () => response.writeHead(204).end(),
    () => response.writeHead(500).end(),
  );
});
server.requestTimeout = 0;
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));

async function receive(request: IncomingMessage): Promise<void> {
  // `flush`: fsync before the file is closed.
  const file = createWriteStream(target, { flush: true });
  const closed = once(file, 'close');
  await pipeline(request, file);
  await closed;
}
