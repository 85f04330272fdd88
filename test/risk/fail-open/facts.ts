/** Holes where a fact that is missing, wrong or not a number counted as good. */
import { parseRiskPolicy } from 'quantlaxmi/risk';
import { testInstrument } from 'quantlaxmi/testing';
import { expect } from 'vitest';
import { BTC, NOW_US } from '../known-view.js';
import { allows, type Hole, refuses } from './hole.js';

const spot = testInstrument({ class: 'spot' });
const instrument = (part: Parameters<typeof testInstrument>[0]) => ({
  instrument: () => testInstrument(part),
});
const market = { type: 'market', price: null, tif: 'ioc' };
const money = (num: bigint) => ({ num, den: 1n });

export const FACT_HOLES: readonly Hole[] = [
  {
    tag: 'NT l.1033',
    hole: 'no account -> passes',
    show: (shown) => {
      refuses(shown, 'QL_RISK_CASH_UNKNOWN', { view: { report: null, cash: () => null } });
      refuses(shown, 'QL_RISK_CASH_UNKNOWN', {
        view: { report: null, cash: () => null, instrument: () => spot },
      });
      allows(shown);
      allows(shown, { view: { instrument: () => spot } });
    },
  },
  {
    tag: 'NT l.1177, 1316',
    hole: 'market order with no price -> continue',
    show: (shown) => {
      refuses(shown, 'QL_RISK_PRICE_UNKNOWN', { intent: market, view: { sweepPrice: () => null } });
      refuses(shown, 'QL_RISK_QUOTE_MISSING', { intent: market, view: { touch: () => null } });
      allows(shown, { intent: market });
    },
  },
  {
    tag: 'NT l.1443',
    hole: 'margin calculation error -> zero margin',
    show: (shown) => {
      const cash = () => {
        throw new Error('margin model failed');
      };
      refuses(shown, 'QL_RISK_CHECK_FAILED', { view: { cash } });
      refuses(shown, 'QL_RISK_MARK_UNKNOWN', { view: { mark: () => null } });
      allows(shown);
    },
  },
  {
    tag: 'NT l.1483',
    hole: 'no balance in the margin currency -> skipped',
    show: (shown) => {
      const cash = (currency: string) => (currency === 'BTC' ? money(100n) : null);
      refuses(shown, 'QL_RISK_CASH_UNKNOWN', { view: { cash } });
      const both = (currency: string) => (currency === 'USDT' ? money(1_000_000n) : null);
      allows(shown, { view: { cash: both } });
    },
  },
  {
    tag: 'NT l.1799',
    hole: 'precision is not tick size: check_price only compares decimals, 100.03 with tick 0.05',
    show: (shown) => {
      const nse = instrument({ tick: 5, priceExponent: -2 });
      const collar = {
        touch: () => ({ ask: 10_005, askQty: 500, bid: 10_000, bidQty: 500, rx: NOW_US }),
      };
      const view = { ...nse, ...collar };
      refuses(shown, 'QL_RISK_PRICE_TICK', { view, intent: { price: 10_003 } });
      allows(shown, { view, intent: { price: 10_005 } });
    },
  },
  {
    tag: 'NT quantity',
    hole: 'quantity increments (lots) likewise: only min, max and decimals are compared',
    show: (shown) => {
      const view = instrument({ lot: 5 });
      refuses(shown, 'QL_RISK_QTY_LOT', { view, intent: { qty: 12 } });
      allows(shown, { view, intent: { qty: 15 } });
    },
  },
  {
    tag: 'HU TradingRule',
    hole: 'defaults min=0 / max=1e56: an unknown rule is unlimited',
    show: (shown) => {
      const spec = {
        fmt: 'quantlaxmi-risk/1',
        checks: [{ check: 'quoteAge', ageMaxUs: 1_000_000 }],
      };
      const policy = parseRiskPolicy(spec);
      refuses(shown, 'QL_RISK_QTY_MAX', { policy, view: instrument({ maxQty: null }) });
      allows(shown, { policy, view: instrument({ maxQty: 10 }) });
    },
  },
  {
    tag: 'HU TradingRule, limits',
    hole: 'an unknown rule is unlimited: the limit of an instrument that the policy does not name',
    show: (shown) => {
      const limit = (inst: string) =>
        parseRiskPolicy({
          fmt: 'quantlaxmi-risk/1',
          checks: [{ check: 'maxPosition', qtyMax: { [inst]: '1' } }],
        });
      refuses(shown, 'QL_RISK_LIMIT_UNSET', { policy: limit('SIM:X:ETHUSDT') });
      allows(shown, { policy: limit(BTC) });
    },
  },
  {
    tag: 'ccxt Precise.stringGt',
    hole: 'stringGt(undefined, ..) returns undefined: falsy, so the check passes',
    show: (shown) => {
      const undefinedPart = undefined as unknown as number;
      for (const part of ['buyQty', 'sellQty']) {
        const working = { buyQty: 0, sellQty: 0, [part]: undefinedPart };
        refuses(shown, 'QL_RISK_POSITION_UNKNOWN', { view: { working: () => working } });
      }
      refuses(shown, 'QL_RISK_POSITION_UNKNOWN', { view: { position: () => undefinedPart } });
      allows(shown);
    },
  },
  {
    tag: "ccxt Precise('')",
    hole: "new Precise('') is 0, stringAdd(undefined, x) returns x: an empty limit is a number",
    show: (shown) => {
      for (const text of ['', undefined, '1e8', '+1', 'NaN', 'Infinity']) {
        const spec = { check: 'maxPosition', qtyMax: { [BTC]: text } };
        expect(() => parseRiskPolicy({ fmt: 'quantlaxmi-risk/1', checks: [spec] })).toThrow();
      }
      shown.refused();
      allows(shown);
    },
  },
  {
    tag: 'BK ClientRisk',
    hole: 'pnlPercentage is NaN and every numeric comparison silently passes',
    show: (shown) => {
      const nan = Number.NaN;
      refuses(shown, 'QL_INTENT_INVALID', { intent: { qty: nan } });
      refuses(shown, 'QL_INTENT_INVALID', { intent: { price: nan } });
      refuses(shown, 'QL_RISK_POSITION_UNKNOWN', { view: { position: () => nan } });
      refuses(shown, 'QL_RISK_QUOTE_STALE', {
        view: { touch: () => ({ ask: 1_001, askQty: 9, bid: 1_000, bidQty: 9, rx: nan }) },
      });
      refuses(shown, 'QL_RISK_TOXICITY_UNKNOWN', { view: { toxicityPpm: () => nan } });
      refuses(shown, 'QL_RISK_CLOCK_UNKNOWN', { view: { clockErrorUs: nan } });
      allows(shown);
    },
  },
  {
    tag: 'NT PRICE_UNDEF',
    hole: 'sentinels in-band: PRICE_UNDEF = MAX, PRICE_ERROR = MIN',
    show: (shown) => {
      const { MAX_SAFE_INTEGER: max, MIN_SAFE_INTEGER: min } = Number;
      refuses(shown, 'QL_RISK_PRICE_COLLAR', { intent: { price: max } });
      refuses(shown, 'QL_RISK_PRICE_NOT_POSITIVE', { intent: { price: min } });
      allows(shown);
    },
  },
  {
    tag: 'LEAN india rows',
    hole: 'multiplier 0.05, tick 75, lot 1 under swapped columns: shipped metadata is wrong',
    show: (shown) => {
      const at = (price: number) => ({
        touch: () => ({ ask: price + 5, askQty: 500, bid: price, bidQty: 500, rx: NOW_US }),
      });
      const fut = { class: 'future', priceExponent: -2, qtyExponent: 0, minQty: 75 } as const;
      const swapped = instrument({ ...fut, tick: 7_500, lot: 1, multiplier: '0.05' });
      const right = instrument({ ...fut, tick: 5, lot: 75, multiplier: '1' });
      const spec = {
        fmt: 'quantlaxmi-risk/1',
        checks: [{ check: 'quoteAge', ageMaxUs: 1_000_000 }],
      };
      const policy = parseRiskPolicy(spec);
      const intent = { qty: 75, price: 2_600_005 };
      refuses(shown, 'QL_RISK_PRICE_TICK', {
        policy,
        intent,
        view: { ...swapped, ...at(2_600_000) },
      });
      refuses(shown, 'QL_RISK_INSTRUMENT_INVALID', {
        policy,
        intent,
        view: { ...instrument({ ...fut, tick: 5, lot: 0 }), ...at(2_600_000) },
      });
      allows(shown, { policy, intent, view: { ...right, ...at(2_600_000) } });
    },
  },
  {
    tag: 'FT #7573',
    hole: 'historic precision limits are not available: metadata without dates',
    show: (shown) => {
      // An instrument that is not valid at the time of the event is unknown.
      refuses(shown, 'QL_RISK_INSTRUMENT_UNKNOWN', { view: { instrument: () => null } });
      allows(shown);
    },
  },
  {
    tag: 'HB #300',
    hole: 'the continuity check of the book is commented out',
    show: (shown) => {
      refuses(shown, 'QL_RISK_BOOK_UNSYNCED', { view: { bookState: () => 'unsynced' } });
      allows(shown);
    },
  },
  {
    tag: 'OA #924, #1638',
    hole: 'stale quote fills: last traded price as the only reference',
    show: (shown) => {
      const old = { ask: 1_001, askQty: 9, bid: 1_000, bidQty: 9, rx: NOW_US - 60_000_001 };
      refuses(shown, 'QL_RISK_QUOTE_STALE', { view: { touch: () => old } });
      allows(shown, { view: { touch: () => ({ ...old, askQty: 500, rx: NOW_US - 60_000_000 }) } });
    },
  },
  {
    tag: 'HB clock skew',
    hole: 'silently "corrects" clocks: every message 1.22-1.275 s skewed',
    show: (shown) => {
      refuses(shown, 'QL_RISK_CLOCK_ERROR', { view: { clockErrorUs: 1_220_000 } });
      refuses(shown, 'QL_RISK_CLOCK_UNKNOWN', { view: { clockErrorUs: null } });
      allows(shown);
    },
  },
];
