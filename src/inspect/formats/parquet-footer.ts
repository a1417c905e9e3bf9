import { FormatFault } from './format-parser.ts';
import { createThriftReader, THRIFT, type ThriftReader } from './thrift-compact.ts';

/** Where the data of a file lies: from byte `from` up to, and without, `to`. */
interface Room {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads the FileMetaData of a footer (parquet.thrift) as far as structure goes: there is a schema, the rows of the row
 * groups are those of the file, and every column chunk lies in `room`. Throws a `FormatFault`.
 */
export function checkParquetFooter(footer: Buffer, room: Room): void {
  const thrift = createThriftReader(footer);
  let schema = 0;
  let rows = -1;
  let groupRows = 0;
  let hasGroups = false;
  thrift.struct((field, type) => {
    if (field === 2 && type === THRIFT.list) schema = thrift.structs(() => thrift.struct(() => false));
    else if (field === 3 && type === THRIFT.i64) rows = thrift.integer();
    else if (field === 4 && type === THRIFT.list) {
      hasGroups = true;
      thrift.structs(() => {
        groupRows += readRowGroup(thrift, room);
      });
    } else return false;
    return true;
  });
  if (thrift.left() !== 0) throw new FormatFault('its footer has more bytes than its metadata');
  if (schema === 0 || rows < 0 || !hasGroups)
    throw new FormatFault('its footer lacks schema, rows or row groups');
  if (groupRows !== rows) throw new FormatFault(`its row groups have ${groupRows} rows, and it says ${rows}`);
}

/** Returns how many rows the group has. */
function readRowGroup(thrift: ThriftReader, room: Room): number {
  let chunks = 0;
  let rows = -1;
  thrift.struct((field, type) => {
    if (field === 1 && type === THRIFT.list) chunks = thrift.structs(() => readColumnChunk(thrift, room));
    else if (field === 3 && type === THRIFT.i64) rows = thrift.integer();
    else return false;
    return true;
  });
  if (chunks === 0 || rows < 0) throw new FormatFault('a row group has no columns or no rows');
  return rows;
}

function readColumnChunk(thrift: ThriftReader, room: Room): void {
  let described = false;
  thrift.struct((field, type) => {
    if (field === 1) throw new FormatFault('a column chunk is in another file');
    if (field !== 3 || type !== THRIFT.struct) return false;
    readColumnMetadata(thrift, room);
    described = true;
    return true;
  });
  if (!described) throw new FormatFault('a column chunk is not described');
}

function readColumnMetadata(thrift: ThriftReader, room: Room): void {
  const numbers = new Map<number, number>();
  thrift.struct((field, type) => {
    if (type !== THRIFT.i64) return false;
    numbers.set(field, thrift.integer());
    return true;
  });
  const [length, data, dictionary] = [numbers.get(7), numbers.get(9), numbers.get(11)];
  if (length === undefined || data === undefined) throw new FormatFault('a column chunk has no place');
  // Some writers say 0 for "no dictionary".
  const start = dictionary === undefined || dictionary <= 0 ? data : Math.min(dictionary, data);
  if (length < 0 || start < room.from || start + length > room.to || data >= room.to)
    throw new FormatFault('a column chunk lies outside the data of the file');
}
