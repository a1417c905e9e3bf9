import { hostname } from 'node:os';
import type { SyslogAnchorConfig } from '../config/config.ts';
import { readCertificates } from '../keys/certificates.ts';
import type { WarnOfKey } from '../keys/key-fault.ts';
import { readSecretFile } from '../keys/secret-file.ts';
import type { Anchor } from './anchor.ts';
import { sendOverTls, type TlsTrust } from './send-over-tls.ts';
import { createSendingAnchor, type SendingMemory } from './sending-anchor.ts';
import { syslogFrame, syslogMessage } from './syslog-message.ts';

/** An anchor that is a syslog server, reached over TLS (RFC 5425): every checkpoint is one message (RFC 5424). */
export function createSyslogAnchor(
  place: string,
  config: SyslogAnchorConfig,
  memory: SendingMemory,
  warn: WarnOfKey,
): Anchor {
  return createSendingAnchor(place, 0, memory, async (note) => {
    const origin = { at: memory.clock.now(), host: hostname(), pid: process.pid };
    const frame = syslogFrame(syslogMessage(note, origin));
    await sendOverTls(config.server, frame, await readTrust(config, warn), config.timeout);
  });
}

/** Read anew each time: a renewed certificate needs no restart. */
async function readTrust(
  { caFile, certificateFile, keyFile }: SyslogAnchorConfig,
  warn: WarnOfKey,
): Promise<TlsTrust> {
  return {
    ca: caFile === null ? null : await readCertificates(caFile),
    own:
      certificateFile === null || keyFile === null
        ? null
        : {
            certificate: await readCertificates(certificateFile),
            key: await readSecretFile(keyFile, warn),
          },
  };
}
