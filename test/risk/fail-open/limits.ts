/** Holes where a limit was missing, off, or measured on the wrong thing. */
import { isApproved, parseRiskPolicy, riskPolicy } from 'quantlaxmi/risk';
import { constantLatency, makerTakerFees, simVenue } from 'quantlaxmi/sim';
import { expect } from 'vitest';
import { fillFact, orderFact, readyEngine } from '../engine.js';
import {
  against,
  BTC,
  decideWith,
  fullPolicy,
  knownView,
  limitBuy,
  NOW_US,
} from '../known-view.js';
import { allows, type Hole, policyWith, refuses } from './hole.js';

const sell = { side: 'sell', price: 1_001 };
const money = (num: bigint) => ({ num, den: 1n });
const lost = (usdt: bigint) => ({
  equity: () => ({
    currency: 'USDT',
    equity: money(1_000_000n - usdt),
    dayStart: money(1_000_000n),
    peak: money(1_000_000n),
    oldestRx: NOW_US,
    lossesInRow: 0,
  }),
});
const resting = {
  clientOrderId: 'c-0',
  filled: 0,
  inst: BTC,
  intentId: 'i-0',
  orderId: 'o-0',
  price: 1_100,
  reduceOnly: false,
  remaining: 6,
  side: 'sell',
  state: 'acked',
} as const;
const halted = {
  ladder: { all: { level: 'halt', trigger: 't', clearSinceUs: -1, latched: true } },
} as const;

