/**
 * Logs as tables for other tools: Parquet, Arrow IPC and CSV. The packages that write the first two
 * are optional and loaded when an export asks for them.
 * @module
 */
export type { Cell, ExportColumn } from './columns.js';
export { exportColumns } from './columns.js';
export type { ExportedTable, ExportFormat, ExportLogOptions } from './export-log.js';
export { exportLog } from './export-log.js';
export type { ReadLogOptions } from '../pipeline/read-log.js';
