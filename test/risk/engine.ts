/** A step with a strategy that wants what the test says, and short ways to tell it facts. */
import type { Event, EventInput, InstrumentBody, OrderBody, QuoteBody } from 'quantlaxmi/events';
import type { AmendOrder, PlaceOrder, RiskPolicy } from 'quantlaxmi/risk';
import { createStep, defineStrategy, type Step, type StepAction } from 'quantlaxmi/strategy';
import { testInstrument } from 'quantlaxmi/testing';
import { BTC, NOW_US } from './known-view.js';

type Details = Readonly<Record<string, number | string>>;

const envelope = { sv: 1, ts: null } as const;

/** What the venue says of an order. */
export const orderFact = (
  order: PlaceOrder,
  part: Partial<OrderBody> & Pick<OrderBody, 'state'>,
): EventInput => {
  const { clientOrderId, inst, orderId, price, qty, riskDecisionId, side, tif, type } = order;
  const body: OrderBody = {
    cause: 0,
    clientOrderId,
    inst,
    orderId,
    price,
    qty,
    reason: '',
    remaining: qty,
    riskDecisionId,
    side,
    tif,
    type,
    venueOrderId: `v-${orderId}`,
    ...part,
  };
  return { ...envelope, t: 'Order', rx: 0, src: 'SIM', body };
};

export const fillFact = (
  order: PlaceOrder,
  { fillId, price, qty }: { readonly fillId: string; readonly price: number; readonly qty: number },
): EventInput => ({
  ...envelope,
  t: 'Fill',
  rx: 0,
  src: 'SIM',
  body: {
    cause: 0,
    fee: 0,
    feeCurrency: 'USDT',
    feeExponent: -8,
    fillId,
    inst: order.inst,
    liquidity: 'taker',
    orderId: order.orderId,
    price,
    qty,
    side: order.side,
  },
});

export interface EngineOptions {
  readonly policy: RiskPolicy;
  readonly cash?: string;
  readonly startUs?: number;
  readonly instrument?: InstrumentBody;
  /** Wraps the step, to break it on purpose. */
  readonly wrap?: (step: Step) => Step;
}

/** One run, driven by hand. Keeps what it was fed, so that it can be fed again. */
export class Engine {
  readonly step: Step;
  readonly records: EventInput[] = [];
  readonly sent: StepAction[] = [];
  /** Everything fed, in order, for a second run. */
  readonly fed: { readonly event: Event | EventInput; readonly intents: readonly unknown[] }[] = [];
  rx: number;
  seq = 0;
  /** Records of the last call. */
  last: readonly EventInput[] = [];
  #tray: readonly unknown[] = [];

