import type { Zones } from '../../core/custody/zone-ports.ts';
import { openZones } from '../../stores/zones/open-zones.ts';
import type { Config } from '../config/config.ts';
import { shareAttributes } from '../config/share-attributes.ts';

/** Opens the zones of an installation for a verb. Verbs publish nothing, so that the group of Arrivals is not asked for. */
export async function openInstallationZones(config: Config): Promise<Zones> {
  const { data, intake, published, shares } = config;
  return openZones({
    data,
    keepFree: intake.keepFree,
    published: { mode: published.mode, gid: null },
    shares: { attributesOf: await shareAttributes(shares) },
  });
}
