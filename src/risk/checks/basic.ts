/**
 * The checks no policy can leave out.
 * @module
 */
import type { InstrumentBody, IntentBody } from '../../events/index.js';
import {
  compareRational,
  formatMantissa,
  parseRational,
  type Rational,
} from '../../fixed-point/index.js';
import { notionalIn, valuationPrices } from '../notional.js';
import type { RiskReason } from '../reasons.data.js';
import type { CheckResult, RiskPolicy, RiskView } from '../types.js';
import { decimalText, holds, isKnown, refuses } from './result.js';

/** What a basic check is given. `instrument` is null when unknown. */
export interface BasicInput {
  readonly intent: IntentBody;
  readonly problem: string;
  readonly instrument: InstrumentBody | null;
  readonly policy: RiskPolicy;
  readonly view: RiskView;
}

type BasicCheck = (input: BasicInput) => CheckResult;

/** What of an instrument is asked for with every intent, worked out once per declaration. */
interface Terms {
  readonly sound: boolean;
  /** Null until it is asked for. */
  minNotional: Rational | null;
  /** Quantity mantissa → decimal text. */
  readonly texts: Map<number, string>;
}

const known = new WeakMap<InstrumentBody, Terms>();

function termsOf(instrument: InstrumentBody): Terms {
  const found = known.get(instrument);
  if (found !== undefined) return found;
  const texts = new Map<number, string>();
  const terms: Terms = { sound: isSound(instrument), minNotional: null, texts };
  known.set(instrument, terms);
  return terms;
}

/** A quantity limit of an instrument as decimal text. */
function qtyText(instrument: InstrumentBody, limit: number): string {
  const { texts } = termsOf(instrument);
  const found = texts.get(limit);
  if (found !== undefined) return found;
  const text = formatMantissa(limit, instrument.qtyExponent);
  // Limits are few; anything else must not fill the memory.
  if (texts.size < 16) texts.set(limit, text);
  return text;
}

const unknownInstrument = refuses('QL_RISK_INSTRUMENT_UNKNOWN', '', '');

const wellFormed: BasicCheck = ({ problem }) =>
  problem === '' ? holds('', '') : refuses('QL_INTENT_INVALID', problem, '');

const notHalted: BasicCheck = ({ view }) =>
  view.halted === '' ? holds('', '') : refuses('QL_RISK_HALTED', view.halted, '');

const killSwitch: BasicCheck = ({ view }) =>
  view.killSwitch === 'released'
    ? holds('released', 'released')
    : refuses('QL_RISK_KILL_SWITCH', String(view.killSwitch), 'released');

const newIntent: BasicCheck = ({ intent, view }) =>
  view.order(intent.intentId) === null
    ? holds('', '')
    : refuses('QL_RISK_DUPLICATE_INTENT', intent.intentId, '');

const openOrder: BasicCheck = ({ intent, view }) => {
  const order = view.order(intent.intentId);
  if (order === null || order.inst !== intent.inst) {
    return refuses('QL_RISK_ORDER_UNKNOWN', intent.intentId, '');
  }
  return order.open ? holds('', '') : refuses('QL_RISK_ORDER_CLOSED', order.orderId, '');
};

function isSound(instrument: InstrumentBody): boolean {
  const { lot, multiplier, tick } = instrument;
  if (!(isKnown(tick) && tick > 0 && isKnown(lot) && lot > 0)) return false;
  return parseRational(multiplier).num > 0n;
}

const instrumentSound: BasicCheck = ({ instrument }) => {
  if (instrument === null) return unknownInstrument;
  return termsOf(instrument).sound
    ? holds('', '')
    : refuses('QL_RISK_INSTRUMENT_INVALID', instrument.instrumentId, '');
};

const tradable: BasicCheck = ({ instrument }) => {
  if (instrument === null) return unknownInstrument;
  return instrument.status === 'trading'
    ? holds('trading', 'trading')
    : refuses('QL_RISK_NOT_TRADABLE', instrument.status, 'trading');
};

const priceTick: BasicCheck = ({ intent, instrument }) => {
  if (instrument === null) return unknownInstrument;
  if (intent.type === 'market') return holds('', '');
  const limit = formatMantissa(instrument.tick, instrument.priceExponent);
  const { price } = intent;
  if (price === null) return refuses('QL_RISK_PRICE_UNKNOWN', '', limit);
  const observed = formatMantissa(price, instrument.priceExponent);
  if (!(price > 0)) return refuses('QL_RISK_PRICE_NOT_POSITIVE', observed, limit);
  return price % instrument.tick === 0
    ? holds(observed, limit)
    : refuses('QL_RISK_PRICE_TICK', observed, limit);
};

function qtyCheck(
  code: RiskReason,
  limitOf: (input: BasicInput, instrument: InstrumentBody) => number | null,
  within: (qty: number, limit: number) => boolean,
): BasicCheck {
  return (input) => {
    const { intent, instrument } = input;
    if (instrument === null) return unknownInstrument;
    const observed = formatMantissa(intent.qty, instrument.qtyExponent);
    const limit = limitOf(input, instrument);
    if (limit === null || !isKnown(limit)) return refuses(code, observed, '');
    const text = qtyText(instrument, limit);
    return within(intent.qty, limit) ? holds(observed, text) : refuses(code, observed, text);
  };
}

