/**
 * What a file is, and of when.
 * @module
 */
import { isQuantlaxmiError, readCsv } from '../../core/index.js';
import { BHAVCOPY_COLUMNS, readBhavcopy } from './bhavcopy.js';
import { EXPORT_COLUMNS, readExport } from './chain-export.js';
import { chainTime, parseChainJson, readChainJson, recordsOf } from './chain-json.js';
import { readSnapshot, SNAPSHOT_COLUMNS, STOCK_SNAPSHOT_COLUMNS } from './chain-snapshot.js';
import { Refusal } from './internal/facts.js';
import { matches } from './internal/header.js';
import { DAY_US, parseDay, parseStamp, startOfDay } from './internal/ist.js';
import type { Item, Reading } from './internal/reading.js';

/**
 * - `bhavcopy`: F&O bhavcopy in UDiFF
 * - `chain-json`: option chain as the exchange's site answers it
 * - `chain-export`: option chain as the exchange's page exports it
 * - `chain-snapshot`: index option chain as a collector wrote it
 */
export type NseFileKind = 'bhavcopy' | 'chain-json' | 'chain-export' | 'chain-snapshot';

/** Every kind, for flags and messages. */
export const NSE_FILE_KINDS: readonly NseFileKind[] = [
  'bhavcopy',
  'chain-json',
  'chain-export',
  'chain-snapshot',
];

const CSV_KINDS = [
  ['bhavcopy', BHAVCOPY_COLUMNS],
  ['chain-export', EXPORT_COLUMNS],
  ['chain-snapshot', SNAPSHOT_COLUMNS],
  ['chain-snapshot', STOCK_SNAPSHOT_COLUMNS],
] as const;

/** Longest start of a file that is looked at for its kind and time, bytes. */
const HEAD_BYTES = 65_536;

const READERS: Readonly<Record<NseFileKind, (reading: Reading) => Iterable<Item>>> = {
  bhavcopy: readBhavcopy,
  'chain-json': readChainJson,
  'chain-export': readExport,
  'chain-snapshot': readSnapshot,
};

/** Reads a file of a known kind. */
export const readerOf = (kind: NseFileKind): ((reading: Reading) => Iterable<Item>) =>
  READERS[kind];

function firstRecords(bytes: Uint8Array): readonly (readonly string[])[] {
  const rows: (readonly string[])[] = [];
  for (const record of readCsv(bytes.subarray(0, HEAD_BYTES))) {
    if (record.error === null) rows.push(record.fields);
    if (rows.length === 8) break;
  }
  return rows;
}

/** True when the first character of the file that is not blank opens a JSON record. */
function startsJson(bytes: Uint8Array): boolean {
  for (const byte of bytes) {
    if (byte === 0x7b) return true;
    const skipped = byte <= 0x20 || byte === 0xef || byte === 0xbb || byte === 0xbf;
    if (!skipped) return false;
  }
  return false;
}

/**
 * What a file is, by its content: JSON, or the kind of CSV of which its header has at least half of
 * the columns, so that a header that lacks some is still named by them. O(first 64 KiB).
 *
 * @param bytes - the file, or its start
 * @returns the kind; null when it is none that is known
 * @example
 * ```ts
 * import { encodeUtf8 } from 'quantlaxmi/core';
 * import { nseFileKind } from 'quantlaxmi/venues/nse';
 *
 * nseFileKind(encodeUtf8('{"records":{}}')); // => 'chain-json'
 * nseFileKind(encodeUtf8('Date,Open\n')); // => null
 * ```
 */
export function nseFileKind(bytes: Uint8Array): NseFileKind | null {
  if (startsJson(bytes.subarray(0, HEAD_BYTES))) return 'chain-json';
  const [header] = firstRecords(bytes);
  if (header === undefined) return null;
  let best: { kind: NseFileKind; share: number } | null = null;
  for (const [kind, columns] of CSV_KINDS) {
    const share = matches(header, columns) / columns.needed.length;
    if (share >= 0.5 && (best === null || share > best.share)) best = { kind, share };
  }
  return best?.kind ?? null;
}

/** First time that a column of the first rows gives. */
function columnTime(
  bytes: Uint8Array,
  column: string,
  read: (text: string) => number | null,
): number | null {
  const [header = [], ...rows] = firstRecords(bytes);
  const at = header.indexOf(column);
  for (const row of rows) {
    const time = at < 0 ? null : read(row[at] ?? '');
    if (time !== null) return time;
  }
  return null;
}

function endOfDay(text: string): number | null {
  const day = parseDay(text);
  return day === null ? null : startOfDay(day) + DAY_US;
}

/**
 * When a file could be known at the earliest, by what it says itself. It stands for the receive
 * time of a file whose real one nobody wrote down.
 *
 * - `bhavcopy`: midnight IST at the end of its trade date: it is published in the evening
 * - `chain-json`: its `timestamp`
 * - `chain-snapshot`: the stamp in its rows
 * - `chain-export`: says none
 *
 * @param bytes - the whole file
 * @param kind - what it is
 * @returns µs since the epoch; null when the file gives no time
 * @example
 * ```ts
 * import { encodeUtf8 } from 'quantlaxmi/core';
 * import { nseFileTime } from 'quantlaxmi/venues/nse';
 *
 * const file = encodeUtf8('TradDt,TckrSymb\n2026-02-02,NIFTY\n');
 * nseFileTime(file, 'bhavcopy'); // => 1770057000000000
 * ```
 */
export function nseFileTime(bytes: Uint8Array, kind: NseFileKind): number | null {
  switch (kind) {
    case 'bhavcopy':
      return columnTime(bytes, 'TradDt', endOfDay);
    case 'chain-snapshot':
      return columnTime(bytes, 'timestamp', parseStamp);
    case 'chain-export':
      return null;
    default:
      try {
        return chainTime(recordsOf(parseChainJson(bytes)));
      } catch (error) {
        if (error instanceof Refusal || isQuantlaxmiError(error)) return null;
        throw error;
      }
  }
}
