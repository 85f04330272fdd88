/** Holes where what was to stop trading did not, or let go by itself. */
import { parseRiskPolicy } from 'quantlaxmi/risk';
import { expect } from 'vitest';
import { type Engine, fillFact, orderFact, readyEngine } from '../engine.js';
import { fullLadder, fullPolicySpec } from '../full-policy.data.js';
import { BTC, fullPolicy, limitBuy } from '../known-view.js';
import { allows, type Hole, policyWith, refuses, type Shown } from './hole.js';

const HOUR_US = 3_600_000_000;
const spec = fullPolicySpec({ inst: BTC, venue: 'SIM', settle: 'USDT', qtyMax: '0.100' });
const [day, fall] = fullLadder().triggers;

/** A loss of 1 USDT of the day halts. */
const fragile = parseRiskPolicy({
  ...spec,
  ladder: { ...fullLadder(), triggers: [{ ...day, warn: '0.1', throttle: '0.5', halt: '1' }] },
});
/** So does a fall of 1 ppm from the peak. */
const falling = parseRiskPolicy({
  ...spec,
  ladder: { ...fullLadder(), triggers: [{ ...fall, warn: '1', halt: '1' }] },
});

/** Buys 0.090 at 100.1. */
const buy = (engine: Engine): void => {
  engine.want({ ...limitBuy, qty: 90, price: 1_001 });
  const [order] = engine.placed();
  if (order === undefined) throw new Error(`nothing was placed: ${engine.codes().join(' ')}`);
  engine.venue(fillFact(order, { fillId: 'f', price: 1_001, qty: 90 }));
  engine.venue(orderFact(order, { state: 'filled', remaining: 0 }));
};

let venueSeq = 100;
const market = (engine: Engine, bid: number, waitUs = 20_000): void => {
  venueSeq += 1;
  const sides = { asks: [[bid + 1, 500]], bids: [[bid, 500]] };
  engine.input('BookSnapshot', { ...sides, inst: BTC, venueSeq }, waitUs);
  engine.quote({ bid, ask: bid + 1 });
};

let wishes = 0;
const wants = (engine: Engine, price: number): string[] => {
  wishes += 1;
  engine.want({ ...limitBuy, intentId: `w-${wishes}`, price, qty: 2 });
  return engine.codes();
};

const rearm = (engine: Engine, by: string, scope: string) =>
  engine.session('operator', 'QL_OPERATOR_REARM', { by, scope });

/** Halted by falling prices while nothing is wanted. */
const halted = (policy = fragile): Engine => {
  const engine = readyEngine({ policy });
  buy(engine);
  market(engine, 800);
  return engine;
};

const stays = (shown: Shown, engine: Engine, price: number): void => {
  expect(wants(engine, price)).toContain('QL_RISK_LADDER_HALT');
  expect(engine.placed()).toEqual([]);
  shown.refused();
};

