import '../../src/doors/sftp/native-binding.ts';
import ssh2, { type ClientChannel, type ConnectConfig } from 'ssh2';
import { MESSAGE, STATUS } from '../../src/doors/sftp/wire/message-types.ts';
import { type OutsideDoor, PASSWORD, type Person } from './outside-door.ts';

/** What came back for one request. */
export interface RawReply {
  readonly type: number;
  readonly id: number;
  /** Behind type and id. */
  readonly body: Buffer;
  /** Of a STATUS. */
  readonly code: number | null;
  readonly message: string;
}

/** Connects as somebody; by password, unless the configuration says how. */
export function connectSsh(
  door: OutsideDoor,
  person: Person | null,
  config: ConnectConfig = {},
): Promise<ssh2.Client> {
  const who = person && { username: person.name, password: PASSWORD };
  return connectTo({ host: '127.0.0.1', port: door.door.port, ...who, ...config });
}

/** Connects; rejects when that does not lead to being signed in. */
export async function connectTo(config: ConnectConfig): Promise<ssh2.Client> {
  const client = new ssh2.Client();
  const ready = Promise.withResolvers<void>();
  client.on('ready', ready.resolve);
  client.on('error', ready.reject);
  client.on('close', () => ready.reject(new Error('closed')));
  ready.promise.catch(() => undefined);
  client.connect(config);
  await ready.promise;
  return client;
}

/** An SFTP client that says exactly what a test wants, and nothing else. */
export class RawClient implements AsyncDisposable {
  readonly client: ssh2.Client;
  readonly channel: ClientChannel;
  /** What came, in order. */
  readonly replies: RawReply[] = [];
  stderr = '';
  exitStatus: number | null = null;
  readonly closed: Promise<void>;
  #received = Buffer.alloc(0);
  #waiting: (() => void)[] = [];
  #lastId = 0;

  constructor(client: ssh2.Client, channel: ClientChannel) {
    this.client = client;
    this.channel = channel;
    const closed = Promise.withResolvers<void>();
    this.closed = closed.promise;
    channel.on('data', (data: Buffer) => this.#hear(data));
    channel.stderr.on('data', (data: Buffer) => {
      this.stderr += data.toString();
    });
    channel.on('exit', (code: number) => {
      this.exitStatus = code;
    });
    channel.on('close', () => {
      closed.resolve();
      this.#wake();
    });
    client.on('error', () => undefined);
    client.on('close', () => {
      closed.resolve();
      this.#wake();
    });
  }

  /** Connects and opens the subsystem; says INIT unless told not to. */
  static async connect(door: OutsideDoor, person: Person, init = true): Promise<RawClient> {
    return RawClient.over(await connectSsh(door, person), init);
  }

  /** Opens the subsystem over a connection; says INIT unless told not to. */
  static async over(client: ssh2.Client, init = true): Promise<RawClient> {
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      client.subsys('sftp', (error, stream) => (error === undefined ? resolve(stream) : reject(error)));
    });
    const raw = new RawClient(client, channel);
    if (init) {
      raw.send(MESSAGE.INIT, uint32(3));
      await raw.next(() => raw.replies.find(({ type }) => type === MESSAGE.VERSION));
    }
    return raw;
  }

  /** Sends bytes as they are. */
  sendBytes(bytes: Buffer): void {
    this.channel.write(bytes);
  }

  /** Sends a packet of a type and body. */
  send(type: number, body: Buffer): void {
    this.sendBytes(packet(type, body));
  }

  /** Sends a request and returns its id. */
  request(type: number, ...fields: readonly Buffer[]): number {
    const id = ++this.#lastId;
    this.send(type, Buffer.concat([uint32(id), ...fields]));
    return id;
  }

  /** Sends a request and waits for its reply. */
  ask(type: number, ...fields: readonly Buffer[]): Promise<RawReply> {
    return this.reply(this.request(type, ...fields));
  }

  /** Waits for the reply to a request. */
  reply(id: number): Promise<RawReply> {
    return this.next(() => this.replies.find((reply) => reply.id === id && reply.type !== MESSAGE.VERSION));
  }

  /** Opens a file, for writing a new one unless told otherwise; throws the server's sentence. */
  async open(path: string | Buffer, flags = 0x1a): Promise<Buffer> {
    const reply = await this.ask(MESSAGE.OPEN, string(path), uint32(flags), uint32(0));
    if (reply.type !== MESSAGE.HANDLE) throw new Error(reply.message);
    return reply.body.subarray(4);
  }

  write(handle: Buffer, offset: bigint | number, data: Buffer | string): Promise<RawReply> {
    return this.ask(MESSAGE.WRITE, string(handle), uint64(offset), string(data));
  }

  /** Asks for bytes; the data, or null at the end. Throws the server's sentence. */
  async read(handle: Buffer, offset: bigint | number, length: number): Promise<Buffer | null> {
    return dataOf(await this.ask(MESSAGE.READ, string(handle), uint64(offset), uint32(length)));
  }

  close(handle: Buffer): Promise<RawReply> {
    return this.ask(MESSAGE.CLOSE, string(handle));
  }

  /** Waits until something is found in what came; throws when the channel closes first. */
  async next<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const isClosed = await Promise.race([
        this.closed.then(() => true),
        new Promise<false>((resolve) => this.#waiting.push(() => resolve(false))),
      ]);
      const last = find();
      if (last !== undefined) return last;
      if (isClosed) throw new Error(`the channel was closed: ${this.stderr}`);
    }
  }

  /** Drops the connection without a word. */
  cut(): void {
    this.client.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.end();
    await this.closed;
  }

  #hear(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data]);
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readUInt32BE(0);
      if (this.#received.length < end) break;
      this.replies.push(parseReply(this.#received.subarray(4, end)));
      this.#received = this.#received.subarray(end);
    }
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}

/** What a reply to READ holds; null for the end of the file. Throws the server's sentence. */
export function dataOf(reply: RawReply): Buffer | null {
  if (reply.code === STATUS.EOF) return null;
  if (reply.type !== MESSAGE.DATA) throw new Error(reply.message);
  return reply.body.subarray(4);
}

function parseReply(bytes: Buffer): RawReply {
  const type = bytes[0] ?? 0;
  const body = bytes.subarray(5);
  const isStatus = type === MESSAGE.STATUS;
  return {
    type,
    id: bytes.readUInt32BE(1),
    body,
    code: isStatus ? body.readUInt32BE(0) : null,
    message: isStatus ? body.toString('utf8', 8, 8 + body.readUInt32BE(4)) : '',
  };
}

/** A packet with its length. */
export function packet(type: number, body: Buffer): Buffer {
  return Buffer.concat([uint32(1 + body.length), Buffer.from([type]), body]);
}

export function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}

export function uint64(value: bigint | number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(BigInt(value));
  return buffer;
}

export function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
}
