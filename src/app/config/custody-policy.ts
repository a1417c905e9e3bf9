import type { Side } from '../../core/accounts/account.ts';
import type { CustodyPolicy } from '../../core/custody/custody.ts';
import type { ScanPolicy } from '../../core/custody/verdict.ts';
import { DAY } from '../../core/kit/clock.ts';
import type { Config } from './config.ts';

/** How long an arrived file's name stays listed outside, so that mirroring clients do not send it again. */
const LISTED = 90 * DAY;

/** The rules of custody that a configuration sets. */
export function custodyPolicy(config: Config): CustodyPolicy {
  const { site, intake, uploads, retention, certificates, notify } = config;
  return {
    site,
    portals: { outside: portalAddress(config, 'outside'), inside: portalAddress(config, 'inside') },
    settle: intake.settle,
    abandon: uploads.abandon,
    retention: {
      arrivals: retention.arrivals,
      outbound: retention.outbound,
      aside: retention.aside,
      warn: retention.warn,
      extension: retention.extension,
      medium: certificates,
    },
    listed: LISTED,
    gather: notify.gather,
    largest: intake.largest,
    scan: scanPolicy(config),
  };
}

/** What the configuration says, else this machine's own address: people open it by name, as WebAuthn wants it. */
function portalAddress({ doors }: Config, side: Side): string | null {
  const portals = doors.filter((door) => door.kind === 'portal' && door.side === side);
  const said = portals
    .map((door) => (door.kind === 'portal' ? door.address : null))
    .find((one) => one !== null);
  if (said !== undefined) return said;
  const [local] = portals.filter(
    (door) => door.kind === 'portal' && !door.behindProxy && door.listen.port !== 0,
  );
  return local === undefined ? null : `http://localhost:${local.listen.port}`;
}

function scanPolicy({ scan }: Config): ScanPolicy {
  // Files that were inspected while scanning was on are still judged by the strict rule.
  if (!scan.on) return { on: false, tooLarge: 'hold', encrypted: 'hold' };
  return { on: true, tooLarge: scan.tooLarge, encrypted: scan.encrypted, unscanned: scan.unscanned };
}
