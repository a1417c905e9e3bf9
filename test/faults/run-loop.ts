/**
 * Runs a scenario again and again, each time with another fault, until it ends without meeting one. Prints what went
 * wrong as JSON. In plain Node: a call's place is then the place in the source.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Call, type CallKind, inLife, wrapDisk } from './calls.ts';
import { changes, Life, type Plan } from './life.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { faultsOf, type Running, settle, start, type TestClock, testClock } from './site.ts';

/** What a loop was, for the test that reads it. */
export interface LoopReport {
  readonly runs: number;
  /** The calls of a run in which nothing fails: kind, name and place of each. */
  readonly calls: readonly { readonly kind: CallKind; readonly name: string; readonly place: string }[];
  /** The audit events that were written. */
  readonly events: readonly string[];
  /** One sentence for each run that ended wrong. */
  readonly problems: readonly string[];
}

export type LoopMode = 'watch' | 'crash' | 'thrice' | 'once' | 'lasting';

const [scenarioName = '', mode = 'once', only = ''] = process.argv.slice(2);
const scenario = SCENARIOS[scenarioName];
if (scenario === undefined) throw new Error(`there is no scenario "${scenarioName}"`);
const root = mkdtempSync('/dev/shm/havengate-faults-');
const other = mkdtempSync('/tmp/havengate-faults-');

/** What can go wrong with a call, by its kind. */
const CODES: Readonly<Record<CallKind, readonly string[]>> = {
  open: ['EMFILE', 'EACCES'],
  read: ['EIO'],
  write: ['ENOSPC', 'EIO'],
  sync: ['EIO', 'ENOSPC'],
  link: ['ENOSPC', 'EIO'],
  unlink: ['EIO', 'EACCES'],
  rename: ['ENOSPC', 'EACCES'],
  make: ['ENOSPC', 'EACCES'],
  look: ['EIO', 'EACCES'],
  attributes: ['EIO'],
  close: ['EIO'],
  query: ['SQLITE_IOERR'],
  commit: ['SQLITE_FULL'],
  queue: ['ECONNREFUSED'],
};

const ALL = Object.keys(CODES) as CallKind[];
/** What needs space on the disk. */
const ALLOCATING: readonly CallKind[] = ['write', 'link', 'make', 'rename', 'commit'];

/** The plans for one call. */
function plansFor(call: Call, at: number, how: LoopMode): Plan[] {
  const { kind } = call;
  const codes = CODES[kind];
  switch (how) {
    case 'watch':
      return [];
    case 'crash':
    case 'thrice':
      return changes(call) ? [{ mode: 'crash', kind, at }] : [];
    case 'once': {
      const plans: Plan[] = codes.map((code) => ({ mode: 'once', kind, at, code }));
      if (call.name === 'writev' || call.name === 'write')
        plans.push({ mode: 'short', kind, at, code: 'ENOSPC' });
      if (kind === 'queue') plans.push({ mode: 'hang', kind, at });
      return plans;
    }
    case 'lasting': {
      const code = codes[0] ?? 'EIO';
      return ALLOCATING.includes(kind)
        ? [{ mode: 'lasting', kind, at, code: 'ENOSPC', kinds: ALLOCATING }]
        : [
            { mode: 'lasting', kind, at, code, kinds: [kind] },
            { mode: 'lasting', kind, at, code: 'EIO', kinds: ALL },
          ];
    }
  }
}

let folders = 0;

