/**
 * What a simulated execution costs.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import type { InstrumentBody } from '../events/index.js';
import { divBig, toMantissa } from '../fixed-point/index.js';
import { contractValue, MONEY_EXPONENT } from '../portfolio/index.js';

/** An execution to be charged. Mantissas of the instrument; `timeUs` by the log. */
export interface ChargedFill {
  readonly instrument: InstrumentBody;
  readonly liquidity: 'maker' | 'taker';
  readonly price: number;
  readonly qty: number;
  readonly side: 'buy' | 'sell';
  readonly timeUs: number;
}

/** A charge: mantissa at `feeExponent` of `feeCurrency`; negative for a rebate. */
export interface Fee {
  readonly fee: number;
  readonly feeCurrency: string;
  readonly feeExponent: number;
}

/** Charges executions; dated schedules read `timeUs`. */
export interface FeeModel {
  /** What this execution costs. */
  charge(fill: ChargedFill): Fee;
}

/**
 * A share of the notional by liquidity, in the settlement currency. Rounded up to the next unit of
 * `feeExponent`, so against us: a fee grows, a rebate shrinks.
 *
 * @param options - `makerPpm`, `takerPpm`: parts per million of the notional (1 bp = 100 ppm),
 *   integers, negative for a rebate; `feeExponent`: -18 to 0
 * @throws QL_BAD_INPUT
 * @example
 * ```ts
 * import { makerTakerFees } from 'quantlaxmi/sim';
 *
 * // Binance USD-M at the lowest tier: 0.02 % maker, 0.05 % taker.
 * const fees = makerTakerFees({ makerPpm: 200, takerPpm: 500, feeExponent: -8 });
 * typeof fees.charge;
 * // => 'function'
 * ```
 */
export function makerTakerFees(options: {
  readonly makerPpm: number;
  readonly takerPpm: number;
  readonly feeExponent: number;
}): FeeModel {
  const { feeExponent, makerPpm, takerPpm } = options;
  for (const [name, value] of Object.entries({ makerPpm, takerPpm })) {
    if (Number.isSafeInteger(value) && Math.abs(value) <= 1_000_000) continue;
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `makerTakerFees: ${name} is ${value}; expected an integer of parts per million.`,
      { context: { name } },
    );
  }
  if (!Number.isInteger(feeExponent) || feeExponent < MONEY_EXPONENT || feeExponent > 0) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `makerTakerFees: feeExponent is ${feeExponent}; expected an integer from ` +
        `${MONEY_EXPONENT} to 0.`,
      { context: { feeExponent } },
    );
  }
  const scale = 1_000_000n * 10n ** BigInt(feeExponent - MONEY_EXPONENT);
  return {
    charge({ instrument, liquidity, price, qty }) {
      const { num, den } = contractValue(instrument, price, qty);
      const ppm = BigInt(liquidity === 'maker' ? makerPpm : takerPpm);
      const fee = toMantissa(divBig(num * ppm, den * scale, 'ceil'));
      return { fee, feeCurrency: instrument.settle, feeExponent };
    },
  };
}
