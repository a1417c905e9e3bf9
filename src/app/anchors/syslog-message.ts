import { armourNote } from '../../core/audit/armoured-note.ts';
import type { Instant } from '../../core/kit/clock.ts';

/** Facility 13 (log audit), severity 5 (notice): RFC 5424, section 6.2.1. */
const PRIORITY = 13 * 8 + 5;

/** Where a message comes from. */
export interface SyslogOrigin {
  readonly at: Instant;
  readonly host: string;
  readonly pid: number;
}

/** A checkpoint as a message of RFC 5424, in ASCII: size and root for people, and the note, armoured, for `audit verify`. */
export function syslogMessage(note: string, { at, host, pid }: SyslogOrigin): string {
  const [origin, size, root] = note.split('\n');
  const header = `<${PRIORITY}>1 ${new Date(at).toISOString()} ${hostName(host)} havengate ${pid} checkpoint -`;
  return `${header} ${origin} has ${size} rows, root ${root} ${armourNote(note)}`;
}

/** A frame of RFC 5425, section 4.3: the length in octets, a space, the message. */
export function syslogFrame(message: string): Buffer {
  const bytes = Buffer.from(message);
  return Buffer.concat([Buffer.from(`${bytes.length} `), bytes]);
}

/** Printable ASCII, at most 255 (RFC 5424, section 6). */
function hostName(host: string): string {
  return host.replaceAll(/[^\x21-\x7e]/g, '').slice(0, 255) || '-';
}
