/**
 * Exit code of a command that threw.
 * @module
 */
import { isQuantlaxmiError } from '../core/index.js';
import type { ExitCode } from './outcome.js';

/** Codes that mean "the evidence does not hold"; everything else means "cannot run". */
const DOES_NOT_HOLD: readonly RegExp[] = [
  /^WAL_(ANCHOR|CORRUPT|CHAIN|FOREIGN|SEQ|RX_ORDER|TORN_TAIL|UNSEALED|SEGMENT_MISSING|ROLLBACK)$/,
  /^WAL_(BATCH_TOO_LARGE|NON_CANONICAL|LINE_TOO_LONG|VERSION|UNKNOWN_TYPE)$/,
  /^QL_MANIFEST_/,
  /^QL_EVIDENCE_(ENVELOPE|SIGNATURE|STATEMENT|SUBJECT)$/,
  /^QL_BOOK_UNSYNCED$/,
  /^QL_SESSION_QUARANTINED$/,
  /^QL_EVENT_DECODE$/,
];

/**
 * Maps an error to an exit code: `1` when something was read and does not hold, `2` when the
 * command could not do its work.
 */
export const exitCodeOf = (error: unknown): ExitCode =>
  isQuantlaxmiError(error) && DOES_NOT_HOLD.some((pattern) => pattern.test(error.code)) ? 1 : 2;