const qtyLot = qtyCheck(
  'QL_RISK_QTY_LOT',
  (_, instrument) => instrument.lot,
  (qty, lot) => qty % lot === 0,
);

const qtyMin = qtyCheck(
  'QL_RISK_QTY_MIN',
  (_, instrument) => instrument.minQty,
  (qty, min) => qty >= min,
);

/** The venue's own maximum; where it names none, the policy has to (`maxQty`). */
const qtyMax = qtyCheck(
  'QL_RISK_QTY_MAX',
  ({ policy }, instrument) => {
    if (instrument.maxQty !== null) return instrument.maxQty;
    for (const check of policy.checks) {
      const cap = check.capQty?.(instrument) ?? null;
      if (cap !== null) return cap;
    }
    return null;
  },
  (qty, max) => qty <= max,
);

const minNotional: BasicCheck = ({ intent, instrument, view }) => {
  if (instrument === null) return unknownInstrument;
  const limit = instrument.minNotional;
  if (limit === null) return holds('', '');
  const prices = valuationPrices(intent, view);
  const price = prices?.[0];
  if (price === undefined) return refuses('QL_RISK_PRICE_UNKNOWN', '', limit);
  const notional = notionalIn(instrument, { price, qty: intent.qty }, instrument.quote);
  if (notional === null) return refuses('QL_RISK_CURRENCY', '', limit);
  const observed = decimalText(notional);
  const terms = termsOf(instrument);
  terms.minNotional ??= parseRational(limit);
  return compareRational(notional, terms.minNotional) >= 0
    ? holds(observed, limit)
    : refuses('QL_RISK_NOTIONAL_MIN', observed, limit);
};

const bookSynced: BasicCheck = ({ intent, view }) => {
  const state = view.bookState(intent.inst);
  // No book at all is not a broken one: the quote then carries the price, and quoteAge its age.
  return state === 'synced' || state === 'none'
    ? holds(state, 'synced')
    : refuses('QL_RISK_BOOK_UNSYNCED', String(state), 'synced');
};

function restsReducing({ inst, side }: IntentBody, view: RiskView): boolean {
  for (const order of view.workingOrders(inst)) {
    if (order.reduceOnly && order.side === side) return true;
  }
  return false;
}

const reduceOnly: BasicCheck = ({ intent, instrument, view }) => {
  const position = view.position(intent.inst);
  const working = view.working(intent.inst);
  // Any order may add to what is not known, whether a policy limits positions or not.
  if (position === null || working === null) return refuses('QL_RISK_POSITION_UNKNOWN', '', '');
  const buying = intent.side === 'buy';
  const ahead = buying ? working.buyQty : working.sellQty;
  // An order of its own side may execute before one that only reduces, which then would turn the
  // position: both together are held to what there is to reduce.
  const held = intent.reduceOnly || (ahead > 0 && restsReducing(intent, view));
  if (!held) return holds('', '');
  if (instrument === null) return unknownInstrument;
  const after = intent.qty + ahead;
  const reducible = buying ? -position : position;
  if (!isKnown(after) || !isKnown(reducible)) return refuses('QL_RISK_POSITION_UNKNOWN', '', '');
  const observed = formatMantissa(after, instrument.qtyExponent);
  const limit = formatMantissa(Math.max(0, reducible), instrument.qtyExponent);
  return after <= reducible
    ? holds(observed, limit)
    : refuses('QL_RISK_REDUCE_ONLY', observed, limit);
};

/** Checks of a new order, in the order they are written down. */
export const PLACE_CHECKS: readonly (readonly [id: string, check: BasicCheck])[] = [
  ['intent', wellFormed],
  ['halted', notHalted],
  ['killSwitch', killSwitch],
  ['newIntent', newIntent],
  ['instrument', instrumentSound],
  ['tradable', tradable],
  ['priceTick', priceTick],
  ['qtyLot', qtyLot],
  ['qtyMin', qtyMin],
  ['qtyMax', qtyMax],
  ['minNotional', minNotional],
  ['book', bookSynced],
  ['reduceOnly', reduceOnly],
];

/** Checks of a cancel. It adds no exposure, so neither halt nor kill switch hold it back. */
export const CANCEL_CHECKS: readonly (readonly [id: string, check: BasicCheck])[] = [
  ['intent', wellFormed],
  ['order', openOrder],
];

/** Ids that a policy's own checks may not take. */
export const BASIC_IDS: ReadonlySet<string> = new Set(
  [...PLACE_CHECKS, ...CANCEL_CHECKS].map(([id]) => id),
);

function instrumentOf(view: RiskView, inst: string): InstrumentBody | null {
  try {
    return view.instrument(inst);
  } catch {
    return null;
  }
}

/** Gathers what the basic checks look at. A lookup that throws found nothing. */
export function basicInput(
  intent: IntentBody,
  problem: string,
  { policy, view }: { readonly policy: RiskPolicy; readonly view: RiskView },
): BasicInput {
  return { intent, problem, policy, view, instrument: instrumentOf(view, intent.inst) };
}
