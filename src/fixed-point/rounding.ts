import { fixedError } from './internal/fail.js';

/**
 * How a value between two neighbours is rounded. There is no default anywhere.
 *
 * - `floor` towards −∞, `ceil` towards +∞, `trunc` towards 0
 * - `halfEven` to the nearest, a tie to the even neighbour
 * - `halfUp` to the nearest, a tie away from 0
 */
export type Rounding = 'floor' | 'ceil' | 'trunc' | 'halfEven' | 'halfUp';

/** What {@link stepOf} needs to know of a division that left a remainder. */
interface Cut {
  /** True when the exact quotient is below 0. */
  readonly negative: boolean;
  /** Sign of |2·remainder| − |divisor|: −1 below half, 0 a tie, 1 above. */
  readonly half: number;
  /** True when the truncated quotient is odd. */
  readonly odd: boolean;
}

/**
 * What to add (−1, 0 or 1) to a quotient truncated towards 0 when its remainder is not 0.
 */
export function stepOf(rounding: Rounding, { negative, half, odd }: Cut): -1 | 0 | 1 {
  const away = negative ? -1 : 1;
  switch (rounding) {
    case 'floor':
      return negative ? -1 : 0;
    case 'ceil':
      return negative ? 0 : 1;
    case 'trunc':
      return 0;
    case 'halfUp':
      return half >= 0 ? away : 0;
    case 'halfEven':
      return half > 0 || (half === 0 && odd) ? away : 0;
    default:
      throw fixedError(
        'QL_FIXED_RANGE',
        `rounding "${String(rounding)}": expected floor, ceil, trunc, halfEven or halfUp`,
        { rounding },
      );
  }
}