function newFolder(
  of: Scenario,
  template: { folder: string; elsewhere: string } | null,
): { folder: string; elsewhere: string } {
  const folder = join(root, String(++folders));
  const elsewhere = join(other, String(folders));
  if (template === null) {
    mkdirSync(join(folder, 'data'), { recursive: true });
    mkdirSync(elsewhere);
  } else {
    cpSync(template.folder, folder, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    cpSync(template.elsewhere, elsewhere, { recursive: true, preserveTimestamps: true });
  }
  if (of.elsewhere !== undefined) {
    rmSync(join(folder, 'data', of.elsewhere), { force: true, recursive: true });
    symlinkSync(elsewhere, join(folder, 'data', of.elsewhere));
  }
  return { folder, elsewhere };
}

interface Run {
  readonly life: Life;
  readonly problems: string[];
  readonly events: readonly string[];
}

/** One life under the plan, its end, and another life in which nothing fails. */
async function runOnce(
  template: { folder: string; elsewhere: string },
  /** The time at which what was prepared was ready. */
  clockAt: number,
  plan: Plan,
): Promise<Run> {
  if (scenario === undefined) throw new Error('no scenario');
  const made = newFolder(scenario, scenario.inodes === true ? null : template);
  const clock = testClock();
  if (scenario.inodes === true) await prepare(made.folder, clock);
  // Every life begins when what was prepared was ready, however many were before it: nothing settles meanwhile.
  else clock.ahead = clockAt - Date.now();
  const problems: string[] = [];
  const first = await start(made.folder, clock);
  const life = new Life(plan);
  const acting = inLife(life.intercept, () => scenario.act(first));
  const acknowledged = await Promise.race([acting, life.ended.then(() => false)]).catch(() => false);
  acting.catch(() => undefined);
  await life.kill();
  await first.ledger.close();
  const retried = life.retried.filter((one) => scenario.together !== true || one.startsWith('file'));
  problems.push(...retried.map((one) => `an fsync was tried again: ${one}`));
  if (mode === 'thrice') await dieTwice(made.folder, clock, plan);
  const events = await nextLife(made.folder, clock, acknowledged, problems);
  rmSync(made.folder, { recursive: true });
  rmSync(made.elsewhere, { recursive: true });
  return { life, problems, events };
}

/** Two more lives that end at the first call of the same kind. */
async function dieTwice(folder: string, clock: TestClock, plan: Plan): Promise<void> {
  if (scenario === undefined || plan.mode !== 'crash') return;
  for (let n = 0; n < 2; n++) {
    const site = await start(folder, clock);
    const life = new Life({ ...plan, at: 1 });
    const acting = inLife(life.intercept, () => scenario.act(site)).catch(() => false);
    await Promise.race([acting, life.ended]);
    await life.kill();
    await site.ledger.close();
  }
}

async function nextLife(
  folder: string,
  clock: TestClock,
  acknowledged: boolean,
  problems: string[],
): Promise<readonly string[]> {
  if (scenario === undefined) return [];
  let site: Running | null = null;
  try {
    site = await start(folder, clock);
    if (!acknowledged || scenario.always === true) {
      await site.work();
      await scenario.again?.(site);
    }
    clock.ahead += 6000;
    if (!(await site.work())) problems.push('the work does not end');
    problems.push(...(await faultsOf(site)), ...(await scenario.wrong(site)));
    const rows = await site.ledger.readAudit(0, 10_000);
    return rows.map(({ entry }) => (JSON.parse(entry) as { type: string }).type);
  } catch (error) {
    problems.push(
      `after the restart: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return [];
  } finally {
    await site?.ledger.close();
  }
}

async function prepare(folder: string, clock: TestClock): Promise<void> {
  const site = await start(folder, clock);
  await settle(site);
  await scenario?.prepare(site);
  await site.ledger.close();
}

/** Every run works on a copy, whose files are other inodes: as in a ledger of before they were kept, none is known. */
function forgetInodes(folder: string): void {
  const ledger = new DatabaseSync(join(folder, 'ledger.sqlite3'));
  ledger.exec('update files set inode = null');
  ledger.close();
}

async function main(): Promise<LoopReport> {
  if (scenario === undefined) throw new Error('no scenario');
  await wrapDisk();
  const template = newFolder(scenario, null);
  const clock = testClock();
  await prepare(template.folder, clock);
  const prepared = clock.now();
  forgetInodes(template.folder);
  const problems: string[] = [];
  const note = (plan: Plan, call: Call | undefined, run: Run) => {
    for (const problem of run.problems)
      problems.push(`${JSON.stringify(plan)} at ${call?.kind} ${call?.name} ${call?.place}: ${problem}`);
  };
  const quiet = await runOnce(template, prepared, { mode: 'watch' });
  note({ mode: 'watch' }, undefined, quiet);
  let runs = 1;
  const counts = new Map<CallKind, number>();
  const places = new Set<string>();
  for (const call of quiet.life.calls) {
    const at = (counts.get(call.kind) ?? 0) + 1;
    counts.set(call.kind, at);
    if (only !== '' && only !== `${call.kind}-${at}`) continue;
    // What fails from then on fails at every place; once for each is enough.
    if (mode === 'lasting' && places.has(call.place)) continue;
    places.add(call.place);
    for (const plan of plansFor(call, at, mode as LoopMode)) {
      note(plan, call, await runOnce(template, prepared, plan));
      runs++;
    }
  }
  const calls = quiet.life.calls.map(({ kind, name, place }) => ({ kind, name, place }));
  return { runs, calls, events: quiet.events, problems };
}

try {
  console.log(JSON.stringify(await main()));
} finally {
  rmSync(root, { recursive: true, force: true });
  rmSync(other, { recursive: true, force: true });
}
process.exit(0);
