/**
 * Event codec against the platform's JSON, per event type, in one process.
 *
 *     npx tsx bench/events.bench.ts
 *
 * Prints CPU nanoseconds per line, the least of many rounds, and the ratio. The ratio is the figure
 * to trust, the machine is not.
 * @module
 */

import { decodeEvent, type Event, encodeEventPrefix, type Level } from '../src/events/index.js';

const LINES = 4_096;
const ROUNDS = 60;
const RX = 1_723_075_200_000_000;

interface Sample {
  readonly name: string;
  readonly events: readonly Event[];
}

function quote(n: number): Event {
  const bid = 5_982_310 + (n % 997);
  const body = {
    ask: bid + 10,
    askQty: 15_300 + (n % 777),
    bid,
    bidQty: 22_100 + (n % 555),
    inst: `BINANCE:USDM:${['BTCUSDT', 'ETHUSDT', 'SOLUSDT'][n % 3]}`,
    venueSeq: 4_983_302_931_000 + n,
  };
  const rx = RX + n * 173;
  return { seq: n + 1, t: 'Quote', sv: 1, rx, ts: rx - 2_000, src: 'BINANCE', body };
}

function trade(n: number): Event {
  const body = {
    aggressor: n % 2 === 0 ? 'buy' : 'sell',
    inst: 'BINANCE:USDM:BTCUSDT',
    price: 5_982_310 + (n % 997),
    qty: 1_000 + (n % 5_003),
    tradeId: String(3_728_001_234 + n),
    venueSeq: null,
  } as const;
  const rx = RX + n * 173;
  return { seq: n + 1, t: 'Trade', sv: 1, rx, ts: rx - 2_000, src: 'BINANCE', body };
}

function delta(n: number): Event {
  const side = (from: number): Level[] =>
    Array.from({ length: 10 }, (_, i) => [from + i * 10, (n * 31 + i * 977) % 90_000]);
  const firstSeq = 4_983_302_931_000 + n * 40;
  const body = {
    asks: side(5_982_320),
    bids: side(5_982_210),
    firstSeq,
    inst: 'BINANCE:USDM:BTCUSDT',
    lastSeq: firstSeq + 39,
    prevSeq: firstSeq - 1,
  };
  const rx = RX + n * 173;
  return { seq: n + 1, t: 'BookDelta', sv: 1, rx, ts: rx - 2_000, src: 'BINANCE', body };
}

function instrument(n: number): Event {
  const body = {
    base: 'BTC',
    class: 'perp',
    expiry: null,
    inferred: false,
    instrumentId: 'BINANCE:USDM:BTCUSDT',
    inverse: false,
    lot: 1,
    maxQty: 1_000_000 + n,
    minNotional: '100',
    minQty: 1,
    multiplier: '1',
    priceExponent: -2,
    qtyExponent: -3,
    quote: 'USDT',
    right: null,
    segment: 'USDM',
    settle: 'USDT',
    status: 'trading',
    strike: null,
    symbol: 'BTCUSDT',
    tick: 10,
    validTo: null,
    venue: 'BINANCE',
  } as const;
  return { seq: n + 1, t: 'Instrument', sv: 1, rx: RX + n, ts: null, src: 'BINANCE', body };
}

const id = (prefix: string, n: number): string =>
  `${prefix}-${(n * 7_919 + 1_000_000_007).toString(32).padStart(16, 'q')}`;

function decision(n: number): Event {
  const body = {
    cause: 10_000 + n,
    decisionId: id('d', n),
    features: { imbalancePpm: -250_000 + n, micro: '59823.125', spreadBps: 1 },
    intents: [
      {
        action: 'place',
        inst: 'BINANCE:USDM:BTCUSDT',
        intentId: id('i', n),
        price: 5_982_310 + (n % 997),
        qty: 1_000,
        reduceOnly: false,
        side: n % 2 === 0 ? 'buy' : 'sell',
        tif: 'gtx',
        type: 'limit',
      },
    ],
    profile: 'default',
    regime: 'calm',
    strategyId: 'maker',
  } as const;
  return { seq: n + 1, t: 'Decision', sv: 1, rx: RX + n * 173, ts: null, src: 'RUNNER', body };
}

function risk(n: number): Event {
  const check = (name: string, observed: number) =>
    ({ code: '', id: name, limit: '1000000', observed: String(observed), ok: true }) as const;
  const body = {
    cause: 10_000 + n,
    checks: [check('maxNotional', 59_823 + n), check('maxPosition', n), check('quoteAge', n * 31)],
    decisionId: id('d', n),
    intentId: id('i', n),
    ladder: 'normal',
    riskDecisionId: id('r', n),
    verdict: 'allow',
  } as const;
  return { seq: n + 1, t: 'Risk', sv: 1, rx: RX + n * 173, ts: null, src: 'RUNNER', body };
}

