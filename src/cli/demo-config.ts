/**
 * The demo's run configuration for an instrument: small orders of the imbalance example.
 * @module
 */
import type { InstrumentBody } from '../events/index.js';
import { formatMantissa } from '../fixed-point/index.js';

/** Orders of this many lots, and at most this many open. */
const ORDER_LOTS = 10;
const POSITION_LOTS = 50;

/** Configuration of the demo's paper run, as a user would write it to a file. */
export const demoConfig = (instrument: InstrumentBody) => {
  const { instrumentId, lot, qtyExponent, settle } = instrument;
  const money = settle === 'USDT' ? '100000' : '10';
  return {
    strategy: {
      inst: instrumentId,
      qty: formatMantissa(lot * ORDER_LOTS, qtyExponent),
      enterPpm: 700_000,
      exitPpm: 0,
      holdUs: 5_000_000,
      style: 'maker',
    },
    risk: {
      fmt: 'quantlaxmi-risk/1',
      checks: [
        { check: 'maxNotional', notionalMax: { [settle]: money } },
        {
          check: 'maxPosition',
          qtyMax: { [instrumentId]: formatMantissa(lot * POSITION_LOTS, qtyExponent) },
        },
        // Stands in where the venue's own maximum is unknown, as for inferred instruments.
        {
          check: 'maxQty',
          qtyMax: { [instrumentId]: formatMantissa(lot * POSITION_LOTS, qtyExponent) },
        },
        { check: 'quoteAge', ageMaxUs: 2_000_000 },
        { check: 'maxOrderRate', orders: 50, perUs: 1_000_000 },
      ],
    },
    venue: {
      kind: 'sim',
      entryUs: 1_500,
      responseUs: 1_000,
      makerPpm: 200,
      takerPpm: 500,
      feeExponent: -8,
    },
    cash: { [settle]: money },
  };
};
