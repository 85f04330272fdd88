import type { EventInput, OrderBody, SessionBody } from 'quantlaxmi/events';
import {
  RECONCILED_CODE,
  type Venue,
  type VenueEffects,
  type VenueFact,
} from 'quantlaxmi/execution';
import { createRunner, type RunnerOptions, type Strategy } from 'quantlaxmi/strategy';
import { inst, memoryLog, optionsOf } from './lib.js';

const ENVELOPE = { sv: 1, rx: 0, ts: null, src: 'OUT' } as const;

export const fact = <T extends VenueFact['t']>(t: T, body: unknown): VenueFact =>
  ({ ...ENVELOPE, t, body }) as unknown as VenueFact;

export const operatorFact = (
  kind: SessionBody['kind'],
  code: string,
  details: SessionBody['details'] = {},
): EventInput => ({
  ...ENVELOPE,
  t: 'Session',
  src: 'OPERATOR',
  body: { code, details, inst: null, kind },
});

/** The report of an order at the venue, from its record. */
export const reportOf = (order: OrderBody, part: Partial<OrderBody> = {}): VenueFact =>
  fact('Order', {
    ...order,
    reason: '',
    state: 'acked',
    venueOrderId: `v-${order.orderId}`,
    ...part,
  });

export const foreignReport = (part: Partial<OrderBody> = {}): VenueFact =>
  fact('Order', {
    ...{ cause: 0, clientOrderId: 'x-1', inst, orderId: '', price: 990, qty: 3, reason: '' },
    ...{ remaining: 3, riskDecisionId: 'none', side: 'buy', state: 'acked', tif: 'gtc' },
    ...{ type: 'limit', venueOrderId: 'v-x-1', ...part },
  });

/** Answer to the question about the account; its last fact is the marker. */
export const answerOf = (
  open: readonly VenueFact[] = [],
  account: { readonly qty?: string; readonly usdt?: string } = {},
): VenueEffects => {
  const { qty = '0', usdt = '0' } = account;
  const body = {
    ...{ account: 'main', cause: 0, margin: {} },
    balances: [{ currency: 'USDT', free: usdt, total: usdt }],
    positions: [{ entryPrice: '100.00', inst, qty }],
  };
  const details = { orders: open.length, question: 1 };
  const marker = { code: RECONCILED_CODE, details, inst: null, kind: 'resync' };
  return { events: [...open, fact('Account', body), fact('Session', marker)], timers: [] };
};

/** The answer with the number of its question. */
const echoing = ({ events, timers }: VenueEffects, question: number): VenueEffects => {
  const numbered = events.map((event): VenueFact => {
    if (event.t !== 'Session') return event;
    return { ...event, body: { ...event.body, details: { ...event.body.details, question } } };
  });
  return { events: numbered, timers };
};

/** A venue that says what the script says, and notes what it is asked. */
export const scripted = (
  script: Partial<
    Record<'submit' | 'amend' | 'cancel' | 'query' | 'reconcile', () => VenueEffects>
  >,
) => {
  const notes: string[] = [];
  const nothing: VenueEffects = { events: [], timers: [] };
  const say = (what: keyof typeof script, id: string): VenueEffects => {
    notes.push(`${what} ${id}`.trim());
    return script[what]?.() ?? nothing;
  };
  const venue: Venue = {
    id: 'OUT',
    submit: ({ intentId }) => say('submit', intentId),
    cancel: ({ intentId }) => say('cancel', intentId),
    amend: ({ intentId, price, qty }) => say('amend', `${intentId} ${qty}@${price}`),
    query: ({ orderId }) => say('query', orderId),
    reconcile: (_, question) => echoing(say('reconcile', ''), question),
    onMarket: () => nothing,
    onTimer: () => nothing,
  };
  return { notes, venue };
};

/** A runner with its records, over a scripted or another venue. */
export const running = (
  strategy: Strategy<number, unknown>,
  part: Partial<RunnerOptions<number, unknown>>,
) => {
  const log = memoryLog();
  const runner = createRunner(optionsOf(strategy, { log, ...part }));
  const codes = (kind: SessionBody['kind']) =>
    log.records.flatMap((record) =>
      record.t === 'Session' && record.src === 'RUNNER' && record.body.kind === kind
        ? [record.body.code]
        : [],
    );
  const states = (intentOrder = 0) => {
    const orders = log.records.flatMap((record) => (record.t === 'Order' ? [record.body] : []));
    const ids = [...new Set(orders.map(({ orderId }) => orderId))];
    return orders.filter(({ orderId }) => orderId === ids[intentOrder]).map(({ state }) => state);
  };
  return { codes, log, runner, states };
};
