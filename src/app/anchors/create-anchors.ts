import type { Mailer } from '../../core/custody/ports.ts';
import { anchorPlace } from '../config/audit-schema.ts';
import type { Config } from '../config/config.ts';
import type { WarnOfKey } from '../keys/key-fault.ts';
import type { Anchor } from './anchor.ts';
import { createFileAnchor } from './file-anchor.ts';
import { createMailAnchor } from './mail-anchor.ts';
import type { SendingMemory } from './sending-anchor.ts';
import { createSyslogAnchor } from './syslog-anchor.ts';

/** The anchors of an installation. Opens and reads nothing until one is written or looked at. */
export function createAnchors(config: Config, memory: SendingMemory, warn: WarnOfKey): readonly Anchor[] {
  const mailer = async (): Promise<Mailer> => {
    const { createMailer } = await import('../create-mailer.ts');
    return createMailer(config, warn);
  };
  return config.audit.anchors.map((one) => {
    const place = anchorPlace(one);
    switch (one.kind) {
      case 'file':
        return createFileAnchor(one);
      case 'syslog':
        return createSyslogAnchor(place, one, memory, warn);
      case 'mail':
        return createMailAnchor(place, one, memory, mailer);
    }
  });
}
