import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { Certified } from './certificates.ts';

/** A mail that a server has taken. */
interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly message: string;
  readonly secure: boolean;
  readonly user: string | null;
}

/** An SMTP server that belongs to one test. */
export interface TestSmtpServer {
  readonly port: number;
  readonly mails: readonly TakenMail[];
  stop(): Promise<void>;
}

/** How the server behaves. */
export interface TestSmtpOptions {
  /** 0 for any free port. */
  readonly port?: number;
  /** Offers STARTTLS with it, or speaks TLS from the first byte when `implicit`. */
  readonly tls?: Certified;
  readonly implicit?: boolean;
  /** Asks everybody for it. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Answers so at one step of every mail; without a recipient, to all. */
  readonly refuse?: {
    readonly at: 'connection' | 'sender' | 'recipient' | 'message';
    readonly code: number;
    readonly text: string;
    readonly to?: string;
  };
  /** Called when a mail was read, before it is said to be taken; an error refuses it. */
  readonly onMail?: (mail: TakenMail) => Promise<void> | void;
}

/** Starts a server on 127.0.0.1. */
export async function startSmtpServer(options: TestSmtpOptions = {}): Promise<TestSmtpServer> {
  const { port = 0, tls, implicit = false, login, refuse, onMail } = options;
  const refusalAt = (step: string, to?: string): Error | null =>
    refuse?.at !== step || (refuse.to !== undefined && refuse.to !== to)
      ? null
      : Object.assign(new Error(refuse.text), { responseCode: refuse.code });
  const mails: TakenMail[] = [];
  const server = new SMTPServer({
    secure: implicit,
    ...(tls !== undefined && { cert: await readFile(tls.certificate), key: await readFile(tls.key) }),
    disabledCommands: [...(tls === undefined ? ['STARTTLS'] : []), ...(login === undefined ? ['AUTH'] : [])],
    authOptional: login === undefined,
    onConnect: (_session, answer) => answer(refusalAt('connection')),
    onMailFrom: (_address, _session, answer) => answer(refusalAt('sender')),
    onRcptTo: ({ address }, _session, answer) => answer(refusalAt('recipient', address)),
    onAuth({ username, password }, _session, answer) {
      if (username === login?.user && password === login?.password) answer(null, { user: username ?? '' });
      else answer(new Error('who are you?'));
    },
    onData(stream, session, answer) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const mail: TakenMail = {
          from: mailFrom === false ? '' : (mailFrom?.address ?? ''),
          to: rcptTo.map(({ address }) => address),
          message: Buffer.concat(chunks).toString('utf8'),
          secure: session.secure === true,
          user: typeof session.user === 'string' ? session.user : null,
        };
        const refusal = refusalAt('message', mail.to[0]);
        if (refusal !== null) return answer(refusal);
        Promise.resolve(onMail?.(mail)).then(
          () => {
            mails.push(mail);
            answer();
          },
          (error: Error) => answer(error),
        );
      });
    },
  } satisfies SMTPServerOptions);
  // A client that does not trust the server leaves in the middle of a handshake.
  server.on('error', () => undefined);
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
      }),
  };
}