  constructor({ cash = '1000000', instrument, policy, startUs, wrap }: EngineOptions) {
    this.rx = startUs ?? NOW_US;
    const strategy = defineStrategy<number, null>({
      id: 's',
      version: '1',
      parseConfig: () => null,
      init: () => 0,
      onEvent: (n, event) =>
        event.t === 'Stats' ? { state: n + 1, intents: this.#tray as never } : null,
    });
    const parts = { config: null, risk: policy, runId: 'run', seed: 1n, cash: { USDT: cash } };
    const step = createStep({ strategy, ...parts });
    this.step = wrap?.(step) ?? step;
    if (instrument !== undefined) this.input('Instrument', instrument);
  }

  /** A fact of the session log, after a while. */
  input(t: Event['t'], body: unknown, waitUs = 0): readonly EventInput[] {
    this.rx += waitUs;
    this.seq += 1;
    const event = { ...envelope, t, rx: this.rx, src: 'SIM', seq: this.seq, body } as Event;
    return this.#take(event, () => this.step.onInput(event));
  }

  /** A fact of the venue, an operator or a timer. */
  venue(event: EventInput): readonly EventInput[] {
    const stamped = { ...event, rx: this.rx } as EventInput;
    return this.#take(stamped, () => this.step.onVenue(stamped));
  }

  session(kind: string, code: string, details: Details = {}): readonly EventInput[] {
    const body = { code, details, inst: null, kind };
    return this.venue({ ...envelope, t: 'Session', rx: 0, src: 'OPERATOR', body } as EventInput);
  }

  quote(part: Partial<QuoteBody> = {}, waitUs = 0): readonly EventInput[] {
    const quote = { ask: 1_001, askQty: 500, bid: 1_000, bidQty: 500, inst: BTC, venueSeq: null };
    return this.input('Quote', { ...quote, ...part }, waitUs);
  }

  /** The strategy wants these now. */
  want(...intents: readonly unknown[]): readonly EventInput[] {
    this.#tray = intents;
    try {
      return this.input('Stats', {
        indexPrice: null,
        inst: BTC,
        lastPrice: null,
        markPrice: null,
        openInterest: null,
        venueSeq: null,
        volume: null,
      });
    } finally {
      this.#tray = [];
    }
  }

  /** Same facts, same wishes, into another engine. */
  feed({ event, intents }: Engine['fed'][number]): readonly EventInput[] {
    this.#tray = intents;
    const take = () =>
      'seq' in event ? this.step.onInput(event as Event) : this.step.onVenue(event);
    return this.#take(event, take);
  }

  verdicts(): string[] {
    return this.last.flatMap((record) => (record.t === 'Risk' ? [record.body.verdict] : []));
  }

  codes(): string[] {
    return this.last.flatMap((record) =>
      record.t === 'Risk' ? record.body.checks.filter(({ ok }) => !ok).map(({ code }) => code) : [],
    );
  }

  /** Orders of the last call. */
  placed(): PlaceOrder[] {
    return this.step.actions().flatMap((a) => (a.kind === 'submit' ? [a.order] : []));
  }

  amended(): AmendOrder[] {
    return this.step.actions().flatMap((a) => (a.kind === 'amend' ? [a.order] : []));
  }

  #take(event: Event | EventInput, take: () => readonly EventInput[]): readonly EventInput[] {
    this.fed.push({ event, intents: this.#tray });
    this.last = [...take()];
    this.records.push(...this.last);
    this.sent.push(...this.step.actions());
    return this.last;
  }
}

/** The venue's whole answer to a reconciliation: nothing open, nothing held but `usdt`. */
export function reconciled(engine: Engine, usdt: string, positions: readonly unknown[] = []): void {
  const balances = [{ currency: 'USDT', free: usdt, total: usdt }];
  const body = { account: 'A', balances, cause: 0, margin: {}, positions };
  engine.venue({ ...envelope, t: 'Account', rx: 0, src: 'SIM', body } as EventInput);
  engine.session('resync', 'QL_VENUE_RECONCILED', { orders: 0, question: 1 });
}

/** A run whose instrument is declared, with a quote, every port known, reconciled. */
export function readyEngine(options: EngineOptions): Engine {
  const engine = new Engine({ instrument: testInstrument(), ...options });
  engine.session('clock', '', { errorUs: 10 });
  const feature = { cause: 1, hash: '0'.repeat(64), id: 'toxicity', inst: BTC };
  engine.input('Feature', { ...feature, values: { ppm: 100 } });
  const words = { liquidity: 'deep', profile: '', trend: 'flat', volatility: 'low' };
  engine.input('Regime', { cause: 1, inst: BTC, sinceSeq: 1, ...words });
  engine.input('BookSnapshot', {
    asks: [[1_001, 500]],
    bids: [[1_000, 500]],
    inst: BTC,
    venueSeq: 1,
  });
  engine.quote();
  engine.input('Trade', {
    aggressor: 'buy',
    inst: BTC,
    price: 1_001,
    qty: 1,
    tradeId: '1',
    venueSeq: 1,
  });
  reconciled(engine, options.cash ?? '1000000');
  return engine;
}
