import { createRng } from 'quantlaxmi/core';
import type { EventInput } from 'quantlaxmi/events';
import { encodeTick, kiteFrame } from 'quantlaxmi/testing';
import type { RawRecord } from 'quantlaxmi/venues/feed';
import { type KiteCaptureStats, type KiteTick, kiteCapture } from 'quantlaxmi/venues/zerodha';
import { createEventSanity } from '../lib/event-sanity.js';
import { createMutator, type Damage } from '../lib/mutate.js';
import { dump, INDEX_ROW, INFY_ROW, instruments, NIFTY_ROW, RX, utf8 } from './lines.js';

const LEVELS = [0, 1, 2, 3, 4];

/** A tick like those of a trading day. */
export function usualTick(seed: number, token = 12683010): KiteTick {
  const rng = createRng(BigInt(seed), 1n);
  const mid = 2_597_000 + rng.below(2000);
  const traded = (token & 0xff) !== 9;
  const side = (direction: 1 | -1) =>
    LEVELS.map((i) => ({
      price: mid + direction * (5 + i * 10),
      qty: 75 * (1 + rng.below(40)),
      orders: 1 + rng.below(20),
    }));
  return {
    token,
    exponent: -2,
    tradable: traded,
    mode: 'full',
    last: mid,
    lastQty: traded ? 75 : null,
    averagePrice: traded ? mid - 3 : null,
    volume: traded ? 3_000_000 + seed * 75 : null,
    buyQty: traded ? 300_000 : null,
    sellQty: traded ? 400_000 : null,
    open: 2_600_000,
    high: 2_610_000,
    low: 2_590_000,
    close: 2_606_000,
    change: traded ? null : -90,
    lastTradeTime: traded ? 1_766_992_619 : null,
    openInterest: traded ? 11_148_150 : null,
    openInterestHigh: traded ? 11_200_000 : null,
    openInterestLow: traded ? 11_100_000 : null,
    exchangeTime: 1_766_992_620,
    bids: traded ? side(-1) : null,
    asks: traded ? side(1) : null,
  };
}

const cut = (tick: KiteTick, length: number): Uint8Array => encodeTick(tick).slice(0, length);

const BINARY: readonly Uint8Array[] = Array.from({ length: 12 }, (_, i) =>
  kiteFrame([
    encodeTick(usualTick(i)),
    ...(i % 2 === 0 ? [encodeTick(usualTick(i, 256265)), cut(usualTick(i, 256265), 28)] : []),
    ...(i % 3 === 0 ? [cut(usualTick(i, 408065), 44), cut(usualTick(i, 408065), 8)] : []),
  ]),
);

const ORDER =
  '{"type":"order","data":{"order_id":"220303000308932","exchange_order_id":"1000000001482421",' +
  '"parent_order_id":null,"status":"OPEN","status_message":null,"order_timestamp":' +
  '"2022-03-03 09:24:25","exchange_timestamp":"2022-03-03 09:24:25","variety":"regular",' +
  '"exchange":"NSE","tradingsymbol":"INFY","instrument_token":408065,"order_type":"LIMIT",' +
  '"transaction_type":"BUY","validity":"DAY","product":"CNC","quantity":3,"disclosed_quantity":0,' +
  '"price":470.05,"trigger_price":0,"average_price":470,"filled_quantity":1,"pending_quantity":2,' +
  '"cancelled_quantity":0,"meta":{},"tag":null}}';

const TEXTS: readonly Uint8Array[] = [
  ORDER,
  '{"type":"error","data":"Invalid mode"}',
  '{"type":"message","data":"Markets close early"}',
].map(utf8);

