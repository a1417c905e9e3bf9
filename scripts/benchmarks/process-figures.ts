import { readFile } from 'node:fs/promises';
import { MIB } from '../../src/core/kit/bytes.ts';

/** The memory of a process in MiB: resident now, and the most it ever was. */
export async function memoryOf(pid: number): Promise<{ readonly resident: number; readonly peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return { resident: field(status, 'VmRSS'), peak: field(status, 'VmHWM') };
}

/** Watches the resident memory of a process, ten times a second, until it is disposed. */
export function watchMemory(pid: number): Disposable & { readonly samples: readonly number[] } {
  const samples: number[] = [];
  const timer = setInterval(() => {
    memoryOf(pid).then(
      ({ resident }) => samples.push(resident),
      () => undefined,
    );
  }, 100);
  return { samples, [Symbol.dispose]: () => clearInterval(timer) };
}

function field(status: string, name: string): number {
  const kib = new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1];
  if (kib === undefined) throw new Error(`the kernel does not tell ${name}`);
  return (Number(kib) * 1024) / MIB;
}

/** How long the main thread of a process has waited for a CPU while it had work, in milliseconds since its start. */
export async function waitedForCpu(pid: number): Promise<number> {
  const [, waited] = (await readFile(`/proc/${pid}/task/${pid}/schedstat`, 'utf8')).split(' ');
  return Number(waited) / 1e6;
}
