/**
 * `quantlaxmi wal export`: a log as tables.
 * @module
 */
import { basename, join, resolve } from 'node:path';
import { type ExportFormat, exportLog } from '../../node/export/index.js';
import { grouped, table } from '../format.js';
import type { CommonOptions, Outcome } from '../outcome.js';
import { logProgress } from '../progress.js';

/** Options of `wal export`. */
export interface WalExportOptions extends CommonOptions {
  readonly format: string;
  readonly type?: string;
  readonly out?: string;
  readonly from?: number;
  readonly to?: number;
}

/** Writes one file per event type. */
export const walExport = async (dir: string, options: WalExportOptions): Promise<Outcome> => {
  const { format, type, from, to } = options;
  const out = options.out ?? join(process.cwd(), `${basename(resolve(dir))}-${format}`);
  const bar = logProgress('export');
  const tables = await exportLog(dir, {
    format: format as ExportFormat,
    out,
    onProgress: ({ bytes, totalBytes }) => bar.update(bytes, totalBytes),
    ...(type === undefined ? {} : { types: type.split(',') }),
    ...(from === undefined ? {} : { fromSeq: from }),
    ...(to === undefined ? {} : { toSeq: to }),
  }).finally(() => bar.stop());
  const rows = tables.map((one) => [one.type, grouped(one.rows), grouped(one.bytes), one.file]);
  const text = tables.length === 0 ? 'no event to export' : table(HEAD, rows);
  return { exitCode: 0, document: { format, out, tables }, text };
};

const HEAD = ['type', 'rows', 'bytes', 'file'];
