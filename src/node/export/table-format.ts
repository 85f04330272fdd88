/** What every file format does. @module */
import type { EventType } from '../../events/index.js';
import type { ExportColumn, RowGroup } from './columns.js';

/** Encodes one table, row group by row group; holds no more than one of them. */
export interface TableEncoder {
  /** Bytes of a stretch of rows, with whatever must precede them. */
  add(group: RowGroup): Promise<Uint8Array>;
  /** Bytes that end the file. */
  end(): Promise<Uint8Array>;
}

/** Starts the encoding of one table. */
export type TableFormat = (t: EventType, columns: readonly ExportColumn[]) => TableEncoder;
