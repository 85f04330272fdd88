/**
 * A portfolio: holdings by instrument, cash and fees by currency.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import type { FillBody, InstrumentBody } from '../events/index.js';
import {
  formatBig,
  parseRational,
  type Rational,
  type Rounding,
  rational,
  rationalToBig,
  subRational,
} from '../fixed-point/index.js';
import { MONEY_EXPONENT } from './contract-value.js';
import {
  averagePriceOf,
  emptyHolding,
  fillHolding,
  flowOf,
  type Holding,
  realisedOf,
  unrealisedOf,
} from './holding.js';
import { plus, ZERO } from './internal/fraction.js';
import type { PortfolioSnapshot, PortfolioWriter, Position } from './types.js';

const MONEY_UNIT = 10n ** BigInt(-MONEY_EXPONENT);

interface Entry {
  holding: Holding;
  /** Currency → fees paid on this instrument, 10^-18. */
  readonly fees: Map<string, bigint>;
}

/** Settings of {@link createPortfolio}. */
export interface PortfolioOptions {
  /** Cash at the start: currency → decimal text. */
  readonly cash?: Readonly<Record<string, string>>;
}

/** Whole values change hands; of the others only the result does. */
function paysValue(instrument: InstrumentBody): boolean {
  const kind = instrument.class;
  return kind === 'spot' || kind === 'equity' || kind === 'option';
}

function lowest<V extends Rational | null>(value: V): V {
  return value === null ? value : (rational(value.num, value.den) as V);
}

function text(value: Rational): string {
  return formatBig(rationalToBig(value, MONEY_EXPONENT, 'halfEven'), MONEY_EXPONENT);
}

class BookedPortfolio implements PortfolioWriter {
  readonly #entries = new Map<string, Entry>();
  readonly #start = new Map<string, Rational>();
  readonly #fees = new Map<string, bigint>();
  #fills = 0;

  constructor(options: PortfolioOptions) {
    for (const [currency, amount] of Object.entries(options.cash ?? {})) {
      this.#start.set(currency, parseRational(amount));
    }
  }

  applyFill(fill: FillBody, instrument: InstrumentBody): void {
    const shift = fill.feeExponent - MONEY_EXPONENT;
    if (!Number.isInteger(shift) || shift < 0 || shift > 64) {
      throw new QuantlaxmiError(
        'QL_PORTFOLIO_FILL',
        `Fill ${fill.fillId}: fee exponent ${fill.feeExponent}, expected an integer from ` +
          `${MONEY_EXPONENT} to ${MONEY_EXPONENT + 64}. The fill was not booked.`,
        { context: { fillId: fill.fillId, feeExponent: fill.feeExponent } },
      );
    }
    const known = this.#entries.get(fill.inst);
    const holding = fillHolding(known?.holding ?? emptyHolding(instrument), fill, instrument);
    const entry: Entry = known ?? { holding, fees: new Map() };
    entry.holding = holding;
    this.#entries.set(fill.inst, entry);
    const fee = BigInt(fill.fee) * 10n ** BigInt(shift);
    for (const fees of [entry.fees, this.#fees]) {
      fees.set(fill.feeCurrency, (fees.get(fill.feeCurrency) ?? 0n) + fee);
    }
    this.#fills += 1;
  }

  qty(inst: string): number {
    return this.#entries.get(inst)?.holding.qty ?? 0;
  }

  position(inst: string): Position | null {
    const holding = this.#entries.get(inst)?.holding;
    if (holding === undefined) return null;
    return {
      inst,
      qty: holding.qty,
      qtyExponent: holding.instrument.qtyExponent,
      currency: holding.instrument.settle,
      averagePrice: lowest(averagePriceOf(holding)),
      realised: lowest(realisedOf(holding)),
      exact: holding.exact,
    };
  }

  instruments(): readonly string[] {
    return [...this.#entries.keys()];
  }

  unrealised(inst: string, mark: number): Rational {
    const holding = this.#entries.get(inst)?.holding;
    return holding === undefined ? ZERO : lowest(unrealisedOf(holding, mark));
  }

  realisedNet(inst: string): Rational {
    const entry = this.#entries.get(inst);
    if (entry === undefined) return ZERO;
    const fee = entry.fees.get(entry.holding.instrument.settle) ?? 0n;
    return subRational(realisedOf(entry.holding), rational(fee, MONEY_UNIT));
  }

  cash(currency: string, options: { exponent: number; rounding: Rounding }): bigint {
    return rationalToBig(this.#cash(currency), options.exponent, options.rounding);
  }

  fees(currency: string): bigint {
    return this.#fees.get(currency) ?? 0n;
  }

  snapshot(): PortfolioSnapshot {
    const currencies = new Set([...this.#start.keys(), ...this.#fees.keys()]);
    for (const entry of this.#entries.values()) currencies.add(entry.holding.instrument.settle);
    const cash: Record<string, string> = {};
    const fees: Record<string, string> = {};
    for (const currency of [...currencies].sort()) {
      cash[currency] = text(this.#cash(currency));
      fees[currency] = formatBig(this.fees(currency), MONEY_EXPONENT);
    }
    const positions = [...this.#entries].map(([inst, { holding }]) => {
      const average = averagePriceOf(holding);
      return {
        averagePrice: average === null ? '' : text(average),
        inst,
        qty: holding.qty,
        realised: text(realisedOf(holding)),
      };
    });
    positions.sort((a, b) => (a.inst < b.inst ? -1 : 1));
    return { cash, fees, fills: this.#fills, positions };
  }

  #cash(currency: string): Rational {
    const fees = rational(this.fees(currency), MONEY_UNIT);
    let sum = subRational(this.#start.get(currency) ?? ZERO, fees);
    for (const { holding } of this.#entries.values()) {
      const { instrument } = holding;
      if (instrument.settle !== currency) continue;
      sum = plus(paysValue(instrument) ? flowOf(holding) : realisedOf(holding), sum);
    }
    return sum;
  }
}

/**
 * Makes a portfolio. Spot, equity and option trades pay their whole value out of cash; futures and
 * perpetuals settle only their result.
 *
 * @param options - starting cash, none by default
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
