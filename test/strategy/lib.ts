import type { Event, EventInput, IntentBody, QuoteBody } from 'quantlaxmi/events';
import type { Venue } from 'quantlaxmi/execution';
import { maxOrderRate, maxPosition, quoteAge, type RiskPolicy, riskPolicy } from 'quantlaxmi/risk';
import { constantLatency, makerTakerFees, simVenue } from 'quantlaxmi/sim';
import {
  createRunner,
  defineStrategy,
  type RunnerOptions,
  type Strategy,
  type StrategyEvent,
  type StrategyOutput,
} from 'quantlaxmi/strategy';
import { sessionOf, testInstrument } from 'quantlaxmi/testing';

export const inst = 'SIM:X:BTCUSDT';

export const policy: RiskPolicy = riskPolicy({
  checks: [
    maxPosition({ qtyMax: { [inst]: '0.100' } }),
    quoteAge({ ageMaxUs: 60_000_000 }),
    maxOrderRate({ orders: 1_000, perUs: 1_000_000 }),
  ],
});

export const quoteBody = (part: Partial<QuoteBody> = {}): QuoteBody => ({
  ask: 1_001,
  askQty: 50,
  bid: 1_000,
  bidQty: 50,
  inst,
  venueSeq: null,
  ...part,
});

/** The instrument, then quotes at the given receive times. */
export const quotesAt = (...times: readonly number[]): Event[] =>
  sessionOf([
    { t: 'Instrument', rx: 0, body: testInstrument() },
    ...times.map((rx) => ({ t: 'Quote' as const, rx, body: quoteBody() })),
  ]);

export const place = (part: Partial<IntentBody> = {}): IntentBody => ({
  action: 'place',
  inst,
  intentId: 'i-1',
  price: 1_001,
  qty: 5,
  reduceOnly: false,
  side: 'buy',
  tif: 'ioc',
  type: 'limit',
  ...part,
});

type OnEvent = (event: StrategyEvent, n: number) => Partial<StrategyOutput<number>> | null;

/** A strategy whose state counts its calls. */
export const counting = (onEvent: OnEvent): Strategy<number, unknown> =>
  defineStrategy<number, unknown>({
    id: 'counting',
    version: '1',
    parseConfig: (raw) => raw,
    init: () => 0,
    onEvent: (n, event) => {
      const output = onEvent(event, n + 1);
      return { state: n + 1, ...output };
    },
  });

/** Answers the first quote with these intents. */
export const once = (...intents: readonly unknown[]): Strategy<number, unknown> => {
  const sent = intents as readonly IntentBody[];
  return counting((event, n) => (event.t === 'Quote' && n === 2 ? { intents: sent } : null));
};

/** Draws everything from its stream: sound and silly orders, cancels, timers. */
export const erratic = defineStrategy<number, unknown>({
  id: 'erratic',
  version: '1',
  parseConfig: (raw) => raw,
  init: () => 0,
  onEvent: (n, event, ctx) => {
    const { rng } = ctx;
    const timers =
      rng.below(5) === 0 ? [{ id: `t${n}`, dueUs: ctx.nowUs + 1 + rng.below(3_000) }] : [];
    if (event.t === 'Instrument' || rng.below(3) === 0) return { state: n + 1, timers };
    const [working] = ctx.openOrders(inst);
    if (working !== undefined && rng.below(3) === 0 && working.state !== 'cancelRequested') {
      const { intentId, side } = working;
      const cancel = place({ action: 'cancel', intentId, side, price: null, qty: 0, tif: 'gtc' });
      return { state: n + 1, intents: [cancel], timers };
    }
    const type = rng.below(4) === 0 ? 'market' : 'limit';
    const tif = (['gtc', 'ioc', 'fok', 'gtx'] as const)[rng.below(type === 'market' ? 3 : 4)];
    const intent = place({
      intentId: `i${n}`,
      price: type === 'market' ? null : 990 + rng.below(20),
      qty: rng.below(10) === 0 ? rng.f64() * 10 : 1 + rng.below(120),
      reduceOnly: rng.below(4) === 0,
      side: rng.below(2) === 0 ? 'buy' : 'sell',
      tif: tif ?? 'gtc',
      type,
    });
    return { state: n + 1, intents: [intent], features: { draw: rng.f64() }, timers };
  },
});

export const sim = (entryUs = 700, responseUs = 300): Venue =>
  simVenue({
    latency: constantLatency({ entryUs, responseUs }),
    fees: makerTakerFees({ makerPpm: -50, takerPpm: 500, feeExponent: -8 }),
  });

export const memoryLog = () => {
  const records: EventInput[] = [];
  return {
    records,
    append: (record: EventInput) => records.push(record),
    durable: async () => {},
  };
};

export const optionsOf = <S, C>(
  strategy: Strategy<S, C>,
  part: Partial<RunnerOptions<S, C>> = {},
): RunnerOptions<S, C> => ({
  strategy,
  config: null,
  risk: policy,
  runId: 'run-1',
  seed: 7n,
  venue: sim(),
  log: memoryLog(),
  ...part,
});

/** Runs a whole session and returns everything worth comparing. */
export const runAll = async <S, C>(
  strategy: Strategy<S, C>,
  events: readonly Event[],
  part: Partial<RunnerOptions<S, C>> & { readonly batch?: number } = {},
) => {
  const log = memoryLog();
  const { batch = 7, ...rest } = part;
  const runner = createRunner(optionsOf(strategy, { log, ...rest }));
  for (let from = 0; from < events.length; from += batch) {
    await runner.push(events.slice(from, from + batch));
  }
  const summary = await runner.finish();
  return { summary, records: log.records, runner };
};

export const ofType = <T extends EventInput['t']>(records: readonly EventInput[], t: T) =>
  records.filter((record): record is Extract<EventInput, { t: T }> => record.t === t);

export const codeOf = async (run: () => unknown): Promise<unknown> => {
  try {
    await run();
    return null;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};
