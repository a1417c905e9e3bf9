import { execFileSync, spawnSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { inspectNativeBinding } from '../../src/doors/sftp/native-binding.ts';

/** What the figures depend on. */
export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memory: string;
  readonly kernel: string;
  readonly load: string;
  readonly node: string;
  readonly ssh: string;
  readonly binding: string;
  readonly commit: string;
}

/** Describes the machine and the versions of what is measured. */
export function describeMachine(): Machine {
  const [first] = cpus();
  return {
    date: new Date().toISOString(),
    cpu: first?.model ?? 'unknown',
    cores: cpus().length,
    memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    kernel: release(),
    load: loadavg()
      .map((value) => value.toFixed(2))
      .join(' '),
    node: process.version,
    ssh: spawnSync('ssh', ['-V']).stderr.toString().trim(),
    binding: inspectNativeBinding().state,
    commit: commit(),
  };
}

function commit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', import.meta.dirname, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const changed = git('status', '--porcelain').length > 0 ? ', with changes' : '';
    return `${git('rev-parse', '--short', 'HEAD').toString().trim()}${changed}`;
  } catch {
    return 'unknown';
  }
}