export const STOP_HOLES: readonly Hole[] = [
  {
    tag: 'LEAN targets',
    hole: 'the portfolio breaker only trips when targets.Length != 0',
    show: (shown) => {
      const engine = readyEngine({ policy: fragile });
      expect(wants(engine, 1_000)).toEqual([]);
      shown.allowed();
      buy(engine);
      market(engine, 800);
      // No intent was wanted since: the market alone tripped it.
      const changes = engine.records.flatMap((r) =>
        r.t === 'Session' && r.body.kind === 'ladder' ? [r.body.details['to']] : [],
      );
      expect(changes).toContain('halt');
      stays(shown, engine, 800);
    },
  },
  {
    tag: 'LEAN re-base',
    hole: 'the breaker re-bases the high-water mark: it silently re-arms lower each time',
    show: (shown) => {
      const engine = halted(falling);
      for (let i = 0; i < 5; i += 1) {
        market(engine, 800, HOUR_US);
        stays(shown, engine, 800);
      }
      // Even re-armed it measures from the same peak: it halts again at the next look.
      rearm(engine, 'A. Person', 'account:A');
      market(engine, 800);
      stays(shown, engine, 800);
      engine.session('operator', 'QL_OPERATOR_PEAK', { by: 'A. Person' });
      rearm(engine, 'A. Person', 'account:A');
      market(engine, 800);
      expect(wants(engine, 800)).toEqual([]);
      shown.allowed();
    },
  },
  {
    tag: 'FT locks',
    hole: 'locks end on the next candle, by themselves',
    show: (shown) => {
      const engine = halted();
      market(engine, 1_001, HOUR_US);
      market(engine, 1_001, HOUR_US);
      stays(shown, engine, 1_001);
      rearm(engine, '', 'all');
      stays(shown, engine, 1_001);
      rearm(engine, 'A. Person', 'all');
      expect(wants(engine, 1_001)).toEqual([]);
      shown.allowed();
    },
  },
  {
    tag: 'chrisleekr pull 777',
    hole: 'daily loss reset at UTC midnight re-arms',
    show: (shown) => {
      const engine = halted();
      // The next day begins with no loss at all, and HALT stands.
      market(engine, 800, 24 * HOUR_US);
      stays(shown, engine, 800);
      rearm(engine, 'A. Person', 'all');
      // A clock that was compared a day ago is not known any more.
      engine.session('clock', '', { errorUs: 10 });
      expect(wants(engine, 800)).toEqual([]);
      shown.allowed();
    },
  },
  {
    tag: 'HU kill_switch.py',
    hole: 'an exception in the profit computation is logged and trading continues (#2534)',
    show: (shown) => {
      const equity = () => {
        throw new Error('no rate');
      };
      refuses(shown, 'QL_RISK_CHECK_FAILED', { view: { equity } });
      refuses(shown, 'QL_RISK_EQUITY_UNKNOWN', { view: { equity: () => null } });
      refuses(shown, 'QL_RISK_KILL_SWITCH', { view: { killSwitch: 'unknown' } });
      allows(shown);
    },
  },
  {
    tag: 'HU polling',
    hole: 'the kill switch polls every 10 s on profitability since start',
    show: (shown) => {
      const engine = readyEngine({ policy: fullPolicy });
      expect(wants(engine, 1_000)).toEqual([]);
      shown.allowed();
      engine.session('killSwitch', 'QL_TEST', { by: 'A. Person', engaged: 1 });
      // The very next intent, no microsecond later.
      expect(wants(engine, 1_000)).toContain('QL_RISK_KILL_SWITCH');
      expect(engine.placed()).toEqual([]);
      shown.refused();
    },
  },
  {
    tag: 'NT capture writer',
    hole: 'a stalled writer: orders whose records are not durable',
    show: (shown) => {
      for (const log of ['stalled', 'poisoned', 'unknown'] as const) {
        refuses(shown, 'QL_RISK_LOG', { view: { log } });
      }
      allows(shown);
    },
  },
  {
    tag: 'NT #5000, #3104',
    hole: 'restart: working orders dropped, duplicate orders, positions of the wrong sign',
    show: (shown) => {
      refuses(shown, 'QL_RISK_RECONCILE', { view: { reconcile: 'pending' } });
      refuses(shown, 'QL_RISK_RECONCILE', { view: { reconcile: 'differs' } });
      allows(shown);
    },
  },
  {
    tag: 'FIA 1.11',
    hole: 're-arming without a named approver',
    show: (shown) => {
      const engine = readyEngine({ policy: fullPolicy });
      engine.session('killSwitch', 'QL_TEST', { by: 'A. Person', engaged: 1 });
      engine.session('killSwitch', 'QL_TEST', { engaged: 0 });
      expect(wants(engine, 1_000)).toContain('QL_RISK_KILL_SWITCH');
      shown.refused();
      engine.session('killSwitch', 'QL_TEST', { by: 'A. Person', engaged: 0 });
      expect(wants(engine, 1_000)).toEqual([]);
      shown.allowed();
    },
  },
  {
    tag: 'FIA rates',
    hole: 'rate, message-to-fill, duplicates, open orders: most engines have one of them, or none',
    show: (shown) => {
      const none = { messages: 2_000_000, filledOrders: 0 };
      refuses(shown, 'QL_RISK_MESSAGE_RATIO', { view: { counts: none } });
      refuses(shown, 'QL_RISK_OPEN_ORDERS', { view: { openOrderCount: () => 5_000 } });
      const policy = policyWith('openOrders', { ordersMax: 1 });
      refuses(shown, 'QL_RISK_OPEN_ORDERS', { policy, view: { openOrderCount: () => 1 } });
      allows(shown, { policy });
    },
  },
];
