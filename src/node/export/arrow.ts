/**
 * Arrow IPC files: integers as Int64, text and JSON text as Utf8, one record batch per stretch.
 * @module
 */
import type { Data, DataType } from 'apache-arrow';
import { SCHEMA_VERSIONS } from '../../events/index.js';
import type { Cell, ExportColumn } from './columns.js';
import { loadPeer } from './peers.js';
import type { TableFormat } from './table-format.js';

/** Bit per row, set where there is a value. */
function validity(cells: readonly Cell[]): { nullBitmap: Uint8Array; nullCount: number } {
  const nullBitmap = new Uint8Array(Math.ceil(cells.length / 64) * 8);
  let nullCount = 0;
  cells.forEach((cell, i) => {
    if (cell === null) nullCount += 1;
    else nullBitmap[i >> 3] = (nullBitmap[i >> 3] ?? 0) | (1 << (i & 7));
  });
  return { nullBitmap, nullCount };
}

/** Loads the writer. */
export async function arrow(): Promise<TableFormat> {
  const lib = await loadPeer('apache-arrow', 'arrow', () => import('apache-arrow'));
  const typeOf = ({ kind }: ExportColumn): DataType => {
    if (kind === 'int') return new lib.Int64();
    return kind === 'bool' ? new lib.Bool() : new lib.Utf8();
  };
  const dataOf = (cells: readonly Cell[], column: ExportColumn): Data => {
    const length = cells.length;
    if (column.kind === 'int') {
      const data = BigInt64Array.from(cells as (number | null)[], (n) => BigInt(n ?? 0));
      return lib.makeData({ type: new lib.Int64(), length, data, ...validity(cells) });
    }
    return lib.vectorFromArray(cells, typeOf(column)).data[0] as Data;
  };
  return (t, columns) => {
    const fields = columns.map((one) => new lib.Field(one.name, typeOf(one), one.nullable));
    const about = { 'quantlaxmi.type': t, 'quantlaxmi.sv': String(SCHEMA_VERSIONS[t]) };
    const schema = new lib.Schema(fields, new Map(Object.entries(about)));
    const writer = new lib.RecordBatchFileWriter();
    writer.reset(undefined, schema);
    const chunks = writer[Symbol.asyncIterator]();
    let next = chunks.next();
    // What the writer has queued: a queue that stays silent for a turn of the event loop is empty.
    const queued = async (): Promise<Uint8Array> => {
      const parts: Uint8Array[] = [];
      for (;;) {
        const silent = new Promise<null>((resolve) => setImmediate(resolve, null));
        const got = await Promise.race([next, silent]);
        if (got === null || got.done === true) return Buffer.concat(parts);
        parts.push(got.value as Uint8Array);
        next = chunks.next();
      }
    };
    return {
      add({ rows, cells }) {
        const children = columns.map((column, i) => dataOf(cells[i] ?? [], column));
        const type = new lib.Struct(schema.fields);
        const data = lib.makeData({ type, length: rows, nullCount: 0, children });
        writer.write(new lib.RecordBatch(schema, data));
        return queued();
      },
      end() {
        writer.finish();
        return queued();
      },
    };
  };
}
