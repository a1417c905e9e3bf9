import type { Intake } from '../../core/custody/custody.ts';
import type { WorkHints } from '../../core/custody/ports.ts';
import type { Logger } from '../../core/kit/logger.ts';
import type { OpenLedger } from '../../stores/ledger/ledger-engine.ts';
import { openThreadedLedger } from '../../stores/ledger/threaded-ledger.ts';
import { openZones } from '../../stores/zones/open-zones.ts';
import type { Config } from '../config/config.ts';
import { custodyPolicy } from '../config/custody-policy.ts';
import { groupId } from '../config/group-id.ts';
import { shareAttributes } from '../config/share-attributes.ts';
import { siteGates } from '../config/site-gates.ts';
import { systemClock } from '../system-clock.ts';
import { checkBelonging } from './check-belonging.ts';
import type { Closing } from './closing.ts';

/** The daemon's stores, opened. */
export interface Stores {
  readonly ledger: OpenLedger;
  readonly intake: (hints: WorkHints) => Intake;
}

/** Opens zones and ledger, in that order: an installation that cannot hold bytes takes no rows. */
export async function openStores(config: Config, log: Logger, closing: Closing): Promise<Stores> {
  const { mode, group } = config.published;
  const zones = await openZones({
    data: config.data,
    keepFree: config.intake.keepFree,
    published: { mode, gid: group === null ? null : await groupId(group, 'published.group') },
    shares: { attributesOf: await shareAttributes(config.shares) },
  });
  const ledger = await openThreadedLedger({ file: config.ledger.file });
  closing.later('ledger', () => ledger.close());
  await checkBelonging(config.data, ledger);
  const policy = custodyPolicy(config);
  const gates = await siteGates(config);
  return { ledger, intake: (hints) => ({ ledger, zones, hints, clock: systemClock, log, policy, gates }) };
}
