import { setTimeout as sleep } from 'node:timers/promises';
import type { ListedFile } from '../../test/support/listed-file.ts';
import { plainName } from './model.ts';
import type { Desk, Work } from './people.ts';

/** What the data team and operators do on the command line, now and then. */
export const administering: Work = async (desk) => {
  await sleep(desk.dice.between(1000, 5000));
  if (desk.signal().aborted) return;
  await desk.dice.pick(VERBS)(desk);
};

const VERBS: readonly Work[] = [
  runRetention,
  runRetention,
  revoke,
  destroyQuarantined,
  placeAndLiftHold,
  checkpoint,
];

/** Destroys what is due, also when it is much. */
async function runRetention({ haven: { site }, counts }: Desk): Promise<void> {
  const plan = await site.havengate('retention', 'plan', '--json');
  if (plan.code !== 0) return;
  const { id, needsConfirmation } = JSON.parse(plan.stdout) as { id: string; needsConfirmation: boolean };
  const run = await site.havengate('retention', 'run', ...(needsConfirmation ? ['--confirm', id] : []));
  counts.add(run.code === 0 ? 'retention runs' : 'retention runs refused');
}

async function listed({ haven: { site } }: Desk, ...query: string[]): Promise<readonly ListedFile[]> {
  const found = await site.havengate('file', 'list', '--limit', '100', '--json', ...query);
  return found.code === 0 ? (JSON.parse(found.stdout) as ListedFile[]) : [];
}

async function revoke(desk: Desk): Promise<void> {
  const released = await listed(desk, '--state', 'released');
  if (released.length === 0) return;
  const file = desk.dice.pick(released);
  for (const sent of desk.model.named('out', plainName(file.name))) sent.wishes.add('revoked');
  await desk.haven.site.havengate('outbound', 'revoke', file.id, '--by', 'dana', '--reason', 'soak');
  desk.counts.add('releases revoked');
}

async function destroyQuarantined(desk: Desk): Promise<void> {
  const bad = await listed(desk, '--state', 'quarantined');
  if (bad.length === 0) return;
  const file = desk.dice.pick(bad);
  for (const sent of desk.model.named('in', plainName(file.name))) sent.wishes.add('destroyed');
  await desk.haven.site.havengate('file', 'destroy', file.id, '--by', 'dana', '--reason', 'soak');
  desk.counts.add('quarantined files destroyed');
}

async function placeAndLiftHold(desk: Desk): Promise<void> {
  const { site } = desk.haven;
  const arrived = await listed(desk, '--state', 'arrived');
  if (arrived.length === 0) return;
  const { id } = desk.dice.pick(arrived);
  const placed = await site.havengate(
    'hold',
    'place',
    '--by',
    'dana',
    '--reason',
    'soak',
    '--file',
    id,
    '--json',
  );
  if (placed.code !== 0) return;
  await sleep(desk.dice.between(500, 3000));
  const hold = (JSON.parse(placed.stdout) as { id: string }).id;
  await site.havengate('hold', 'lift', hold, '--by', 'dana', '--reason', 'soak');
  desk.counts.add('holds placed and lifted');
}

async function checkpoint({ haven: { site }, counts }: Desk): Promise<void> {
  await site.havengate('audit', 'checkpoint');
  counts.add('checkpoints asked for');
}
