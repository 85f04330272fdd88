import { createRng, type Rng } from 'quantlaxmi/core';
import type { EventInput, InstrumentBody, SessionBody, SessionKind } from 'quantlaxmi/events';
import {
  type BinanceCapture,
  type CaptureStats,
  createBinanceCapture,
  inferredInstrument,
} from 'quantlaxmi/venues/binance';
import type { RawRecord } from 'quantlaxmi/venues/feed';
import { createEventSanity } from '../lib/event-sanity.js';
import { createMutator, type Mutator } from '../lib/mutate.js';
import { utf8 } from './messages.js';

const btc = (symbol: string): InstrumentBody =>
  inferredInstrument({ market: 'usdm', symbol, priceDecimals: 1, qtyDecimals: 3 });

const BTC = '"s":"BTCUSDT"';
const DELTA = `"E":1723161255000,"T":1723161254999,${BTC}`;
/** One message of every kind that a connection brings. */
const FRAMES: readonly string[] = [
  `{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate",${DELTA},"U":101,"u":105,"pu":100,` +
    '"b":[["61837.60","1.5"],["61837.00","0"]],"a":[["61838.10","0.25"],["61840.00","12.001"]]}}',
  `{"e":"depthUpdate",${DELTA},"U":106,"u":106,"pu":105,"b":[["5.0","1"]],"a":[]}`,
  `{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":77,${BTC},"b":"61837.60",` +
    '"B":"1.500","a":"61837.70","A":"2","T":1723161254999,"E":1723161255000}}',
  '{"u":78,"s":"BTCUSDT","b":"61837.6","B":"1.5","a":"61837.7","A":"2"}',
  `{"stream":"btcusdt@trade","data":{"e":"trade",${DELTA},"t":900,"p":"61837.60","q":"0.100",` +
    '"X":"MARKET","m":true}}',
  `{"e":"trade",${DELTA},"t":901,"p":"0","q":"0","X":"NA","m":false}`,
  `{"e":"aggTrade",${DELTA},"a":300,"p":"61837.60","q":"0.100","f":900,"l":901,"m":true}`,
  `{"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":1723161255000,${BTC},` +
    '"p":"61837.12345678","i":"61840.00000001","P":"61840.1","r":"-0.00010000","T":1723161600000}}',
  '{"stream":"!markPrice@arr","data":[' +
    `{"e":"markPriceUpdate","E":1723161255000,${BTC},"p":"61837.1","i":"","r":"","T":0},` +
    '{"e":"markPriceUpdate","E":1723161255000,"s":"ETHUSDT","p":"2500.1","r":"0.0001","T":1}]}',
  `{"e":"kline","E":1723161255000,${BTC},"k":{"t":1723161240000,"T":1723161299999,${BTC},` +
    '"i":"1m","f":1,"L":9,"o":"61837.6","c":"61838.0","h":"61840.0","l":"61830.0","v":"10.5",' +
    '"n":9,"x":false,"q":"649291.23","V":"5","Q":"300000","B":"0"}}',
  '{"stream":"!forceOrder@arr","data":{"e":"forceOrder","E":1723161255000,"o":{"s":"BTCUSDT",' +
    '"S":"SELL","o":"LIMIT","f":"IOC","q":"0.014","p":"61800.1","ap":"61800.2","X":"FILLED",' +
    '"l":"0.014","z":"0.014","T":1723161254990}}}',
  `{"stream":"thinusdt@depth5","data":{"e":"depthUpdate",${DELTA.replace('BTC', 'THIN')},"U":1,` +
    '"u":9,"pu":0,"b":[["2","1"],["1","1"]],"a":[["3","1"],["4","1"]]}}',
  '{"stream":"thinusdt@depth5","data":{"lastUpdateId":8,"bids":[["2","1"]],"asks":[["3","1"]]}}',
  `{"e":"24hrTicker",${DELTA},"c":"61837.6","v":"100"}`,
  '{"result":null,"id":1}',
  '{"error":{"code":2,"msg":"Invalid request"},"id":2}',
];

const INFO =
  '{"timezone":"UTC","symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC",' +
  '"quoteAsset":"USDT","marginAsset":"USDT","contractType":"PERPETUAL","filters":[' +
  '{"filterType":"PRICE_FILTER","tickSize":"0.10"},' +
  '{"filterType":"LOT_SIZE","minQty":"0.001","maxQty":"1000","stepSize":"0.001"}]}]}';
const MARK =
  '{"symbol":"BTCUSDT","markPrice":"61837.1","indexPrice":"61840.0","lastFundingRate":"0.0001",' +
  '"nextFundingTime":1723161600000,"time":1723161255000}';
/** Address and body of every answer. */
const ANSWERS: readonly (readonly [string, string])[] = [
  [
    '/fapi/v1/depth?symbol=BTCUSDT&limit=1000',
    '{"lastUpdateId":104,"E":1723161255000,"T":1723161254999,"bids":[["61837.6","1"]],' +
      '"asks":[["61838.1","2"],["61840.0","1"]]}',
  ],
  ['/fapi/v1/exchangeInfo', INFO],
  ['/fapi/v1/time', '{"serverTime":1723161255000}'],
  ['/fapi/v1/premiumIndex?symbol=BTCUSDT', MARK],
  ['/fapi/v1/premiumIndex', `[${MARK},${MARK.replace('BTC', 'ETH')}]`],
  [
    '/fapi/v1/fundingRate?symbol=BTCUSDT',
    '[{"symbol":"BTCUSDT","fundingRate":"-0.0001","fundingTime":1723132800000,' +
      '"markPrice":"61000"}]',
  ],
  [
    '/fapi/v1/openInterest?symbol=BTCUSDT',
    '{"symbol":"BTCUSDT","openInterest":"26286.181","time":1723161255000}',
  ],
  ['/fapi/v1/leverageBracket', '[]'],
];

