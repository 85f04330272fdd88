import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { EventInput, EventInputOf, EventType, InstrumentBody } from 'quantlaxmi/events';
import {
  type BinanceMarket,
  type CaptureStats,
  createBinanceCapture,
  createLineSplitter,
  createRecordingScan,
} from 'quantlaxmi/venues/binance';

const ROOT = '../shared/data/binance/';
export const USDM = 'hftbacktest/usdm/btcusdt_20240808.gz';
export const SPOT_1 = 'hftbacktest/spot/btcusdt_20240808.gz';
export const SPOT_2 = 'hftbacktest/spot/btcusdt_20240809.gz';
export const COINM_1 = 'hftbacktest/cm/btcusd_perp_20240808.gz';
export const COINM_2 = 'hftbacktest/cm/btcusd_perp_20240809.gz';

/** True when the shared data is there; else says why tests are skipped, or fails when required. */
export function haveShared(path: string): boolean {
  if (existsSync(ROOT + path)) return true;
  if (process.env['REQUIRE_SHARED'] === '1') throw new Error(`${ROOT}${path} is missing`);
  console.warn(`SKIPPED: ${ROOT}${path} is missing; set REQUIRE_SHARED=1 to make that a failure`);
  return false;
}

export function loadRecording(path: string): Uint8Array {
  const bytes = readFileSync(ROOT + path);
  return new Uint8Array(path.endsWith('.gz') ? gunzipSync(bytes) : bytes);
}

export const MAX_LINE = 8 << 20;

export function eachLine(
  chunks: Iterable<Uint8Array>,
  line: (bytes: Uint8Array, start: number, end: number) => void,
): void {
  const splitter = createLineSplitter(MAX_LINE, {
    line,
    tooLong: () => {
      throw new Error('line too long');
    },
  });
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
}

/** The lines of a recording as texts; the recordings are ASCII. */
export function linesOf(bytes: Uint8Array): string[] {
  const lines = new TextDecoder().decode(bytes).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

export function bytesOf(lines: readonly string[]): Uint8Array {
  return new TextEncoder().encode(`${lines.join('\n')}\n`);
}

export interface Captured {
  readonly instruments: readonly InstrumentBody[];
  readonly events: readonly EventInput[];
  readonly stats: CaptureStats;
  /** How many events and what counts there were after each part. */
  readonly parts: readonly { readonly events: number; readonly stats: CaptureStats }[];
}

/** Both passes over a recording. */
export function captureAll(market: BinanceMarket, parts: readonly Uint8Array[]): Captured {
  const scan = createRecordingScan(market);
  for (const part of parts) eachLine([part], (b, start, end) => scan.line(b, start, end));
  return captureWith(market, parts, scan.instruments());
}

/** The first pass over some lines. */
export function createInstruments(
  market: BinanceMarket,
  lines: readonly string[],
): InstrumentBody[] {
  const scan = createRecordingScan(market);
  eachLine([bytesOf(lines)], (b, start, end) => scan.line(b, start, end));
  return scan.instruments();
}

/** The second pass, with given instruments. */
export function captureWith(
  market: BinanceMarket,
  parts: readonly Uint8Array[],
  instruments: readonly InstrumentBody[],
): Captured {
  const capture = createBinanceCapture({ market, sessionId: 'test', instruments });
  const events: EventInput[] = [];
  const ends = parts.map((part) => {
    eachLine([part], (b, start, end) => {
      for (const event of capture.line(b, start, end)) events.push(event);
    });
    return { events: events.length, stats: capture.stats };
  });
  for (const event of capture.stop()) events.push(event);
  return { instruments, events, stats: capture.stats, parts: ends };
}

export function eventsOf<T extends EventType>(
  events: readonly EventInput[],
  type: T,
): EventInputOf<T>[] {
  return events.filter((event) => event.t === type) as unknown as EventInputOf<T>[];
}

/** Session facts other than start and stop. */
export function factsOf(events: readonly EventInput[]): EventInputOf<'Session'>['body'][] {
  return eventsOf(events, 'Session')
    .map((event) => event.body)
    .filter((body) => body.kind !== 'start' && body.kind !== 'stop');
}
