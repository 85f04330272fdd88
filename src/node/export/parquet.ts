/**
 * Parquet: integers as INT64, text and JSON text as UTF8 strings, one row group per stretch.
 * @module
 */
import type { SchemaElement } from 'hyparquet-writer';
import type { EventType } from '../../events/index.js';
import { SCHEMA_VERSIONS } from '../../events/index.js';
import { PACKAGE_VERSION } from '../package-version.js';
import type { Cell, ExportColumn } from './columns.js';
import { loadPeer } from './peers.js';
import type { TableFormat } from './table-format.js';

function elementOf({ name, kind, nullable }: ExportColumn): SchemaElement {
  const repetition_type = nullable ? 'OPTIONAL' : 'REQUIRED';
  if (kind === 'int') return { name, type: 'INT64', repetition_type };
  if (kind === 'bool') return { name, type: 'BOOLEAN', repetition_type };
  return { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type };
}

function dataOf(cells: readonly Cell[], { kind, nullable }: ExportColumn): BigInt64Array | Cell[] {
  if (kind !== 'int') return cells as Cell[];
  if (!nullable) return BigInt64Array.from(cells as number[], BigInt);
  return cells.map((cell) => (cell === null ? null : BigInt(cell as number))) as unknown as Cell[];
}

function metadata(t: EventType): { key: string; value: string }[] {
  return [
    { key: 'quantlaxmi.type', value: t },
    { key: 'quantlaxmi.sv', value: String(SCHEMA_VERSIONS[t]) },
  ];
}

/** Loads the writer. */
export async function parquet(): Promise<TableFormat> {
  const { ByteWriter, ParquetWriter } = await loadPeer(
    'hyparquet-writer',
    'parquet',
    () => import('hyparquet-writer'),
  );
  return (t, columns) => {
    const bytes = new ByteWriter();
    const taken = (): Uint8Array => {
      const chunk = new Uint8Array(bytes.buffer, 0, bytes.index).slice();
      // `offset` goes on counting: places in the file are stated by it.
      bytes.index = 0;
      return chunk;
    };
    const root: SchemaElement = { name: 'root', num_children: columns.length };
    const file = new ParquetWriter({
      writer: bytes,
      schema: [root, ...columns.map(elementOf)],
      kvMetadata: metadata(t),
      createdBy: `quantlaxmi ${PACKAGE_VERSION}`,
    });
    return {
      async add({ rows, cells }) {
        const columnData = columns.map((column, i) => {
          const data = dataOf(cells[i] ?? [], column);
          // The writer keeps the bounds of each column until the footer; of JSON text they are long
          // and tell nothing.
          const statistics = column.kind !== 'json';
          return { name: column.name, data, offsetIndex: false, statistics };
        });
        await file.write({ columnData, rowGroupSize: rows });
        return taken();
      },
      async end() {
        await file.finish();
        return taken();
      },
    };
  };
}
