/** A small session in which everything is right, and ways to spoil it. */
import type {
  BookDeltaBody,
  Event,
  EventInput,
  EventType,
  InstrumentBody,
  QuoteBody,
  SessionBody,
  TradeBody,
} from '../../src/events/index.js';

export const INST = 'BINANCE:USDM:BTCUSDT';
const START = 1_723_161_254_000_000;
const STEP = 50_000;

export const instrument = (over: Partial<InstrumentBody> = {}): InstrumentBody => ({
  base: 'BTC',
  class: 'perp',
  expiry: null,
  inferred: false,
  instrumentId: INST,
  inverse: false,
  lot: 10,
  maxQty: 1_000_000,
  minNotional: '5',
  minQty: 10,
  multiplier: '1',
  priceExponent: -1,
  qtyExponent: -3,
  quote: 'USDT',
  right: null,
  segment: 'USDM',
  settle: 'USDT',
  status: 'trading',
  strike: null,
  symbol: 'BTCUSDT',
  tick: 5,
  validTo: null,
  venue: 'BINANCE',
  ...over,
});

type Made = { readonly input: EventInput };
const made = <T extends EventType>(t: T, rx: number, body: object, ts: number | null): Made => ({
  input: { t, sv: 1, rx, ts, src: 'BINANCE', body } as EventInput,
});

export const sessionBody = (over: Partial<SessionBody>): SessionBody => ({
  code: '',
  details: {},
  inst: null,
  kind: 'start',
  ...over,
});

export const sessionFact = (rx: number, over: Partial<SessionBody>): EventInput =>
  made('Session', rx, sessionBody(over), null).input;

/** Rounds of delta, quote, trade around a price that moves by a tick. */
export function cleanInputs(rounds = 40): EventInput[] {
  const out: EventInput[] = [
    sessionFact(START, { kind: 'start' }),
    made('Instrument', START, instrument(), null).input,
  ];
  let rx = START;
  const next = (): number => {
    rx += STEP;
    return rx;
  };
  const push = (t: EventType, body: object): void => {
    const at = next();
    out.push(made(t, at, body, at - 700).input);
  };
  push('BookSnapshot', {
    asks: [
      [616_010, 100],
      [616_015, 200],
    ],
    bids: [
      [616_000, 100],
      [615_995, 200],
    ],
    inst: INST,
    venueSeq: 1000,
  });
  for (let i = 0; i < rounds; i++) {
    const lastSeq = 1010 + i * 10;
    const delta: BookDeltaBody = {
      asks: [[616_010, 100 + 10 * (i % 3)]],
      bids: [[616_000, 100 + 10 * (i % 5)]],
      firstSeq: lastSeq - 9,
      inst: INST,
      lastSeq,
      prevSeq: i === 0 ? 1000 : lastSeq - 10,
    };
    push('BookDelta', delta);
    const quote: QuoteBody = {
      ask: 616_010,
      askQty: 100,
      bid: 616_000,
      bidQty: 100,
      inst: INST,
      venueSeq: 5000 + i,
    };
    push('Quote', quote);
    const trade: TradeBody = {
      aggressor: 'buy',
      inst: INST,
      price: 616_010,
      qty: 10,
      tradeId: String(900 + i),
      venueSeq: 900 + i,
    };
    push('Trade', trade);
  }
  out.push(sessionFact(next(), { kind: 'stop', details: { malformed: 0 } }));
  return out;
}

/** Numbers inputs 1, 2, 3, ... as a log does. */
export const numbered = (inputs: readonly EventInput[]): Event[] =>
  inputs.map((input, i) => ({ ...input, seq: i + 1 }) as Event);

/** Index of the n-th event of a type, from 0. */
export function nth(inputs: readonly { t: EventType }[], t: EventType, n: number): number {
  let left = n;
  const at = inputs.findIndex((input) => input.t === t && left-- === 0);
  if (at < 0) throw new Error(`no ${t} number ${n}`);
  return at;
}

/** A copy with the n-th event of a type changed in its body. */
export function withBody(
  inputs: readonly EventInput[],
  where: { readonly t: EventType; readonly n: number },
  patch: object,
): EventInput[] {
  const out = inputs.slice();
  const at = nth(out, where.t, where.n);
  const found = out[at] as EventInput;
  out[at] = { ...found, body: { ...found.body, ...patch } } as EventInput;
  return out;
}

/** A copy with the n-th event of a type changed in its envelope. */
export function withEnvelope(
  inputs: readonly EventInput[],
  where: { readonly t: EventType; readonly n: number },
  patch: object,
): EventInput[] {
  const out = inputs.slice();
  const at = nth(out, where.t, where.n);
  out[at] = { ...(out[at] as EventInput), ...patch } as EventInput;
  return out;
}
