import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { HAVENGATE, type Installation } from './installation.ts';

/** A line of the daemon's log. */
export interface LogLine {
  readonly event: string;
  readonly [field: string]: unknown;
}

interface Door {
  readonly kind: 'sftp' | 'portal';
  readonly side: 'outside' | 'inside';
  readonly host: string;
  readonly port: number;
}

/** The daemon as a child process. */
export interface Daemon {
  readonly pid: number;
  /** The port of a door. */
  port(kind: Door['kind'], side?: Door['side']): number;
  readonly opsPort: number;
  /** All lines so far. */
  readonly log: readonly LogLine[];
  /** What it wrote to standard error. */
  readonly stderr: () => string;
  /** Resolves with the first line, already written or to come, that `matches`. */
  logged(event: string, matches?: (line: LogLine) => boolean): Promise<LogLine>;
  /** Sends a signal and waits for the end. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Resolves when the process has ended, by itself or not. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

const LONGEST_START_MS = 60_000;

/**
 * Starts the daemon of an installation and waits until it is ready. Throws with its output when it ends before, or is
 * not ready `within` so many milliseconds.
 * `through` is a program with arguments that becomes the program in the arguments after it, such as `strace -D`;
 * `options` are those of the verb `serve`.
 */
export async function startDaemon(
  site: Installation,
  env: NodeJS.ProcessEnv = {},
  through: readonly string[] = [],
  within: number = LONGEST_START_MS,
  options: readonly string[] = [],
): Promise<Daemon> {
  const command = ['serve', '--config', site.config, ...options];
  const [program = HAVENGATE, ...args] = [...through, HAVENGATE, ...command];
  const child = spawn(program, args, {
    env: { ...process.env, ...site.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const daemon = follow(child);
  const told = () => `${daemon.stderr()}\n${daemon.log.map((line) => JSON.stringify(line)).join('\n')}`;
  const failed = daemon.ended.then(({ code, signal }) => {
    throw new Error(`the daemon ended before it was ready (${code ?? signal}):\n${told()}`);
  });
  const late = new Promise<never>((_, fail) => {
    setTimeout(() => fail(new Error(`the daemon was not ready in time:\n${told()}`)), within).unref();
  });
  late.catch(() => undefined);
  failed.catch(() => undefined);
  try {
    await Promise.race([daemon.logged('ready'), failed, late]);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return daemon;
}

/** Null for a line that was cut off when its writer was killed. */
function parseLine(text: string): LogLine | null {
  try {
    return JSON.parse(text) as LogLine;
  } catch (error) {
    if (text.startsWith('{')) return null;
    throw error;
  }
}

function follow(child: ChildProcess): Daemon {
  const log: LogLine[] = [];
  const waiting = new Set<(line: LogLine) => void>();
  let stderr = '';
  if (child.stdout === null || child.stderr === null || child.pid === undefined) throw new Error('no daemon');
  createInterface(child.stdout).on('line', (text) => {
    const line = parseLine(text);
    if (line === null) return;
    log.push(line);
    for (const tell of waiting) tell(line);
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString();
  });
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, signal: child.signalCode }));
  const ready = () => log.find((line) => line.event === 'ready');
  return {
    pid: child.pid,
    log,
    ended,
    stderr: () => stderr,
    get opsPort() {
      const ops = ready()?.['ops'] as { port: number } | undefined;
      return ops?.port ?? 0;
    },
    port(kind, side = 'outside') {
      const doors = (ready()?.['doors'] ?? []) as Door[];
      const door = doors.find((one) => one.kind === kind && one.side === side);
      if (door === undefined) throw new Error(`no ${side} ${kind} door among ${JSON.stringify(doors)}`);
      return door.port;
    },
    async logged(event, matches = () => true) {
      const before = log.find((line) => line.event === event && matches(line));
      if (before !== undefined) return before;
      return new Promise((found) => {
        const tell = (line: LogLine) => {
          if (line.event !== event || !matches(line)) return;
          waiting.delete(tell);
          found(line);
        };
        waiting.add(tell);
      });
    },
    async end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}
