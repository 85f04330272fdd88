import {
  NO_EFFECTS,
  NO_SUCH_ORDER,
  RECONCILED_CODE,
  type Venue,
  type VenueEffects,
  type VenueFact,
} from 'quantlaxmi/execution';
import type { Approved, OrderRequest } from 'quantlaxmi/risk';
import { constantLatency, makerTakerFees, simVenue } from 'quantlaxmi/sim';
import { approvedAmend, approvedOrder } from 'quantlaxmi/testing';

/** The venue that keeps the contract. */
export const good = (): Venue =>
  simVenue({
    latency: constantLatency({ entryUs: 20, responseUs: 10 }),
    fees: makerTakerFees({ makerPpm: 200, takerPpm: 500, feeExponent: -8 }),
  });

type Say = (facts: readonly VenueFact[]) => readonly VenueFact[];

/** The same venue, with what it says changed. */
const saying = (say: Say, part: (venue: Venue) => Partial<Venue> = () => ({})): Venue => {
  const venue = good();
  const through = ({ events, timers }: VenueEffects): VenueEffects => ({
    events: say(events),
    timers,
  });
  return {
    id: venue.id,
    submit: (order, nowUs) => through(venue.submit(order, nowUs)),
    cancel: (order, nowUs) => through(venue.cancel(order, nowUs)),
    amend: (order, nowUs) => through(venue.amend(order, nowUs)),
    query: (order, nowUs) => through(venue.query(order, nowUs)),
    reconcile: (nowUs, question) => through(venue.reconcile(nowUs, question)),
    onMarket: (event) => through(venue.onMarket(event)),
    onTimer: (id, nowUs) => through(venue.onTimer(id, nowUs)),
    ...part(venue),
  };
};
const doing = (part: (venue: Venue) => Partial<Venue>): Venue => saying((facts) => facts, part);

const orders = (change: (fact: Extract<VenueFact, { t: 'Order' }>) => VenueFact[]): Say => {
  return (facts) => facts.flatMap((fact) => (fact.t === 'Order' ? change(fact) : [fact]));
};
const isAnswer = (facts: readonly VenueFact[]): boolean =>
  facts.some((fact) => fact.t === 'Session' && fact.body.code === RECONCILED_CODE);

/** Approves what it is given, whatever it is. */
const unguarded = <T extends OrderRequest>(send: (order: Approved<T>) => VenueEffects) => {
  return (order: Approved<T>): VenueEffects => {
    try {
      return send(order);
    } catch {
      return NO_EFFECTS;
    }
  };
};

/** Sends each order under a new client order id when it comes again. */
const forgetful = (): Venue =>
  doing((venue) => {
    let n = 0;
    return {
      submit: (order, nowUs) => {
        n += 1;
        if (n === 1) return venue.submit(order, nowUs);
        const again = approvedOrder({ ...order, clientOrderId: `c-${n}`, intentId: `i-${n}` });
        return venue.submit(again, nowUs);
      },
    };
  });

/** Amends to one more than asked. */
const generous = (): Venue =>
  doing((venue) => {
    const sent = new Map<string, Parameters<Venue['submit']>[0]>();
    return {
      submit: (order, nowUs) => {
        sent.set(order.orderId, order);
        return venue.submit(order, nowUs);
      },
      amend: (amend, nowUs) => {
        const order = sent.get(amend.orderId);
        if (order === undefined) return venue.amend(amend, nowUs);
        const { price, qty } = amend;
        return venue.amend(approvedAmend(order, { price, qty: qty + 1 }), nowUs);
      },
    };
  });

const firstOnly = (kind: VenueFact['t'], also: number): Venue =>
  saying((facts) => {
    if (!isAnswer(facts)) return facts;
    const of = facts.filter((fact) => fact.t === kind);
    const end = facts.at(-1) as VenueFact;
    const rest = facts.filter((fact) => fact.t !== kind);
    return also === 0 ? rest : [...rest.filter((fact) => fact !== end), ...of, ...of, end];
  });

