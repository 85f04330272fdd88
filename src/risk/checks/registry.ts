/**
 * Every check that a policy can name: one list, which `parseRiskPolicy` and docs/risk.md read.
 * Only they import it, so that a factory alone does not bring in the schemas of all others.
 * @module
 */
import type { AnyCheckEntry } from './entry.js';
import { maxNotionalCheckEntry } from './max-notional.js';
import { maxOrderRateCheckEntry } from './max-order-rate.js';
import { maxPositionCheckEntry, maxQtyCheckEntry } from './max-position.js';
import { quoteAgeCheckEntry } from './quote-age.js';

/** All entries, in the order of the documentation: quantity, value, exposure, price, rates. */
export const CHECK_REGISTRY: readonly AnyCheckEntry[] = [
  maxQtyCheckEntry,
  maxNotionalCheckEntry,
  maxPositionCheckEntry,
  quoteAgeCheckEntry,
  maxOrderRateCheckEntry,
];
