/**
 * What a local Binance plays: frames and snapshots, from recordings, from memory or generated.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { QuantlaxmiError } from '../../core/index.js';
import {
  type BinanceMarket,
  createLineSplitter,
  splitRecordingLine,
  symbolOfUrl,
} from '../../venues/binance/index.js';
import { parseRawLine } from '../../venues/feed/index.js';
import { countDecimals, type Decimals } from './internal/binance/decimals.js';

/** One message of a stream. */
export interface BinanceFrame {
  /** Playback time, µs since the epoch: when the recording received it. */
  readonly atUs: number;
  /** Stream it came on: `btcusdt@depth@100ms`. */
  readonly stream: string;
  /** The message as text, without the envelope of a combined stream. */
  readonly data: string;
}

/** A symbol of a source. */
export interface BinanceSourceSymbol {
  /** As in REST: `BTCUSDT`. */
  readonly symbol: string;
  /** Decimals of its prices. */
  readonly priceDecimals: number;
  /** Decimals of its quantities. */
  readonly qtyDecimals: number;
  /** The book to begin with, a REST depth answer as text; null where no depth is played. */
  readonly snapshot: string | null;
}

/** Frames in the order of their times, and what is needed to answer requests about them. */
export interface BinanceSource {
  readonly market: BinanceMarket;
  readonly frames: Iterable<BinanceFrame>;
  readonly symbols: readonly BinanceSourceSymbol[];
  /** Answer to `exchangeInfo`; null to make one from the symbols. */
  readonly exchangeInfo: string | null;
}

/** A REST depth answer and the symbol it is for. */
export interface BinanceSnapshot {
  readonly symbol: string;
  readonly data: string;
}

/** Parts of a source that is in memory. */
export interface BinanceFramesOptions {
  readonly market: BinanceMarket;
  readonly frames: readonly BinanceFrame[];
  /** The first one of a symbol is its book to begin with. */
  readonly snapshots?: readonly BinanceSnapshot[];
  readonly exchangeInfo?: string;
}

const LINE_BYTES_MAX = 64 << 20;
const HEAD_BYTES = 16;
/** Lines of cryptofeed that say what was recorded: the address opened, the channels wanted. */
const NO_MESSAGE = /^(?:wss:|configuration: )/;

function symbolOf(stream: string): string {
  const at = stream.indexOf('@');
  return (at < 0 ? stream : stream.slice(0, at)).toUpperCase();
}

/** The empty book right before an update: where a recording without snapshot begins. */
function emptyBefore(data: string): string {
  const before = /"pu":(\d+)/.exec(data)?.[1];
  const first = /"U":(\d+)/.exec(data)?.[1] ?? '1';
  const id = before ?? String(Number.parseInt(first, 10) - 1);
  return `{"lastUpdateId":${id},"bids":[],"asks":[]}`;
}

/**
 * A source from frames in memory. A symbol without snapshot begins with an empty book.
 *
 * @param options - frames in any order, snapshots, exchangeInfo
 * @returns a source; decimals are the most seen in its depth messages. O(bytes)
 * @example
 * ```ts
 * import { binanceFrames } from 'quantlaxmi/testing/node';
 *
 * const source = binanceFrames({
 *   market: 'spot',
 *   frames: [
 *     { atUs: 1, stream: 'btcusdt@depth', data: '{"U":1,"u":1,"b":[["9.50","1.0"]],"a":[]}' },
 *   ],
 * });
 * source.symbols.map((s) => [s.symbol, s.priceDecimals, s.qtyDecimals]); // => [['BTCUSDT', 2, 1]]
 * ```
 */
export function binanceFrames(options: BinanceFramesOptions): BinanceSource {
  const { market, snapshots = [], exchangeInfo = null } = options;
  const frames = [...options.frames].sort((a, b) => a.atUs - b.atUs);
  const decimals = new Map<string, Decimals>();
  const books = new Map<string, string>();
  const take = (symbol: string, text: string): void => {
    const known = decimals.get(symbol) ?? { price: 0, qty: 0 };
    decimals.set(symbol, known);
    countDecimals(text, known);
  };
  for (const { symbol, data } of snapshots) {
    take(symbol, data);
    if (!books.has(symbol)) books.set(symbol, data);
  }
  for (const { stream, data } of frames) {
    const symbol = symbolOf(stream);
    if (stream.includes('@depth')) {
      take(symbol, data);
      if (!books.has(symbol)) books.set(symbol, emptyBefore(data));
    } else if (!symbol.startsWith('!') && !decimals.has(symbol)) take(symbol, '');
  }
  const symbols = [...decimals].map(([symbol, { price, qty }]) => ({
    symbol,
    priceDecimals: price,
    qtyDecimals: qty,
    snapshot: books.get(symbol) ?? null,
  }));
  return { market, frames, symbols, exchangeInfo };
}