/** Case of the contract → a venue that fails it. */
export const BROKEN: Readonly<Record<string, () => Venue>> = {
  'refuses a copy of an approved order': () =>
    doing((venue) => ({
      submit: (order, nowUs) => unguarded(() => venue.submit(order, nowUs))(order),
    })),
  'refuses a copy of an approved cancel': () =>
    doing((venue) => ({
      cancel: (order, nowUs) => unguarded(() => venue.cancel(order, nowUs))(order),
    })),
  'refuses a copy of an approved amend': () =>
    doing((venue) => ({
      amend: (order, nowUs) => unguarded(() => venue.amend(order, nowUs))(order),
    })),
  'takes an order through states the state machine allows': () =>
    saying(orders((fact) => [fact, { ...fact, body: { ...fact.body, state: 'rejected' } }])),
  'reports fills that add up to quantity less remaining': () =>
    saying((facts) => facts.filter((fact) => fact.t !== 'Fill')),
  'executes a client order id once': forgetful,
  'keeps a resting order until its cancel, and then ends it': () =>
    doing(() => ({ cancel: () => NO_EFFECTS })),
  'reports an order it cannot execute as rejected, with a reason': () =>
    saying(orders((fact) => [{ ...fact, body: { ...fact.body, reason: '' } }])),
  'ignores a timer it did not ask for': () =>
    doing((venue) => ({
      onTimer: (id, nowUs) =>
        id === 'not mine'
          ? { events: [], timers: [{ id: 'again', dueUs: nowUs }] }
          : venue.onTimer(id, nowUs),
    })),
  'answers each timer once': () =>
    doing((venue) => {
      const said = new Map<string, VenueEffects>();
      return {
        onTimer: (id, nowUs) => {
          const effects = said.get(id) ?? venue.onTimer(id, nowUs);
          said.set(id, effects);
          return effects;
        },
      };
    }),
  'takes an amend, or refuses it with a reason': () => doing(() => ({ amend: () => NO_EFFECTS })),
  'answers amends that fills overtake': generous,
  'does not take an amend to less than has executed': () =>
    saying(orders((fact) => [{ ...fact, body: { ...fact.body, reason: '' } }])),
  'keeps an amended order to its new quantity': () =>
    saying(
      orders((fact) => [fact]),
      (venue) => {
        // It says that it took the amend, and goes on with the old quantity.
        const wait = new Map<string, VenueFact>();
        return {
          amend: ({ price, qty, ...ids }, nowUs) => {
            const id = `amend/${ids.orderId}`;
            const { clientOrderId, inst, orderId, riskDecisionId, side } = ids;
            const of = { clientOrderId, inst, orderId, price, qty, riskDecisionId, side };
            const state = { cause: 0, reason: '', remaining: qty, state: 'acked' } as const;
            const body = { ...of, ...state, tif: 'gtc', type: 'limit', venueOrderId: '' } as const;
            wait.set(id, { t: 'Order', sv: 1, rx: nowUs, ts: null, src: venue.id, body });
            return { events: [], timers: [{ id, dueUs: nowUs }] };
          },
          onTimer: (id, nowUs) => {
            const fact = wait.get(id);
            return fact === undefined ? venue.onTimer(id, nowUs) : { events: [fact], timers: [] };
          },
        };
      },
    ),
  'ends an order whose cancel follows its amend': () => doing(() => ({ cancel: () => NO_EFFECTS })),
  'keeps fills and end in agreement when a fill races a cancel': () =>
    saying(
      orders((fact) => {
        const { body } = fact;
        const all = body.state === 'cancelled' ? { ...body, remaining: body.qty } : body;
        return [{ ...fact, body: all }];
      }),
    ),
  'leaves an order that is over as it is when it is cancelled': () =>
    doing((venue) => ({
      cancel: ({ clientOrderId, inst, orderId }, nowUs) => {
        const asked = venue.query({ clientOrderId, inst, orderId }, nowUs);
        return asked;
      },
      onTimer: (id, nowUs) => {
        const { events, timers } = venue.onTimer(id, nowUs);
        const again = events[0]?.t === 'Fill' && events.length === 2;
        const ends = orders((fact) => [{ ...fact, body: { ...fact.body, state: 'cancelled' } }]);
        return { events: again ? ends(events) : events, timers };
      },
    })),
  'brings nothing to life by the cancel of an order it never got': () =>
    doing((venue) => ({
      cancel: ({ clientOrderId, inst, orderId, riskDecisionId }, nowUs) => {
        const of = { clientOrderId, inst, orderId, riskDecisionId, price: 1_001, qty: 2 };
        const state = { cause: 0, reason: '', remaining: 2, state: 'acked' } as const;
        const rest = { side: 'buy', tif: 'gtc', type: 'limit', venueOrderId: '' } as const;
        const body = { ...of, ...state, ...rest };
        const envelope = { sv: 1, rx: nowUs, ts: null, src: venue.id } as const;
        return { events: [{ t: 'Order', ...envelope, body }], timers: [] };
      },
    })),
  'tells fills and state of a working order that is asked about': () =>
    doing(() => ({ query: () => NO_EFFECTS })),
  'tells fills and state of an order that is over': () =>
    doing(() => ({ query: () => NO_EFFECTS })),
  'does not deny an order that is under way': () =>
    doing((venue) => ({
      query: ({ clientOrderId, inst, orderId }, nowUs) => {
        const of = { clientOrderId, inst, orderId, price: null, qty: 0, riskDecisionId: '' };
        const state = { cause: 0, reason: NO_SUCH_ORDER, remaining: 0, state: 'rejected' } as const;
        const rest = { side: 'buy', tif: 'gtc', type: 'limit', venueOrderId: '' } as const;
        const body = { ...of, ...state, ...rest };
        const envelope = { sv: 1, rx: nowUs, ts: null, src: venue.id } as const;
        return { events: [{ t: 'Order', ...envelope, body }], timers: [] };
      },
    })),
  'denies an order it never got, and never executes it from then on': () =>
    doing(() => ({ query: () => NO_EFFECTS })),
  'reconciles an account without orders': () => firstOnly('Account', 0),
  'reconciles fills, open orders and positions': () => firstOnly('Fill', 0),
  'reconciles while orders are under way': () => firstOnly('Account', 2),
};
