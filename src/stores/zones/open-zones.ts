import { access, link, mkdir, open, realpath, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SharesZone } from '../../core/custody/shares/ports.ts';
import type { PublishedZone, Zones } from '../../core/custody/zone-ports.ts';
import { type AirlockGuard, createAirlockGuard } from './airlock-guard.ts';
import { createAirlockZone } from './airlock-zone.ts';
import { createCarriedMemory } from './carried-memory.ts';
import { createShareCarrier } from './carry-to-share.ts';
import { createClone } from './clone-file.ts';
import { createComingFiles } from './coming-files.ts';
import { openDoomedFolders } from './doomed-folders.ts';
import { createDoomedZone } from './doomed-zone.ts';
import { createDrivesZone } from './drives-zone.ts';
import { createFinishCarrying } from './finish-carrying.ts';
import { createFolderSync, type FolderSync, syncFolder } from './folder-sync.ts';
import { type Attributes, createFolderWalk, type FolderWalk, folderMode, setAttributes } from './folders.ts';
import { createLeftoversZone } from './leftovers-zone.ts';
import {
  dropProbes,
  explain,
  explainGroup,
  PRIVATE,
  prepareFolder,
  probeName,
  tryLinking,
} from './prepare-folder.ts';
import { createPublishedZone } from './published-zone.ts';
import { createPublisher, type PublisherParts } from './publisher.ts';
import { createQuarantineZone } from './quarantine-zone.ts';
import { createScrubZone } from './scrub-zone.ts';
import { createSealCopy, createUnseal } from './seal-copy.ts';
import { createSharesZone } from './shares-zone.ts';
import { INCOMING } from './working-names.ts';

/** Where the zones are, and what people see of them. */
export interface ZoneOptions {
  /** The folder that holds all zones. A zone in it may be a mount point or a symbolic link to another place. */
  readonly data: string;
  /** Bytes of the airlock's file system that uploads never get. */
  readonly keepFree: number;
  /** Mode and group of files in Arrivals and outbound; folders get the mode that lets the same people enter. */
  readonly published: Attributes;
  readonly shares: {
    /** Mode and group of files in a share, by its name; folders get the mode that lets the same people work there. */
    attributesOf(share: string): Attributes;
  };
}

/**
 * Makes the zones' folders where they are missing and opens them:
 * `airlock/files/<file id>` (before its row, `airlock/coming/<file id>`), `arrivals/<account>/…`, `outbound/<share>/<account>/…`, `shares/<share>/…`,
 * `quarantine/<file id>`, and `airlock/doomed` for what is on its way to destruction.
 * Modes of folders that are there already stay as they are.
 *
 * Throws an error that says what is wrong with which path and what to do, with the system's error as its cause:
 * a folder that cannot be made or written to, or a group that cannot be given to files.
 */
