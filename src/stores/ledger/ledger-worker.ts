import { parentPort, workerData } from 'node:worker_threads';
import type { LedgerEngine } from './ledger-engine.ts';
import { openSqliteEngine } from './sqlite-ledger.ts';
import {
  type AnswerMessage,
  type CallMessage,
  type FromLedgerThread,
  type ToLedgerThread,
  toPlainError,
} from './thread-messages.ts';

/** The ledger's thread: keeps commits and their fsync off the event loops of doors. */

const port = requirePort();
let answers: AnswerMessage[] = [];

function requirePort(): NonNullable<typeof parentPort> {
  if (parentPort === null) throw new Error('the ledger worker runs only as a thread');
  return parentPort;
}

function say(message: FromLedgerThread): void {
  port.postMessage(message);
}

/** Answers that become known at once, as those of one commit do, travel in one message, before the next commit. */
function answer(message: AnswerMessage): void {
  if (answers.push(message) === 1) process.nextTick(flush);
}

function flush(): void {
  if (answers.length > 0) say({ kind: 'answers', answers });
  answers = [];
}

function take(engine: LedgerEngine, { number, name, args }: CallMessage): void {
  engine.call(name, args).then(
    (value) => answer({ number, ok: true, value }),
    (error: unknown) => answer({ number, ok: false, error: toPlainError(error) }),
  );
}

async function close(engine: LedgerEngine): Promise<void> {
  await engine.close();
  flush();
  port.close();
}

async function listen({ file }: { readonly file: string }): Promise<void> {
  const engine = await openSqliteEngine(file);
  port.on('message', (message: ToLedgerThread) => {
    if (message.kind === 'close') void close(engine);
    else for (const call of message.calls) take(engine, call);
  });
  say({ kind: 'open' });
}

try {
  await listen(workerData as { readonly file: string });
} catch (error) {
  say({ kind: 'not-open', error: toPlainError(error) });
  port.close();
}
