import type { AccountBody, InstrumentBody, RegimeBody } from 'quantlaxmi/events';
import { parseRational, type Rational } from 'quantlaxmi/fixed-point';
import {
  type EquityState,
  type Mark,
  type PriceRange,
  type RiskView,
  UNKNOWN_VIEW,
  type WorkingOrder,
} from 'quantlaxmi/risk';
import { testInstrument } from 'quantlaxmi/testing';

export const NOW = 10_000_000;

/** What is known of one instrument. */
export interface Holding {
  readonly instrument: InstrumentBody;
  readonly position: number;
  readonly orders: readonly WorkingOrder[];
  /** Null when no mark came. */
  readonly mark: number | null;
}

export const holding = (
  part: Partial<InstrumentBody> = {},
  rest: Partial<Omit<Holding, 'instrument'>> = {},
): Holding => ({ instrument: testInstrument(part), position: 0, orders: [], mark: 1_000, ...rest });

export const working = (
  inst: string,
  side: 'buy' | 'sell',
  remaining: number,
  price: number | null = 1_000,
): WorkingOrder => ({
  clientOrderId: `c-${inst}-${side}-${remaining}`,
  filled: 0,
  inst,
  intentId: `w-${inst}-${side}-${remaining}`,
  orderId: `o-${inst}-${side}-${remaining}`,
  price,
  reduceOnly: false,
  remaining,
  side,
  state: 'acked',
});

export const equityOf = (equity: string, part: Partial<EquityState> = {}): EquityState => ({
  currency: 'USDT',
  equity: parseRational(equity),
  dayStart: parseRational(equity),
  peak: parseRational(equity),
  oldestRx: NOW,
  lossesInRow: 0,
  ...part,
});

export interface World {
  readonly holdings: readonly Holding[];
  readonly cash?: Readonly<Record<string, string>>;
  readonly equity?: EquityState | null;
  /** `FROM/TO` → rate. */
  readonly rates?: Readonly<Record<string, string>>;
  readonly report?: AccountBody | null;
  readonly range?: PriceRange | null;
  readonly toxicityPpm?: number | null;
  readonly regime?: RegimeBody | null;
  readonly clockErrorUs?: number | null;
}

function sumOf(orders: readonly WorkingOrder[], side: 'buy' | 'sell'): number {
  return orders.reduce((sum, one) => sum + (one.side === side ? one.remaining : 0), 0);
}

/** A view of a small world in which everything else is well. */
export function worldView(world: World, part: Partial<RiskView> = {}): RiskView {
  const byInst = new Map(world.holdings.map((one) => [one.instrument.instrumentId, one]));
  const at = (inst: string) => byInst.get(inst);
  const markOf = (inst: string): Mark | null => {
    const price = at(inst)?.mark ?? null;
    return price === null ? null : { price, rx: NOW, source: 'mark' };
  };
  const rateOf = (from: string, to: string): Rational | null => {
    const text = world.rates?.[`${from}/${to}`];
    return text === undefined ? null : parseRational(text);
  };
  return {
    ...UNKNOWN_VIEW,
    nowUs: NOW,
    killSwitch: 'released',
    log: 'ok',
    reconcile: 'none',
    strategyId: 'S',
    account: 'A',
    clockErrorUs: world.clockErrorUs ?? null,
    report: world.report ?? null,
    instrument: (inst) => at(inst)?.instrument ?? null,
    bookState: () => 'synced',
    touch: (inst) => {
      const mark = markOf(inst)?.price;
      if (mark === undefined) return null;
      return { ask: mark + 1, askQty: 100, bid: mark - 1, bidQty: 100, rx: NOW };
    },
    sweepPrice: (inst, side, qty) => {
      const mark = markOf(inst)?.price;
      if (mark === undefined || qty > 100) return null;
      return side === 'buy' ? mark + 1 : mark - 1;
    },
    position: (inst) => (at(inst) === undefined ? 0 : (at(inst)?.position ?? null)),
    working: (inst) => {
      const orders = at(inst)?.orders ?? [];
      return { buyQty: sumOf(orders, 'buy'), sellQty: sumOf(orders, 'sell') };
    },
    workingOrders: (inst) => at(inst)?.orders ?? [],
    held: () =>
      world.holdings
        .filter(({ orders, position }) => position !== 0 || orders.length > 0)
        .map(({ instrument }) => instrument.instrumentId),
    mark: markOf,
    range: () => world.range ?? null,
    cash: (currency) => {
      const text = world.cash?.[currency];
      return text === undefined ? null : parseRational(text);
    },
    rate: (from, to) => {
      const value = rateOf(from, to);
      return value === null ? null : { value, rx: NOW };
    },
    equity: () => world.equity ?? null,
    toxicityPpm: () => world.toxicityPpm ?? null,
    regime: () => world.regime ?? null,
    ...part,
  };
}
