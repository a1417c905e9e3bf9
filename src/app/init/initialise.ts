import { join, resolve } from 'node:path';
import type { Zones } from '../../core/custody/zone-ports.ts';
import { openSqliteLedger } from '../../stores/ledger/sqlite-ledger.ts';
import { CONSOLE, type Installation } from '../cli/installation.ts';
import { openInstallationZones } from '../cli/installation-zones.ts';
import { Refusal } from '../cli/refusal.ts';
import type { Config } from '../config/config.ts';
import { parseConfig } from '../config/load-config.ts';
import { loadSecretBox } from '../keys/load-keys.ts';
import { systemClock } from '../system-clock.ts';
import { configText } from './config-text.ts';
import { exists, makeFolder, writeOnce } from './durable-file.ts';
import { DEFAULT_CLAMD_SOCKET, findClamd } from './find-clamd.ts';
import { makeDemo } from './make-demo.ts';
import { type HostKeyPrint, makeKeys } from './make-keys.ts';
import { placeWarnings } from './place-warnings.ts';

/** A new installation. */
export interface Initialised {
  readonly dir: string;
  readonly config: string;
  readonly scan: 'on' | 'off';
  readonly hostKeys: readonly HostKeyPrint[];
  /** The people of the demonstration, with files in `dir`/demo; empty without. */
  readonly people: readonly string[];
  readonly warnings: readonly string[];
}

const CONFIG_NAME = 'havengate.yaml';

/**
 * Makes an installation in a folder. The configuration is written last: while it is missing, a run that was cut
 * short is completed by the next, which keeps every key and account that is there. Refused when it is there.
 */
export async function initialise(options: {
  readonly folder: string;
  readonly demo: boolean;
}): Promise<Initialised> {
  const dir = resolve(options.folder);
  const file = join(dir, CONFIG_NAME);
  if (await exists(file)) throw alreadyThere(file);
  await makeFolder(dir, 0o750);
  const answering = await findClamd();
  const clamd = answering ?? (options.demo ? null : DEFAULT_CLAMD_SOCKET);
  const text = configText({ clamd });
  const config = parseConfig(text, file, {});
  const hostKeys = await makeKeys(config.keys);
  const zones = await makeZones(config);
  const people = await makeLedger(config, zones, options.demo ? join(dir, 'demo') : null);
  if (!(await writeOnce(file, text, 0o640))) throw alreadyThere(file);
  const warnings = [...(await placeWarnings(dir)), ...scanWarnings(clamd, answering)];
  return { dir, config: file, scan: clamd === null ? 'off' : 'on', hostKeys, people, warnings };
}

function alreadyThere(file: string): Refusal {
  return new Refusal(
    'already-initialised',
    `${file} is there already; nothing was changed. Choose another folder`,
  );
}

async function makeZones(config: Config): Promise<Zones> {
  await makeFolder(config.data, 0o750);
  return openInstallationZones(config);
}

async function makeLedger(config: Config, zones: Zones, demo: string | null): Promise<readonly string[]> {
  const ledger = await openSqliteLedger({ file: config.ledger.file });
  try {
    const installation: Installation = { config, ledger, clock: systemClock };
    await noteBeginning(installation, demo !== null);
    if (demo === null) return [];
    const box = await loadSecretBox(config, () => undefined);
    return await makeDemo(installation, zones.shares, box, demo);
  } finally {
    await ledger.close();
  }
}

/** The first event of every log; a second run finds it there. */
async function noteBeginning({ ledger, clock }: Installation, demo: boolean): Promise<void> {
  if ((await ledger.auditHead()).size > 0) return;
  const event = { type: 'installation-initialised', subjects: {}, data: { demo } } as const;
  await ledger.appendAudit([{ at: clock.now(), actor: CONSOLE, event }]);
}

function scanWarnings(clamd: string | null, answering: string | null): string[] {
  if (clamd === null) return ['no clamd answers here, so malware scanning is off; every receipt will say so'];
  if (answering !== null) return [];
  return [
    `no clamd answers at ${clamd}: files will wait in the airlock until one does, or until \`scan\` says otherwise`,
  ];
}
