import type { Compilable, CompiledQuery } from 'kysely';
import type { LedgerDb } from './tables.ts';

/** What a query is made of: values by name, also in objects and lists. A member that is left out shapes the query. */
type Values = { readonly [name: string]: unknown };

/** Stands for a value while a query is compiled. */
class Slot {
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }
}

/** How a query with values of one shape goes. */
interface Known<Row> {
  readonly compiled: CompiledQuery<Row>;
  /** For every parameter, the number of its value, or the value that is always the same. */
  readonly parameters: readonly unknown[];
}

/** Lists may have any length; when there are more shapes than this, all are compiled again when needed. */
const MOST_SHAPES = 200;

/**
 * A query that is compiled once for every shape of its values, because compiling costs more than running. `build`
 * hands the values on and never looks at them, but it may ask which members are there: those that are left out, or
 * undefined, make another shape.
 */
export function compileOnce<V extends Values, Row>(
  build: (db: LedgerDb, values: V) => Compilable<Row>,
): (db: LedgerDb, values: V) => Promise<{ readonly rows: readonly Row[]; readonly changed: number }> {
  const known = new Map<string, Known<Row>>();

  function compile(db: LedgerDb, values: V, shape: string): Known<Row> {
    // Only what is handed on is put in the place of the values.
    const compiled = build(db, withSlots(values, { next: 0 }) as V).compile();
    const made = { compiled, parameters: compiled.parameters };
    if (known.size >= MOST_SHAPES) known.clear();
    known.set(shape, made);
    return made;
  }

  return async (db, values) => {
    const given: unknown[] = [];
    const shape = collect(values, given);
    const { compiled, parameters } = known.get(shape) ?? compile(db, values, shape);
    const filled = parameters.map((one) => (one instanceof Slot ? given[one.index] : one));
    const { rows, numAffectedRows = 0n } = await db.executeQuery<Row>({ ...compiled, parameters: filled });
    return { rows, changed: Number(numAffectedRows) };
  };
}

/** Adds the values to `given`, in the order of `withSlots`; returns their shape. */
function collect(value: unknown, given: unknown[]): string {
  if (Array.isArray(value)) return `[${value.map((one) => collect(one, given)).join()}]`;
  if (!isPlain(value)) {
    given.push(value);
    return '';
  }
  let shape = '{';
  for (const name in value) {
    if (value[name] !== undefined) shape += `${name}:${collect(value[name], given)},`;
  }
  return `${shape}}`;
}

function withSlots(value: unknown, count: { next: number }): unknown {
  if (Array.isArray(value)) return value.map((one) => withSlots(one, count));
  if (!isPlain(value)) return new Slot(count.next++);
  const there = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(there.map(([name, one]) => [name, withSlots(one, count)]));
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
