/**
 * Exact decimals as checked integers with a decimal exponent. No float stands for money, price or
 * size; every rounding has a name.
 * @module
 */

export {
  addMantissa,
  isMultipleOf,
  mulDiv,
  mulExact,
  rescale,
  rescaleExact,
  roundToStep,
  subMantissa,
} from './arithmetic.js';
export { divBig, toMantissa } from './big.js';
export { formatBig, formatMantissa } from './format.js';
export type { Mantissa, PriceMantissa, QtyMantissa, Widen } from './mantissa.js';
export { MANTISSA_MAX, mantissa } from './mantissa.js';
export { parseMantissa, parseMantissaBytes } from './parse.js';
export { decimalsOf, parseBig } from './parse-big.js';
export type { Rational } from './rational.js';
export {
  addRational,
  compareRational,
  divRational,
  mulRational,
  parseRational,
  rational,
  rationalToBig,
  rationalToMantissa,
  subRational,
} from './rational.js';
export type { Rounding } from './rounding.js';
