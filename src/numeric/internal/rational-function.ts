/**
 * Horner from the last coefficient down to the first: `c[0] + x(c[1] + x(c[2] + …))`.
 * The order is part of the result.
 */
export function horner(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i -= 1) {
    sum = sum * x + (coefficients[i] as number);
  }
  return sum;
}