export const LIMIT_HOLES: readonly Hole[] = [
  {
    tag: 'NT REDUCING, flat',
    hole: 'REDUCING only denies buy-while-net-long: opening from flat passes (l.1981-2016)',
    show: (shown) => {
      refuses(shown, 'QL_RISK_LADDER_HALT', { view: halted });
      refuses(shown, 'QL_RISK_LADDER_HALT', { view: halted, intent: sell });
      allows(shown, { view: { ...halted, position: () => 10 }, intent: sell });
    },
  },
  {
    tag: 'NT REDUCING, flip',
    hole: 'REDUCING only denies by side: flipping through zero passes (l.1981-2016)',
    show: (shown) => {
      const view = { ...halted, position: () => 10 };
      refuses(shown, 'QL_RISK_LADDER_HALT', { view, intent: { ...sell, qty: 11 } });
      const working = () => ({ buyQty: 0, sellQty: 6 });
      refuses(shown, 'QL_RISK_LADDER_HALT', {
        view: { ...view, working },
        intent: { ...sell, qty: 5 },
      });
      const orders = { ...view, working, workingOrders: () => [resting] };
      allows(shown, { view: orders, intent: { ...sell, qty: 4 } });
    },
  },
  {
    tag: 'NT reduce_only',
    hole: 'reduce-only by side instead of by |position after|, working orders left out',
    show: (shown) => {
      const intent = { ...sell, reduceOnly: true, qty: 5 };
      refuses(shown, 'QL_RISK_REDUCE_ONLY', { intent });
      refuses(shown, 'QL_RISK_REDUCE_ONLY', { intent, view: { position: () => 4 } });
      const working = () => ({ buyQty: 0, sellQty: 6 });
      refuses(shown, 'QL_RISK_REDUCE_ONLY', { intent, view: { position: () => 10, working } });
      allows(shown, { intent, view: { position: () => 10 } });
    },
  },
  {
    tag: 'NT no position limit',
    hole: 'no position limit at all',
    show: (shown) => {
      refuses(shown, 'QL_RISK_POSITION_MAX', { view: { position: () => 91 } });
      refuses(shown, 'QL_RISK_POSITION_MAX', {
        view: { working: () => ({ buyQty: 91, sellQty: 0 }) },
      });
      allows(shown, { view: { position: () => 90 } });
    },
  },
  {
    tag: 'NT no daily loss',
    hole: 'no daily loss check at all',
    show: (shown) => {
      refuses(shown, 'QL_RISK_DAILY_LOSS', { view: lost(5_001n) });
      refuses(shown, 'QL_RISK_EQUITY_UNKNOWN', { view: { equity: () => null } });
      allows(shown, { view: lost(4_999n) });
    },
  },
  {
    tag: 'NT no drawdown',
    hole: 'no drawdown check at all',
    show: (shown) => {
      const policy = policyWith('drawdown', { fallMaxPpm: 1_000 });
      refuses(shown, 'QL_RISK_DRAWDOWN', { policy, view: lost(1_001n) });
      allows(shown, { policy, view: lost(999n) });
    },
  },
  {
    tag: 'NT no collar',
    hole: 'no price collar at all',
    show: (shown) => {
      refuses(shown, 'QL_RISK_PRICE_COLLAR', { intent: { price: 1_300 } });
      refuses(shown, 'QL_RISK_REFERENCE_MISSING', { view: { touch: () => null } });
      allows(shown, { intent: { price: 1_100 } });
    },
  },
  {
    tag: 'NT no self-trade',
    hole: 'no self-trade check at all',
    show: (shown) => {
      const own = { ...resting, price: 1_000, remaining: 5 };
      const working = () => ({ buyQty: 0, sellQty: 5 });
      const view = { working, workingOrders: () => [own] };
      refuses(shown, 'QL_RISK_SELF_TRADE', { view });
      allows(shown, { view, intent: { price: 999 } });
    },
  },
  {
    tag: 'NT no stale data',
    hole: 'no stale-data check at all',
    show: (shown) => {
      const old = { ask: 1_001, askQty: 500, bid: 1_000, bidQty: 500, rx: NOW_US - 60_000_001 };
      refuses(shown, 'QL_RISK_REFERENCE_STALE', { view: { touch: () => old } });
      const mark = () => ({ price: 1_000, rx: NOW_US - 60_000_001, source: 'mid' as const });
      refuses(shown, 'QL_RISK_MARK_UNKNOWN', { view: { mark } });
      allows(shown);
    },
  },
  {
    tag: 'NT cancels',
    hole: 'cancels and queries are never checked',
    show: (shown) => {
      const cancel = { action: 'cancel', price: null, qty: 0 };
      refuses(shown, 'QL_RISK_ORDER_UNKNOWN', { intent: cancel });
      const known = { clientOrderId: 'c-0', inst: BTC, open: true, orderId: 'o-0' };
      const closed = () => ({ ...known, open: false });
      refuses(shown, 'QL_RISK_ORDER_CLOSED', { intent: cancel, view: { order: closed } });
      allows(shown, { intent: cancel, view: { order: () => known } });
    },
  },
  {
    tag: 'FT closed trades only',
    hole: 'MaxDrawdown sums closed-trade ratios, ignores open losses, is inactive below trade_limit',
    show: (shown) => {
      // One order, never closed: its open loss counts at the next quote.
      const engine = readyEngine({ policy: policyWith('dailyLoss', { lossMax: '1' }) });
      engine.want({ ...limitBuy, qty: 90, price: 1_001 });
      const [order] = engine.placed();
      expect(order).toBeDefined();
      if (order === undefined) return;
      shown.allowed();
      engine.venue(fillFact(order, { fillId: 'f', price: 1_001, qty: 90 }));
      engine.venue(orderFact(order, { state: 'filled', remaining: 0 }));
      const book = (bid: number) => ({ asks: [[bid + 1, 500]], bids: [[bid, 500]], inst: BTC });
      engine.input('BookSnapshot', { ...book(800), venueSeq: 2 }, 10);
      engine.quote({ bid: 800, ask: 801 }, 1);
      engine.want({ ...limitBuy, intentId: 'i-2', price: 800, qty: 1 });
      expect(engine.codes()).toContain('QL_RISK_DAILY_LOSS');
      expect(engine.placed()).toEqual([]);
      shown.refused();
    },
  },
  {
    tag: 'HB partial fills',
    hole: 'local applies only `Filled`: partial executions do not count',
    show: (shown) => {
      const engine = readyEngine({ policy: fullPolicy });
      engine.want({ ...limitBuy, qty: 60 });
      const [order] = engine.placed();
      if (order === undefined) throw new Error('nothing was placed');
      engine.venue(orderFact(order, { state: 'acked' }));
      engine.venue(fillFact(order, { fillId: 'f', price: 1_000, qty: 25 }));
      engine.venue(orderFact(order, { state: 'partiallyFilled', remaining: 35 }));
      engine.venue(orderFact(order, { state: 'cancelled', remaining: 35 }));
      engine.want({ ...limitBuy, intentId: 'i-2', qty: 76 });
      expect(engine.codes()).toContain('QL_RISK_POSITION_MAX');
      shown.refused();
      engine.want({ ...limitBuy, intentId: 'i-3', qty: 75 });
      expect(engine.codes()).toEqual([]);
      shown.allowed();
    },
  },
  {
    tag: 'BA DefaultRiskManager',
    hole: 'DefaultRiskManager approves everything',
    show: (shown) => {
      expect(() => riskPolicy({ checks: [] })).toThrow(/no checks/);
      expect(() => parseRiskPolicy({ fmt: 'quantlaxmi-risk/1', checks: [] })).toThrow();
      shown.refused();
      allows(shown);
    },
  },
  {
    tag: 'FT off by default',
    hole: 'protections are off by default in backtests (--enable-protections)',
    show: (shown) => {
      // Nothing turns the built-in checks off; the least policy runs them all.
      const checks = [{ check: 'quoteAge', ageMaxUs: 1_000_000 }];
      const policy = parseRiskPolicy({ fmt: 'quantlaxmi-risk/1', checks });
      const decision = decideWith(policy, { ...limitBuy, qty: 0 }, knownView());
      expect(against(decision).length).toBeGreaterThan(0);
      const { checks: written } = decideWith(policy, limitBuy, knownView());
      expect(written.length).toBeGreaterThan(13);
      refuses(shown, 'QL_RISK_KILL_SWITCH', { policy, view: { killSwitch: 'engaged' } });
      allows(shown, { policy });
    },
  },
  {
    tag: 'OA #1055',
    hole: 'paper mode reaches the broker: an order gets out that nothing approved',
    show: (shown) => {
      const venue = simVenue({
        latency: constantLatency({ entryUs: 1, responseUs: 1 }),
        fees: makerTakerFees({ makerPpm: 0, takerPpm: 0, feeExponent: -8 }),
      });
      const { approved } = decideWith(fullPolicy, limitBuy, knownView());
      if (approved?.action !== 'place') throw new Error('not approved');
      const copy = { ...approved };
      expect(isApproved(copy)).toBe(false);
      expect(() => venue.submit(copy as typeof approved, 0)).toThrow(/without approval/);
      shown.refused();
      expect(venue.submit(approved, 0).timers).toHaveLength(1);
      shown.allowed();
    },
  },
  {
    tag: 'NT #4215',
    hole: 'ambiguous submit -> duplicate orders',
    show: (shown) => {
      const engine = readyEngine({ policy: fullPolicy });
      engine.want({ ...limitBuy, qty: 60 });
      expect(engine.placed()).toHaveLength(1);
      // No answer yet: it may execute, so it counts, and it is not sent a second time.
      engine.want({ ...limitBuy, qty: 60 });
      expect(engine.codes()).toContain('QL_RISK_DUPLICATE_INTENT');
      engine.want({ ...limitBuy, intentId: 'i-2', qty: 60 });
      expect(engine.codes()).toContain('QL_RISK_POSITION_MAX');
      shown.refused();
      engine.want({ ...limitBuy, intentId: 'i-3', qty: 40 });
      expect(engine.placed()).toHaveLength(1);
      shown.allowed();
    },
  },
];