export async function openZones({ data, keepFree, published, shares }: ZoneOptions): Promise<Zones> {
  const visible = { mode: folderMode(published.mode), gid: published.gid };
  await mkdir(data, { recursive: true, mode: 0o755 }).catch(explain(data, 'cannot be made'));
  await prepareFolder(join(data, 'airlock'), PRIVATE);
  const airlock = await prepareFolder(join(data, 'airlock', 'files'), PRIVATE);
  const coming = await prepareFolder(join(data, 'airlock', 'coming'), PRIVATE);
  const quarantine = await prepareFolder(join(data, 'quarantine'), PRIVATE);
  const drops = join(data, 'outbound-drop');
  const sharesRoot = await prepareFolder(join(data, 'shares'), visible);
  await dropProbes(airlock);
  await dropProbes(quarantine);
  await access('/proc/self/fd').catch(explain('/proc/self/fd', 'cannot be read', 'mount /proc'));

  const guard = createAirlockGuard();
  const syncAirlock = createFolderSync(airlock);
  const parts = { airlock, guard, files: published, folders: visible };
  const arrivals = await openPublished(join(data, 'arrivals'), parts, 1);
  const outbound = await openPublished(join(data, 'outbound'), parts, 2);
  await syncFolder(dirname(await realpath(data)));

  const folders = await openDoomedFolders(
    join(data, 'airlock', 'doomed'),
    { airlock, arrivals: arrivals.root, quarantine, outbound: outbound.root },
    { airlock, arrivals: arrivals.incoming, quarantine, outbound: outbound.incoming },
  );
  const airlockZone = createAirlockZone({
    folder: airlock,
    syncFolder: syncAirlock,
    guard,
    clone: createClone({ airlock, arrivals: arrivals.walk }),
    keepFree,
    coming: createComingFiles(coming, airlock, createFolderSync(coming)),
  });
  return {
    doomed: createDoomedZone({
      walks: {
        airlock: createFolderWalk(airlock),
        arrivals: arrivals.walk,
        quarantine: createFolderWalk(quarantine),
        outbound: outbound.walk,
      },
      folders,
      guard,
    }),
    airlock: airlockZone,
    arrivals: arrivals.zone,
    outbound: outbound.zone,
    quarantine: createQuarantineZone({
      quarantine: { folder: quarantine, sync: createFolderSync(quarantine) },
      airlock: { folder: airlock, sync: syncAirlock },
      guard,
    }),
    shares: openShares(sharesRoot, {
      arrivals,
      attributesOf: (share) => shares.attributesOf(share),
      drops,
      airlock,
      syncAirlock,
      guard,
      doomed: folders.of.arrivals,
      room: () => airlockZone.room(),
    }),
    scrub: createScrubZone({
      folders: { airlock, quarantine },
      walks: { arrivals: arrivals.walk, outbound: outbound.walk, share: createFolderWalk(sharesRoot) },
      published,
      attributesOf: (share) => shares.attributesOf(share),
    }),
    leftovers: createLeftoversZone({
      arrivals: arrivals.walk,
      outbound: outbound.walk,
      sharesRoot,
      shares: createFolderWalk(sharesRoot),
    }),
    drives: await createDrivesZone({
      arrivals: arrivals.root,
      share: sharesRoot,
      drop: drops,
      attributesOf: (share) => shares.attributesOf(share),
    }),
  };
}

/** A zone of published files, with what others need of it. */
interface OpenPublished {
  /** Its true path. */
  readonly root: string;
  readonly incoming: string;
  readonly walk: FolderWalk;
  readonly zone: PublishedZone;
}

async function openPublished(
  path: string,
  parts: Pick<PublisherParts, 'airlock' | 'guard' | 'files' | 'folders'>,
  depth: 1 | 2,
): Promise<OpenPublished> {
  const root = await prepareFolder(path, parts.folders);
  const incoming = await prepareFolder(join(root, INCOMING), PRIVATE);
  await dropProbes(incoming);
  await tryPublished(incoming, parts.files);
  const linkable = await tryLinking(parts.airlock, incoming);
  const walk = createFolderWalk(root);
  const publish = createPublisher({ ...parts, walk, incoming, linkable });
  return { root, incoming, walk, zone: createPublishedZone(walk, publish, depth) };
}

/** What the shares need of the other zones. */
interface ShareNeeds {
  readonly arrivals: OpenPublished;
  readonly attributesOf: (share: string) => Attributes;
  /** The folder that holds a folder for the drops of each share; it may be missing. */
  readonly drops: string;
  readonly airlock: string;
  readonly syncAirlock: FolderSync;
  readonly guard: AirlockGuard;
  readonly doomed: string;
  readonly room: () => Promise<number>;
}

function openShares(root: string, needs: ShareNeeds): SharesZone {
  const walk = createFolderWalk(root);
  const { zone, incoming } = needs.arrivals;
  const parts = {
    ...needs,
    shares: walk,
    drops: createFolderWalk(needs.drops),
    arrivals: needs.arrivals.walk,
    memory: createCarriedMemory(),
    zone,
  };
  return createSharesZone({
    walk,
    attributesOf: needs.attributesOf,
    arrivals: incoming,
    carry: createShareCarrier(parts),
    finishCarrying: createFinishCarrying(parts),
    seal: createSealCopy(parts),
    unseal: createUnseal(parts),
  });
}

/** Tries with an empty file what every publication needs: the mode, the group, and a hard link. */
async function tryPublished(incoming: string, published: Attributes): Promise<void> {
  const name = join(incoming, probeName());
  const handle = await open(name, 'wx', 0o600).catch(explain(incoming, 'takes no new file'));
  try {
    await setAttributes(handle, published).catch(explainGroup(incoming, published));
    const advice = 'put it on a file system that has hard links';
    await link(name, `${name}-link`).catch(explain(incoming, 'takes no hard link', advice));
    await unlink(`${name}-link`);
  } finally {
    await handle.close();
    await unlink(name);
  }
}