const ANSWERS: readonly (readonly [url: string, body: Uint8Array])[] = [
  [
    '/quote?i=NSE:INFY',
    utf8(
      '{"status":"success","data":{"NSE:INFY":{"instrument_token":408065,"timestamp":' +
        '"2021-06-08 15:45:56","last_price":1412.95,"last_quantity":5,"buy_quantity":0,' +
        '"sell_quantity":5191,"volume":7360198,"average_price":1412.47,"oi":0,' +
        '"ohlc":{"open":1396,"high":1421.75,"low":1395.55,"close":1389.65},"depth":{"buy":[{"price":1412.9,' +
        '"quantity":5,"orders":1},{"price":0,"quantity":0,"orders":0}],"sell":[{"price":1412.95,' +
        '"quantity":5191,"orders":13}]}}}}',
    ),
  ],
  [
    '/instruments/historical/408065/minute?from=a',
    utf8(
      '{"status":"success","data":{"candles":[["2017-12-15T09:15:00+0530",1704.5,1705,1699.25,' +
        '1702.8,2499],["2017-12-15T09:16:00+0530",1702,1702,1698.15,1698.15,1271,5]]}}',
    ),
  ],
  ['/instruments/NFO', dump(NIFTY_ROW, INFY_ROW)],
];

/** Damages that make sense of a binary frame. */
const BINARY_DAMAGES: readonly Damage[] = [
  'bitFlip',
  'byteChange',
  'truncation',
  'cut',
  'doubling',
  'insertion',
  'splice',
  'lengthLie',
];

/** What came of damaged records. */
export interface FuzzResult {
  readonly records: number;
  readonly stats: KiteCaptureStats;
  /** Facts by code, also those that were not recorded one by one. */
  readonly codes: ReadonlyMap<string, number>;
  /** Events that no market can have sent; must be empty. */
  readonly impossible: readonly string[];
  readonly events: number;
  /** Heap after the last record, less that after a tenth of them, bytes; 0 unless measured. */
  readonly heapGrowth: number;
}

/** Nine binary frames, then one text or answer, over and over: as a ticker sends them, damaged. */
export function fuzz(records: number, seed: bigint, heap: () => number = () => 0): FuzzResult {
  const capture = kiteCapture({
    sessionId: 's',
    instruments: instruments(NIFTY_ROW, INFY_ROW, INDEX_ROW),
    orders: true,
    factLimit: Number.MAX_SAFE_INTEGER,
  });
  const binary = createMutator(BINARY, seed, BINARY_DAMAGES);
  const text = createMutator(TEXTS, seed + 1n);
  const answers = ANSWERS.map(([url, body], i) => ({
    url,
    mutator: createMutator([body], seed + 2n + BigInt(i)),
  }));
  const sanity = createEventSanity();
  const codes = new Map<string, number>();
  const impossible: string[] = [];
  let events = 0;
  let heapEarly = 0;
  const take = (event: EventInput): void => {
    events += 1;
    const wrong = sanity.check(event);
    if (wrong !== '' && impossible.length < 20) impossible.push(`${event.t}: ${wrong}`);
    // A refused depth is told as malformed too.
    if (event.t === 'Session' && event.body.kind !== 'gap')
      codes.set(event.body.code, (codes.get(event.body.code) ?? 0) + 1);
  };
  for (let i = 0; i < records; i++) {
    if (i === Math.floor(records / 10)) heapEarly = heap();
    const rx = RX + i;
    let record: RawRecord;
    if (i % 10 < 8) {
      record = { kind: 'frame', rx, conn: 1, binary: true, bytes: binary.next().bytes };
    } else if (i % 10 === 8) {
      record = { kind: 'frame', rx, conn: 1, binary: false, bytes: text.next().bytes };
    } else {
      const { url, mutator } = answers[Math.floor(i / 10) % answers.length]!;
      record = { kind: 'answer', rx, tookUs: 1, status: 200, url, bytes: mutator.next().bytes };
    }
    for (const event of capture.record(record)) take(event);
  }
  const heapGrowth = heap() - heapEarly;
  for (const event of capture.stop()) take(event);
  return { records, stats: capture.stats, codes, impossible, events, heapGrowth };
}
