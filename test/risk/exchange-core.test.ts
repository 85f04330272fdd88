/**
 * `risk.feature` of exchange-core (Apache-2.0), re-typed: what cash and holdings let through. One
 * lot is 100,000 szabo of ETH, one step of the price 10 satoshi of XBT a lot; no fees. Balances
 * here are szabo and satoshi.
 */
import type { FillBody, Side } from 'quantlaxmi/events';
import { createPortfolio } from 'quantlaxmi/portfolio';
import { cashCover, type RiskDecision, riskPolicy, type WorkingOrder } from 'quantlaxmi/risk';
import { testInstrument } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { against as codes, decideWith, knownView } from './known-view.js';

const LOT = 100_000;
const instrument = testInstrument({
  base: 'ETH',
  class: 'spot',
  instrumentId: 'SIM:X:ETHXBT',
  lot: LOT,
  maxQty: 1_000_000_000,
  minQty: LOT,
  multiplier: '10',
  priceExponent: 0,
  qtyExponent: -5,
  quote: 'XBT',
  settle: 'XBT',
  symbol: 'ETHXBT',
});
const { instrumentId: inst } = instrument;
const policy = riskPolicy({
  checks: [cashCover({ feePpm: 0, shortAllowed: [], otherClasses: 'deny' })],
});
/** A limit far above every price: the band is another check's matter. */
const touch = { ask: 30_001, askQty: LOT, bid: 29_999, bidQty: LOT, rx: knownView().nowUs };

class Client {
  readonly portfolio = createPortfolio();
  /** Base asset that came otherwise than by trading. */
  eth = 0;
  working: WorkingOrder[] = [];
  #n = 0;

  get xbt(): bigint {
    return this.portfolio.cash('XBT', { exponent: 0, rounding: 'floor' });
  }

  get holding(): number {
    return this.eth + this.portfolio.qty(inst);
  }

  deposit(amount: string): this {
    this.#n += 1;
    const flow = { amount, cause: 0, currency: 'XBT', flowId: `d-${this.#n}`, inst: null } as const;
    this.portfolio.applyCashFlow({ ...flow, kind: 'transfer', price: null, qty: null }, null);
    return this;
  }

  place(side: Side, price: number, lots: number): RiskDecision {
    this.#n += 1;
    return this.#decide('place', { intentId: `i-${this.#n}`, side, price, lots });
  }

  /** Asks for another price of the only order. */
  move(price: number): RiskDecision {
    const { intentId, side, remaining } = this.working[0] as WorkingOrder;
    return this.#decide('amend', { intentId, side, price, lots: remaining / LOT });
  }

  /** The only order trades. */
  trade(price: number, lots: number): void {
    const order = this.working[0] as WorkingOrder;
    const qty = lots * LOT;
    this.#n += 1;
    const fee = { cause: 0, fee: 0, feeCurrency: 'XBT', feeExponent: 0 };
    const ids = { fillId: `f-${this.#n}`, inst, orderId: order.orderId };
    const fill: FillBody = { ...fee, ...ids, liquidity: 'maker', price, qty, side: order.side };
    this.portfolio.applyFill(fill, instrument);
    const remaining = order.remaining - qty;
    this.working = remaining === 0 ? [] : [{ ...order, filled: order.filled + qty, remaining }];
  }

  #decide(
    action: 'place' | 'amend',
    asked: { intentId: string; side: Side; price: number; lots: number },
  ): RiskDecision {
    const { intentId, lots, price, side } = asked;
    const sum = (of: Side): number =>
      this.working.reduce((qty, order) => qty + (order.side === of ? order.remaining : 0), 0);
    const known = this.working.find((order) => order.intentId === intentId) ?? null;
    const view = knownView({
      instrument: (id) => (id === inst ? instrument : null),
      touch: () => touch,
      position: () => this.holding,
      working: () => ({ buyQty: sum('buy'), sellQty: sum('sell') }),
      workingOrders: () => this.working,
      workingOrder: (id) => (id === known?.intentId ? known : null),
      order: (id) => (id === known?.intentId ? { ...known, open: true } : null),
      held: () => [inst],
      cash: (currency) => (currency === 'XBT' ? { num: this.xbt, den: 1n } : null),
    });
    const qty = lots * LOT;
    const terms = { inst, intentId, price, qty, reduceOnly: false, side, tif: 'gtc' };
    const decision = decideWith(policy, { action, ...terms, type: 'limit' }, view);
    if (decision.approved === null) return decision;
    const ids = { clientOrderId: `c-${intentId}`, inst, intentId, orderId: `o-${intentId}` };
    const rest = { filled: 0, price, reduceOnly: false, remaining: qty, side, state: 'acked' };
    const order = { ...ids, ...rest } as WorkingOrder;
    this.working = [...this.working.filter((other) => other.intentId !== intentId), order];
    return decision;
  }
}

