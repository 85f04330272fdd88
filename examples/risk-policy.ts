/**
 * A risk policy with a ladder: what a loss raises, what HALT refuses, and how a person ends it.
 *
 *     npx tsx examples/risk-policy.ts
 *
 * Facts are told to the step by hand; a run would log them first.
 */
import type { Event, EventInput, InstrumentBody } from 'quantlaxmi/events';
import { dailyLoss, maxPosition, priceCollar, quoteAge, riskPolicy } from 'quantlaxmi/risk';
import { createStep, defineStrategy, limitOrder } from 'quantlaxmi/strategy';

const inst = 'SIM:X:BTCUSDT';

const instrument: InstrumentBody = {
  base: 'BTC',
  class: 'perp',
  expiry: null,
  inferred: false,
  instrumentId: inst,
  inverse: false,
  lot: 1,
  maxQty: 1_000_000,
  minNotional: null,
  minQty: 1,
  multiplier: '1',
  priceExponent: -1,
  qtyExponent: -3,
  quote: 'USDT',
  right: null,
  segment: 'X',
  settle: 'USDT',
  status: 'trading',
  strike: null,
  symbol: 'BTCUSDT',
  tick: 1,
  validTo: null,
  venue: 'SIM',
};

/** A policy is data: `policy.spec` is what a manifest holds, `policy.hash` names it. */
export const policy = riskPolicy({
  checks: [
    maxPosition({ qtyMax: { [inst]: '0.100' } }),
    quoteAge({ ageMaxUs: 60_000_000 }),
    priceCollar({ reference: 'mid', ageMaxUs: 60_000_000, bands: { '*': { bps: 500 } } }),
    dailyLoss({ currency: 'USDT', lossMax: '5', ageMaxUs: 60_000_000, allowReducing: true }),
  ],
  account: { currency: 'USDT', rates: {}, dayStartUs: 0, lots: 'average' },
  ladder: {
    triggers: [
      {
        id: 'day',
        metric: 'dailyLoss',
        markAgeMaxUs: 60_000_000,
        scope: 'all',
        warn: '0.5',
        throttle: '0.8',
        halt: '1',
        clearPpm: 500_000,
        unknown: 'throttle',
      },
    ],
    throttleSizePpm: 500_000,
    throttleRatePpm: 500_000,
    coolDownUs: 1_000_000,
    everyUs: 10_000,
    haltCancels: true,
    haltFlattens: false,
  },
});

let wish: { readonly price: number; readonly qty: number } | null = null;
let wishes = 0;
const step = createStep({
  strategy: defineStrategy<number, null>({
    id: 'by-hand',
    version: '1',
    parseConfig: () => null,
    init: () => 0,
    onEvent: (n, event) => {
      if (event.t !== 'Quote' || wish === null) return null;
      wishes += 1;
      const intents = [limitOrder({ inst, intentId: `i${wishes}`, side: 'buy', ...wish })];
      return { state: n + 1, intents };
    },
  }),
  config: null,
  risk: policy,
  runId: 'example',
  seed: 1n,
  cash: { USDT: '1000' },
});

let seq = 0;
let rx = 1_732_320_000_000_000;
const envelope = { sv: 1, ts: null, src: 'SIM' } as const;

function show(records: readonly EventInput[]): void {
  for (const record of records) {
    if (record.t === 'Risk') {
      const against = record.body.checks.filter(({ ok }) => !ok).map(({ code }) => code);
      console.log(`  ${record.body.verdict} (${record.body.ladder}) ${against.join(', ')}`);
    } else if (record.t === 'Session' && record.body.kind === 'ladder') {
      const { from, scope, to } = record.body.details;
      console.log(`  ladder of ${scope}: ${from} → ${to}`);
    }
  }
}

function market(bid: number, want: typeof wish = null): void {
  wish = want;
  rx += 20_000;
  const body = { ask: bid + 1, askQty: 500, bid, bidQty: 500, inst, venueSeq: null };
  seq += 1;
  show(step.onInput({ ...envelope, t: 'Quote', rx, seq, body } as Event));
}

function operator(code: string, by: string): void {
  const body = { code, details: { by, scope: 'all' }, inst: null, kind: 'operator' } as const;
  show(step.onVenue({ ...envelope, t: 'Session', rx, body }));
}

console.log(`policy ${policy.hash.slice(0, 12)} with ${policy.checks.length} checks of its own`);
seq += 1;
step.onInput({ ...envelope, t: 'Instrument', rx, seq, body: instrument });

console.log('wants 0.090 at 100.1:');
market(1_000, { price: 1_001, qty: 90 });
for (const action of step.actions()) {
  if (action.kind !== 'submit') continue;
  const { clientOrderId, orderId, riskDecisionId } = action.order;
  const order = { cause: seq, clientOrderId, inst, orderId, riskDecisionId, side: 'buy' } as const;
  const terms = { price: 1_001, qty: 90, tif: 'gtc', type: 'limit' } as const;
  const fill = { cause: seq, fee: 0, feeCurrency: 'USDT', feeExponent: -8, fillId: 'f1' } as const;
  const body = { ...fill, inst, liquidity: 'taker', orderId, price: 1_001, qty: 90 } as const;
  step.onVenue({ ...envelope, t: 'Fill', rx, body: { ...body, side: 'buy' } });
  const end = { ...order, ...terms, reason: '', remaining: 0, state: 'filled' } as const;
  step.onVenue({ ...envelope, t: 'Order', rx, body: { ...end, venueOrderId: 'v1' } });
}

console.log('the market falls to 88.0:');
market(880);
console.log('wants 0.002 more:');
market(880, { price: 881, qty: 2 });
console.log('somebody without a name re-arms:');
operator('QL_OPERATOR_REARM', '');
market(880, { price: 881, qty: 2 });
console.log('the market is back, and the halt is not left by itself:');
market(1_001, { price: 1_002, qty: 2 });
console.log('a named person re-arms:');
operator('QL_OPERATOR_REARM', 'A. Person');
market(1_001, { price: 1_002, qty: 2 });
