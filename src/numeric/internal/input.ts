import { QuantlaxmiError } from '../../core/index.js';

/** The error for an argument outside a function's domain; the caller throws it. */
export function badInput(place: string, found: unknown, expected: string): QuantlaxmiError {
  return new QuantlaxmiError('QL_BAD_INPUT', `${place}: ${String(found)}; expected ${expected}`, {
    context: { place, found: String(found), expected },
  });
}
