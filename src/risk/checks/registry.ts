/**
 * Every check that a policy can name: one list, which `parseRiskPolicy` and docs/risk.md read.
 * Only they import it, so that a factory alone does not bring in the schemas of all others.
 * @module
 */
import type { AnyCheckEntry } from './entry.js';
import { cashCoverCheckEntry } from './cash-cover.js';
import {
  clockErrorCheckEntry,
  regimeCheckEntry,
  toxicityCheckEntry,
  volatilityHaltCheckEntry,
} from './conditions.js';
import { consecutiveLossesCheckEntry, dailyLossCheckEntry, drawdownCheckEntry } from './losses.js';
import { marginCoverCheckEntry } from './margin-cover.js';
import { maxExposureCheckEntry } from './max-exposure.js';
import { spanMarginCheckEntry } from './span-margin.js';
import { spreadBoundsCheckEntry } from './spread-bounds.js';
import { selfTradeCheckEntry } from './self-trade.js';
import { priceCollarCheckEntry } from './price-collar.js';
import { priceBandCheckEntry } from './price-band.js';
import { orderRateCheckEntry } from './order-rate.js';
import { openOrdersCheckEntry } from './open-orders.js';
import { messageToFillCheckEntry } from './message-to-fill.js';
import { maxOrderValueCheckEntry } from './max-order-value.js';
import { liquidityFloorCheckEntry } from './liquidity-floor.js';
import { inSessionCheckEntry } from './in-session.js';
import { freezeQtyCheckEntry } from './freeze-qty.js';
import { duplicateOrderCheckEntry } from './duplicate-order.js';
import { maxNotionalCheckEntry } from './max-notional.js';
import { maxOrderRateCheckEntry } from './max-order-rate.js';
import { maxPositionCheckEntry, maxQtyCheckEntry } from './max-position.js';
import { quoteAgeCheckEntry } from './quote-age.js';

/** All entries, in the order of the documentation: quantity, value, exposure, price, rates. */
export const CHECK_REGISTRY: readonly AnyCheckEntry[] = [
  maxQtyCheckEntry,
  freezeQtyCheckEntry,
  maxNotionalCheckEntry,
  maxOrderValueCheckEntry,
  maxPositionCheckEntry,
  maxExposureCheckEntry,
  cashCoverCheckEntry,
  marginCoverCheckEntry,
  spanMarginCheckEntry,
  dailyLossCheckEntry,
  drawdownCheckEntry,
  consecutiveLossesCheckEntry,
  volatilityHaltCheckEntry,
  toxicityCheckEntry,
  regimeCheckEntry,
  clockErrorCheckEntry,
  quoteAgeCheckEntry,
  priceBandCheckEntry,
  priceCollarCheckEntry,
  spreadBoundsCheckEntry,
  liquidityFloorCheckEntry,
  inSessionCheckEntry,
  selfTradeCheckEntry,
  openOrdersCheckEntry,
  maxOrderRateCheckEntry,
  orderRateCheckEntry,
  messageToFillCheckEntry,
  duplicateOrderCheckEntry,
];
