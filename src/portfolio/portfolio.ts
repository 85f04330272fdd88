/**
 * A portfolio: holdings by instrument, cash and fees by currency.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import type { CashFlowBody, CashFlowKind, FillBody, InstrumentBody } from '../events/index.js';
import {
  parseRational,
  type Rational,
  type Rounding,
  rational,
  rationalToBig,
  subRational,
} from '../fixed-point/index.js';
import { CashFlows } from './cash-flow.js';
import { MONEY_EXPONENT } from './contract-value.js';
import { averagePriceOf, inCurrency, realisedOf, unrealisedOf } from './holding.js';
import { plus, ZERO } from './internal/fraction.js';
import { type Entry, Ledger } from './internal/ledger.js';
import { keepLedger } from './internal/ledger-of.js';
import { closedLotsOf, openLotsOf } from './lot-view.js';
import { snapshotOf } from './snapshot.js';
import type {
  ClosedLot,
  Lot,
  LotMethod,
  PortfolioSnapshot,
  PortfolioWriter,
  Position,
} from './types.js';

const MONEY_UNIT = 10n ** BigInt(-MONEY_EXPONENT);

/** Settings of {@link createPortfolio}. */
export interface PortfolioOptions {
  /** Cash at the start: currency → decimal text. */
  readonly cash?: Readonly<Record<string, string>>;
  /** Average cost (default), or first in, first out. */
  readonly lots?: LotMethod;
}

function lowest<V extends Rational | null>(value: V): V {
  return value === null ? value : (rational(value.num, value.den) as V);
}

class BookedPortfolio implements PortfolioWriter {
  readonly #ledger: Ledger;
  readonly #flows: CashFlows;

  constructor(options: PortfolioOptions) {
    const method = options.lots ?? 'average';
    if (method !== 'average' && method !== 'fifo') {
      throw new QuantlaxmiError(
        'QL_BAD_INPUT',
        `createPortfolio: lots is ${JSON.stringify(method)}; expected "average" or "fifo".`,
        { context: { lots: String(method) } },
      );
    }
    this.#ledger = new Ledger(method);
    this.#flows = new CashFlows(this.#ledger);
    for (const [currency, amount] of Object.entries(options.cash ?? {})) {
      const { num, den } = parseRational(amount);
      this.#ledger.purse(currency).balance = rational(num * MONEY_UNIT, den);
    }
    keepLedger(this, this.#ledger);
  }

  applyFill(fill: FillBody, instrument: InstrumentBody): void {
    this.#ledger.applyFill(fill, instrument);
  }

  applyCashFlow(flow: CashFlowBody, instrument: InstrumentBody | null): 'applied' | 'duplicate' {
    return this.#flows.apply(flow, instrument);
  }

  qty(inst: string): number {
    return this.#entry(inst)?.holding.qty ?? 0;
  }

  position(inst: string): Position | null {
    const entry = this.#entry(inst);
    if (entry === undefined) return null;
    const { holding, purse } = entry;
    return {
      inst,
      qty: holding.qty,
      qtyExponent: holding.instrument.qtyExponent,
      currency: holding.instrument.settle,
      averagePrice: lowest(averagePriceOf(holding)),
      realised: lowest(realisedOf(holding)),
      exact: holding.exact && purse.exact,
    };
  }

  instruments(): readonly string[] {
    return [...this.#ledger.entries.keys()];
  }

  held(): readonly string[] {
    return [...this.#ledger.held.keys()];
  }

  lots(inst: string): readonly Lot[] {
    const entry = this.#entry(inst);
    return entry === undefined ? [] : openLotsOf(entry);
  }

  closedLots(inst: string): readonly ClosedLot[] {
    const entry = this.#entry(inst);
    return entry === undefined ? [] : closedLotsOf(entry);
  }

  unrealised(inst: string, mark: number): Rational {
    const holding = this.#entry(inst)?.holding;
    return holding === undefined ? ZERO : lowest(unrealisedOf(holding, mark));
  }

  realisedNet(inst: string): Rational {
    const entry = this.#entry(inst);
    if (entry === undefined) return ZERO;
    const net = entry.nets.get(entry.purse.currency) ?? 0n;
    const other = inCurrency(plus(entry.rest, { num: net, den: 1n }));
    return subRational(realisedOf(entry.holding), { num: -other.num, den: other.den });
  }

  cash(currency: string, options: { exponent: number; rounding: Rounding }): bigint {
    return rationalToBig(this.cashExact(currency), options.exponent, options.rounding);
  }

  cashExact(currency: string): Rational {
    return inCurrency(this.#ledger.cash(currency));
  }

  fees(currency: string): bigint {
    return this.#ledger.purses.get(currency)?.fees ?? 0n;
  }

  flows(kind: CashFlowKind, currency: string): bigint {
    return this.#ledger.purses.get(currency)?.flows.get(kind) ?? 0n;
  }

  snapshot(): PortfolioSnapshot {
    return snapshotOf(this.#ledger);
  }

  #entry(inst: string): Entry | undefined {
    return this.#ledger.entries.get(inst);
  }
}

/**
 * Makes a portfolio. Spot, equity and option trades pay their whole value out of cash; futures and
 * perpetuals settle only their result.
 *
 * @param options - starting cash, none by default; how lots are matched
 * @returns the portfolio; a fill costs O(1) under average cost, O(lots it closes) under FIFO
 * @throws QL_BAD_INPUT, QL_FIXED_SYNTAX
 * @example
 * ```ts
 * import { createPortfolio } from 'quantlaxmi/portfolio';
 *
 * const portfolio = createPortfolio({ cash: { USDT: '1000.5' } });
 * portfolio.cash('USDT', { exponent: -8, rounding: 'floor' });
 * // => 100050000000n
 * ```
 */
export function createPortfolio(options: PortfolioOptions = {}): PortfolioWriter {
  return new BookedPortfolio(options);
}
