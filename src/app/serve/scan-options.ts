import type { ScanOptions } from '../../inspect/malware-check.ts';
import type { Config } from '../config/config.ts';

/** How the inspector scans, from the configuration. */
export function scanOptions({ scan }: Config): ScanOptions | 'off' {
  if (!scan.on) return 'off';
  const { clamd, maxStream, unscanned } = scan;
  if (clamd.kind === 'socket') return { clamd: clamd.path, maxStream, unscanned };
  const host = clamd.host.includes(':') ? `[${clamd.host}]` : clamd.host;
  return { clamd: `${host}:${clamd.port}`, maxStream, unscanned };
}