/** What a run of damaged records came to. */
export interface FuzzReport {
  /** Records by what became of them: first event type or fact code, else the counter that grew. */
  readonly classes: ReadonlyMap<string, number>;
  readonly events: number;
  /** The first events that make no sense, or errors thrown. */
  readonly wrong: readonly string[];
}

/** Options of {@link fuzzCapture}. */
export interface FuzzOptions {
  readonly seed: bigint;
  readonly count: number;
  /** Called every 10,000 records. */
  readonly onPiece?: () => void;
}

class Fuzzing {
  readonly #rng: Rng;
  readonly #frames: Mutator;
  readonly #answers: readonly (readonly [string, Mutator])[];
  #rx = 1_723_161_255_000_000;
  #conn = 1;
  #next = 2;

  constructor(seed: bigint) {
    this.#rng = createRng(seed, 1n);
    this.#frames = createMutator(FRAMES.map(utf8), seed);
    this.#answers = ANSWERS.map(([url, body]) => [url, createMutator([utf8(body)], seed)] as const);
  }

  /** Frames mostly, on one connection or two; answers; connections that open, hand over, die. */
  next(): RawRecord {
    const kind = this.#rng.below(1000);
    this.#rx += this.#rng.below(1000) - (kind < 5 ? 2000 : 0);
    const rx = this.#rx;
    if (kind < 900) {
      const conn = this.#rng.below(4) === 0 ? this.#next : this.#conn;
      const { bytes } = this.#frames.next();
      return { kind: 'frame', rx, conn, binary: kind < 20, bytes };
    }
    if (kind < 990) {
      const [url, mutator] = this.#pick();
      const status = kind < 910 ? [429, 418, 500, 0][kind & 3]! : 200;
      return { kind: 'answer', rx, tookUs: this.#rng.below(5000), status, url, ...mutator.next() };
    }
    return this.#fact(rx, kind - 990);
  }

  #pick(): readonly [string, Mutator] {
    return this.#answers[this.#rng.below(this.#answers.length)]!;
  }

  #fact(rx: number, pick: number): RawRecord {
    const link = '0';
    const fact = (kind: SessionKind, code: string, details: SessionBody['details']): RawRecord => ({
      kind: 'fact',
      rx,
      body: { kind, code, inst: null, details },
    });
    if (pick < 4) {
      const conn = this.#next;
      return fact('connected', 'QL_FEED_HANDOVER', { attempt: 1, conn, link });
    }
    if (pick < 8) {
      const closed = this.#conn;
      this.#conn = this.#next;
      this.#next += 1;
      return fact('config', 'QL_FEED_HANDOVER', { closed, conn: this.#conn, link });
    }
    if (pick === 8) {
      const details = { conn: this.#conn, link, closeCode: 1006, reason: '' };
      return fact('disconnected', 'QL_FEED_CLOSED', details);
    }
    return fact('connected', 'QL_FEED_RECONNECTED', { attempt: 1, conn: this.#conn, link });
  }
}

/** What counted a record that became no event. */
function grown(before: CaptureStats, after: CaptureStats): string {
  for (const [name, value] of Object.entries(after)) {
    if (name === 'lines' || name === 'lastRx' || name === 'firstRx') continue;
    if (value !== before[name as keyof CaptureStats]) return `counted ${name}`;
  }
  return 'not accounted';
}

function classOf(events: readonly EventInput[], grew: () => string): string {
  const last = events.findLast((event) => event.t !== 'Session' || event.body.kind !== 'clock');
  if (last === undefined) return grew();
  return last.t === 'Session' ? `fact ${last.body.kind} ${last.body.code}` : `event ${last.t}`;
}

function fuzzedCapture(): BinanceCapture {
  return createBinanceCapture({
    market: 'usdm',
    sessionId: 'fuzz',
    instruments: [btc('BTCUSDT'), btc('THINUSDT')],
    partialDepth: ['THINUSDT'],
    aggTrades: true,
    finerDigits: 'redeclare',
    factLimit: Number.MAX_SAFE_INTEGER,
  });
}

/** Feeds damaged records to a capture and checks everything that comes out. */
export function fuzzCapture(options: FuzzOptions): FuzzReport {
  const { count, seed, onPiece = () => undefined } = options;
  const source = new Fuzzing(seed);
  const capture = fuzzedCapture();
  const sanity = createEventSanity();
  const classes = new Map<string, number>();
  const wrong: string[] = [];
  let events = 0;
  let before = capture.stats;
  let heldBefore = 0;
  for (let i = 0; i < count; i++) {
    const record = source.next();
    let out: EventInput[] = [];
    try {
      out = capture.record(record);
    } catch (error) {
      wrong.push(`record ${i}: threw ${String(error)}`);
    }
    events += out.length;
    for (const event of out) {
      const what = sanity.check(event);
      if (what !== '' && wrong.length < 10) {
        wrong.push(`record ${i}: ${what} in ${JSON.stringify(event).slice(0, 400)}`);
      }
    }
    const after = capture.stats;
    const held = capture.held();
    const name = classOf(out, () => (held > heldBefore ? 'held' : grown(before, after)));
    heldBefore = held;
    classes.set(name, (classes.get(name) ?? 0) + 1);
    before = after;
    if (i % 10_000 === 0) onPiece();
  }
  return { classes, events, wrong };
}
