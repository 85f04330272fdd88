import { badInput } from './internal/input.js';

/**
 * Sum from left to right, the order that results are defined in.
 *
 * @param values - summands
 * @returns 0 for none
 * @example
 * ```ts
 * import { sumOrdered } from 'quantlaxmi/numeric';
 *
 * sumOrdered([0.1, 0.2, 0.3]); // => 0.6000000000000001
 * ```
 */
export function sumOrdered(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i] as number;
  return sum;
}

/**
 * Left-to-right sum that carries the rounding errors along (Neumaier 1974).
 *
 * @param values - summands
 * @returns 0 for none; NaN when a partial sum overflows
 * @example
 * ```ts
 * import { neumaier } from 'quantlaxmi/numeric';
 *
 * neumaier([1, 1e100, 1, -1e100]); // => 2
 * ```
 */
export function neumaier(values: ArrayLike<number>): number {
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as number;
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return sum + lost;
}

function pairwise(values: ArrayLike<number>, start: number, end: number): number {
  if (end - start <= 8) {
    let sum = 0;
    for (let i = start; i < end; i += 1) sum += values[i] as number;
    return sum;
  }
  const middle = start + Math.floor((end - start) / 2);
  return pairwise(values, start, middle) + pairwise(values, middle, end);
}

/**
 * Sum by halving, blocks of up to 8 from left to right. The block size is part of the result.
 *
 * @param values - summands
 * @returns 0 for none
 * @example
 * ```ts
 * import { sumPairwise8 } from 'quantlaxmi/numeric';
 *
 * sumPairwise8([1, 1e100, 1, -1e100]); // => 0
 * ```
 */
export function sumPairwise8(values: ArrayLike<number>): number {
  return pairwise(values, 0, values.length);
}

/**
 * The whole number q with `a = q·b + r`, r of the sign of `b`: rounds towards −∞, unlike `/` with
 * truncation.
 *
 * @param a - safe integer
 * @param b - safe integer, not 0
 * @throws QuantlaxmiError QL_BAD_INPUT
 * @example
 * ```ts
 * import { floorDiv } from 'quantlaxmi/numeric';
 *
 * floorDiv(-5, 3); // => -2
 * ```
 */
export function floorDiv(a: number, b: number): number {
  checkOperands(a, b);
  // Exact: a quotient of safe integers is never near enough to a whole number to be rounded to it.
  return Math.floor(a / b) + 0;
}

/**
 * The remainder of {@link floorDiv}: has the sign of `b`, unlike `%`.
 *
 * @param a - safe integer
 * @param b - safe integer, not 0
 * @throws QuantlaxmiError QL_BAD_INPUT
 * @example
 * ```ts
 * import { floorMod } from 'quantlaxmi/numeric';
 *
 * floorMod(-5, 3); // => 1
 * ```
 */
export function floorMod(a: number, b: number): number {
  checkOperands(a, b);
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest + 0;
}

function checkOperands(a: number, b: number): void {
  if (Number.isSafeInteger(a) && Number.isSafeInteger(b) && b !== 0) return;
  throw badInput('floor division', `${a} by ${b}`, 'safe integers and a divisor that is not 0');
}