describe('exchange-core risk.feature: basic scenario', () => {
  test('RISK_NSF until the last satoshi and the last szabo are there', () => {
    const a = new Client().deposit('2000000');
    expect(codes(a.place('buy', 30_000, 7))).toEqual(['QL_RISK_CASH']);
    expect(a.xbt).toBe(2_000_000n);
    a.deposit('100000');
    expect(codes(a.place('buy', 30_000, 7))).toEqual([]);

    const b = new Client();
    b.eth = 699_999;
    expect(codes(b.place('sell', 30_000, 7))).toEqual(['QL_RISK_HOLDING']);
    expect(b.working).toEqual([]);
    b.eth += 1;
    expect(codes(b.place('sell', 30_000, 7))).toEqual([]);

    for (const client of [a, b]) client.trade(30_000, 7);
    expect([a.holding, a.xbt]).toEqual([700_000, 0n]);
    expect([b.holding, b.xbt]).toEqual([0, 2_100_000n]);
    expect([a.working, b.working]).toEqual([[], []]);
  });

  test('control: one satoshi less is refused', () => {
    const a = new Client().deposit('2099999');
    expect(codes(a.place('buy', 30_000, 7))).toEqual(['QL_RISK_CASH']);
  });

  // There the balance shows 0 while the order works; here cash stays and working orders count.
  test('difference: what a working order may cost is held by the check, not by the balance', () => {
    const a = new Client().deposit('2100000');
    a.place('buy', 30_000, 7);
    expect(a.xbt).toBe(2_100_000n);
    expect(codes(a.place('buy', 1, 1))).toEqual(['QL_RISK_CASH']);
  });
});

describe('exchange-core risk.feature: move orders up and down', () => {
  const seller = (): Client => {
    const a = new Client();
    a.eth = 100_000_000;
    return a;
  };

  test('a seller of what is held moves freely', () => {
    const a = seller();
    expect(codes(a.place('sell', 30_000, 1_001))).toEqual(['QL_RISK_HOLDING']);
    expect(codes(a.place('sell', 30_000, 1_000))).toEqual([]);
    expect(codes(a.place('sell', 30_000, 1))).toEqual(['QL_RISK_HOLDING']);
    for (const price of [40_000, 20_000, 16_900]) expect(codes(a.move(price))).toEqual([]);
    a.trade(17_500, 500);
    expect([a.holding, a.xbt]).toEqual([50_000_000, 87_500_000n]);
    expect(a.working).toMatchObject([{ price: 16_900, remaining: 50_000_000 }]);
    a.working = [];
    expect(codes(a.place('sell', 16_900, 500))).toEqual([]);
  });

  test('a buyer moves as far as cash pays, and pays what it trades at', () => {
    const b = new Client().deposit('94000000');
    expect(codes(b.place('buy', 19_000, 500))).toEqual(['QL_RISK_CASH']);
    expect(codes(b.place('buy', 18_000, 500))).toEqual([]);
    for (const price of [18_500, 17_500]) expect(codes(b.move(price))).toEqual([]);
    b.trade(17_500, 500);
    expect([b.holding, b.xbt]).toEqual([50_000_000, 6_500_000n]);
    expect(b.working).toEqual([]);
  });

  // There a move above the reserve price of 18500 fails; there is no reserve price here.
  test('difference: a move is limited by cash, not by a reserve price', () => {
    const b = new Client().deposit('94000000');
    b.place('buy', 18_000, 500);
    expect(codes(b.move(18_501))).toEqual([]);
    expect(codes(b.move(18_800))).toEqual([]);
    expect(codes(b.move(18_801))).toEqual(['QL_RISK_CASH']);
    expect(b.working).toMatchObject([{ price: 18_800 }]);
  });
});
