import { isQuantlaxmiError } from 'quantlaxmi/core';
import type { Outcome } from './model.js';

/** What an action makes or throws; -0 and unsafe numbers are outcomes of their own. */
export function outcomeOf(action: () => number | bigint): Outcome {
  try {
    const made = action();
    if (typeof made === 'bigint') return { value: made };
    if (!Number.isSafeInteger(made) || Object.is(made, -0)) return { code: `unsafe ${made}` };
    return { value: BigInt(made) };
  } catch (error) {
    if (isQuantlaxmiError(error)) return { code: error.code };
    throw error;
  }
}