interface Reading {
  readonly frames: BinanceFrame[];
  readonly snapshots: { readonly symbol: string | null; readonly data: string }[];
  exchangeInfo: string | null;
}

const ENVELOPE = '{"stream":"';
const DATA = '","data":';

function takeMessage(text: string, atUs: number, reading: Reading): void {
  if (!text.startsWith(ENVELOPE)) {
    if (!text.startsWith('{"lastUpdateId"')) return;
    const symbol = /"symbol":"([^"]+)"/.exec(text.slice(0, 200))?.[1] ?? null;
    reading.snapshots.push({ symbol, data: text });
    return;
  }
  const end = text.indexOf(DATA);
  const stream = text.slice(ENVELOPE.length, end);
  reading.frames.push({ atUs, stream, data: text.slice(end + DATA.length, -1) });
}

function takeAnswer(url: string, text: string, reading: Reading): void {
  if (url.includes('/exchangeInfo')) reading.exchangeInfo ??= text;
  else if (url.includes('/depth')) {
    reading.snapshots.push({ symbol: symbolOfUrl(url), data: text });
  }
}

/** A line of a raw record of this package; false for any other line. */
function takeRecord(
  record: ReturnType<typeof parseRawLine>,
  reading: Reading,
  decoder: TextDecoder,
): boolean {
  if (record === null) return false;
  if (record.kind === 'frame') takeMessage(decoder.decode(record.bytes), record.rx, reading);
  else if (record.kind === 'answer' && record.status === 200) {
    takeAnswer(record.url, decoder.decode(record.bytes), reading);
  }
  return true;
}

function takeFile(bytes: Uint8Array, reading: Reading): void {
  const decoder = new TextDecoder();
  const splitter = createLineSplitter(LINE_BYTES_MAX, {
    line: (line, start, end) => {
      const head = decoder.decode(line.subarray(start, Math.min(end, start + HEAD_BYTES)));
      if (head === '' || NO_MESSAGE.test(head)) return;
      if (takeRecord(parseRawLine(line, start, end), reading, decoder)) return;
      const parts = splitRecordingLine(line, start, end);
      const text = decoder.decode(line.subarray(parts.start, parts.end));
      if (parts.url === null) takeMessage(text, parts.rx, reading);
      else takeAnswer(parts.url, text, reading);
    },
    tooLong: (byteLength) => {
      throw new QuantlaxmiError(
        'QL_VENUE_LINE_TOO_LONG',
        `recording: a line of ${byteLength} bytes; at most ${LINE_BYTES_MAX} are read`,
      );
    },
  });
  splitter.push(bytes);
  splitter.end();
}

/**
 * Reads recordings: `<receive time> <combined-stream message>` per line, as hftbacktest and
 * cryptofeed write them, or raw records of this package; plain or gzip. The first REST depth answer
 * of a symbol is its book to begin with. What two connections of a hand-over both brought is played
 * twice.
 *
 * @param market - market they are of
 * @param paths - files; their lines are put in the order of their times
 * @throws QuantlaxmiError QL_VENUE_LINE when a line has no receive time; QL_VENUE_LINE_TOO_LONG
 */
export async function binanceRecording(
  market: BinanceMarket,
  paths: readonly string[],
): Promise<BinanceSource> {
  const reading: Reading = { frames: [], snapshots: [], exchangeInfo: null };
  for (const path of paths) {
    const bytes = await readFile(path);
    takeFile(bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes, reading);
  }
  const names = new Set(reading.frames.map((frame) => symbolOf(frame.stream)));
  const [only] = names.size === 1 ? names : [];
  const snapshots: BinanceSnapshot[] = [];
  for (const { symbol, data } of reading.snapshots) {
    const name = symbol ?? only;
    if (name !== undefined) snapshots.push({ symbol: name, data });
  }
  const { frames, exchangeInfo } = reading;
  return binanceFrames({
    market,
    frames,
    snapshots,
    ...(exchangeInfo === null ? {} : { exchangeInfo }),
  });
}