function order(n: number): Event {
  const body = {
    cause: 10_000 + n,
    clientOrderId: id('c', n),
    inst: 'BINANCE:USDM:BTCUSDT',
    orderId: id('o', n),
    price: 5_982_310 + (n % 997),
    qty: 1_000,
    reason: '',
    remaining: 1_000 - (n % 1_000),
    riskDecisionId: id('r', n),
    side: n % 2 === 0 ? 'buy' : 'sell',
    state: 'partiallyFilled',
    tif: 'gtx',
    type: 'limit',
    venueOrderId: String(8_886_774_000 + n),
  } as const;
  return { seq: n + 1, t: 'Order', sv: 1, rx: RX + n * 173, ts: RX + n * 173, src: 'SIM', body };
}

function fill(n: number): Event {
  const body = {
    cause: 10_000 + n,
    fee: 2_392_924 + n,
    feeCurrency: 'USDT',
    feeExponent: -8,
    fillId: id('f', n),
    inst: 'BINANCE:USDM:BTCUSDT',
    liquidity: 'maker',
    orderId: id('o', n),
    price: 5_982_310 + (n % 997),
    qty: 1_000,
    side: n % 2 === 0 ? 'buy' : 'sell',
  } as const;
  return { seq: n + 1, t: 'Fill', sv: 1, rx: RX + n * 173, ts: RX + n * 173, src: 'SIM', body };
}

function times(make: (n: number) => Event): Event[] {
  return Array.from({ length: LINES }, (_, n) => make(n));
}

/** Least CPU nanoseconds per line over the rounds: other work on the machine only adds. */
function cost(run: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < ROUNDS; i++) {
    const from = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(from);
    least = Math.min(least, ((user + system) * 1_000) / LINES);
  }
  return least;
}

let sink = 0;

function measure({ name, events }: Sample): void {
  const out = new Uint8Array(8 << 20);
  const offsets: number[] = [0];
  for (const event of events) {
    offsets.push(encodeEventPrefix(event, event.seq, out, offsets.at(-1) as number));
  }
  const end = offsets.at(-1) as number;
  const buffer = Buffer.from(out.buffer, 0, end);
  const decode = cost(() => {
    for (let i = 0; i < LINES; i++) {
      const event = decodeEvent(out, offsets[i] as number, offsets[i + 1] as number);
      sink += event === null ? 1 : event.seq;
    }
  });
  const parse = cost(() => {
    for (let i = 0; i < LINES; i++) {
      const text = `${buffer.toString('utf8', offsets[i], offsets[i + 1])}}`;
      sink += (JSON.parse(text) as Event).seq;
    }
  });
  const target = new Uint8Array(1 << 16);
  const encode = cost(() => {
    for (const event of events) sink += encodeEventPrefix(event, event.seq, target, 0);
  });
  const targetBuffer = Buffer.from(target.buffer);
  const stringify = cost(() => {
    for (const event of events) sink += targetBuffer.write(JSON.stringify(event), 0, 'utf8');
  });
  const cell = (value: number): string => `${value.toFixed(0).padStart(6)} ns`;
  const ratio = (slow: number, fast: number): string => `${(slow / fast).toFixed(1).padStart(5)}x`;
  console.log(
    `${name.padEnd(18)} ${String(Math.round(end / LINES)).padStart(5)} B | ` +
      `decode ${cell(decode)}  JSON.parse ${cell(parse)} ${ratio(parse, decode)} | ` +
      `encode ${cell(encode)}  JSON.stringify ${cell(stringify)} ${ratio(stringify, encode)}`,
  );
}

const MIX = [quote, trade, delta] as const;
const RUN = [decision, risk, order, order, fill] as const;
const makers: readonly (readonly [name: string, make: (n: number) => Event])[] = [
  ['Quote', quote],
  ['Trade', trade],
  ['BookDelta 2x10', delta],
  ['Instrument', instrument],
  ['Decision', decision],
  ['Risk', risk],
  ['Order', order],
  ['Fill', fill],
  ['market data mixed', (n) => (MIX[n % MIX.length] as (typeof MIX)[number])(n)],
  ['run log mixed', (n) => (RUN[n % RUN.length] as (typeof RUN)[number])(n)],
];
for (const [name, make] of makers) measure({ name, events: times(make) });
if (sink === 0) console.log('');
