/**
 * Cash that moves without an execution: checked, booked once, and closed out at expiry.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import type { CashFlowBody, CashFlowKind, InstrumentBody } from '../events/index.js';
import {
  decimalsOf,
  formatBig,
  parseBig,
  type Rational,
  rationalToBig,
} from '../fixed-point/index.js';
import { MONEY_EXPONENT } from './contract-value.js';
import { type Holding, oriented, redeclared, signedCost } from './holding.js';
import { negated, plus, ZERO } from './internal/fraction.js';
import { type Entry, type Ledger, paysValue } from './internal/ledger.js';

/** Ids of cash flows kept to know a duplicate by; the oldest are forgotten beyond it. */
export const FLOW_IDS_KEPT = 16_384;

const KINDS: ReadonlySet<CashFlowKind> = new Set<CashFlowKind>([
  'dividend',
  'fee',
  'funding',
  'interest',
  'rebate',
  'settlement',
  'transfer',
]);

function contradiction(flow: CashFlowBody, found: string, booked: boolean): QuantlaxmiError {
  const { flowId, inst, kind } = flow;
  const done = booked
    ? 'It was booked as reported; stop trading and reconcile with the venue.'
    : 'It was not booked; correct its source.';
  return new QuantlaxmiError(
    'QL_PORTFOLIO_FLOW',
    `Cash flow ${flowId} (${kind}): ${found}. ${done}`,
    {
      context: { booked: booked ? 1 : 0, flowId, inst: inst ?? '', kind },
    },
  );
}

/** The amount in 10^-18 of its currency. */
function amountOf(flow: CashFlowBody): bigint {
  try {
    return parseBig(flow.amount, MONEY_EXPONENT);
  } catch (cause) {
    const found = `amount ${JSON.stringify(flow.amount)}, expected decimal text with at most 18 decimals`;
    const error = contradiction(flow, found, false);
    throw new QuantlaxmiError(error.code, error.message, { cause, context: error.context });
  }
}

function check(flow: CashFlowBody, instrument: InstrumentBody | null): void {
  const { currency, flowId, inst, kind } = flow;
  if (!KINDS.has(kind)) throw contradiction(flow, 'a kind that is not known', false);
  if (flowId === '') throw contradiction(flow, 'no id, expected the id of the venue', false);
  if (currency === '') throw contradiction(flow, 'no currency', false);
  if (inst === null && instrument !== null) {
    throw contradiction(
      flow,
      `it names no instrument, but ${instrument.instrumentId} was given`,
      false,
    );
  }
  if (inst !== null && instrument?.instrumentId !== inst) {
    const given = instrument?.instrumentId ?? 'no instrument';
    throw contradiction(flow, `it names ${inst}, but ${given} was given`, false);
  }
  if (kind !== 'settlement') return;
  if (inst === null || instrument === null) {
    throw contradiction(flow, 'no instrument, expected the contract that expired', false);
  }
  if (currency !== instrument.settle) {
    throw contradiction(flow, `paid in ${currency}, expected ${instrument.settle}`, false);
  }
  const { price, qty } = flow;
  if (price === null || !Number.isSafeInteger(price)) {
    throw contradiction(flow, `settlement price ${price}, expected an integer mantissa`, false);
  }
  if (price < 0 && instrument.class === 'option') {
    throw contradiction(flow, `settlement price ${price} of an option, expected 0 or more`, false);
  }
  if (qty !== null && !Number.isSafeInteger(qty)) {
    throw contradiction(flow, `quantity ${qty}, expected an integer mantissa or null`, false);
  }
}

/** Sum of all that trading the holding brought in so far, as cash sees it; 10^-18. */
function broughtIn(holding: Holding): Rational {
  if (paysValue(holding.instrument)) return holding.flow;
  return oriented(holding, plus(holding.flow, signedCost(holding)));
}

/** Whether `amount` is `own` rounded somehow at the digits it was told with. */
function agrees(own: Rational, amount: bigint, decimals: number): boolean {
  const gap = own.num - amount * own.den;
  const unit = 10n ** BigInt(-MONEY_EXPONENT - decimals);
  return (gap < 0n ? -gap : gap) < unit * own.den;
}

/** What a settlement traded, and what was wrong with it. */
interface Closed {
  readonly found: string;
  /** Cash that the trade brings, 10^-18. */
  readonly own: Rational;
  readonly qty: number;
}

const NOTHING: Closed = { found: '', own: ZERO, qty: 0 };

function moneyOf(value: Rational): Rational {
  return { num: value.num, den: value.den * 10n ** BigInt(-MONEY_EXPONENT) };
}

/** Books of cash flows: what came, and which ids were seen. */
export class CashFlows {
  readonly #ledger: Ledger;
  /** Id → what it was, so that an id with another content is seen. */
  readonly #seen = new Map<string, string>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  apply(flow: CashFlowBody, instrument: InstrumentBody | null): 'applied' | 'duplicate' {
    check(flow, instrument);
    const amount = amountOf(flow);
    const content = `${flow.kind} ${amount} ${flow.currency} ${flow.inst ?? ''}`;
    const seen = this.#seen.get(flow.flowId);
    if (seen === content) return 'duplicate';
    if (seen !== undefined) {
      throw contradiction(flow, `its id was used before, for ${seen}; now for ${content}`, false);
    }
    const ledger = this.#ledger;
    const entry = flow.kind === 'transfer' || instrument === null ? null : ledger.entry(instrument);
    const qtyBefore = entry?.holding.qty ?? 0;
    let closed: Closed = NOTHING;
    if (flow.kind === 'settlement' && entry !== null && instrument !== null) {
      closed = this.#settle(entry, flow, instrument);
    }
    this.#book(entry, flow, { amount, own: closed.own });
    this.#remember(flow.flowId, content);
    const transfer = flow.kind === 'transfer' ? amount : 0n;
    const { currency: feeCurrency } = flow;
    ledger.watcher?.({ entry, qtyBefore, traded: closed.qty, fee: 0n, feeCurrency, transfer });
    if (closed.found !== '') throw contradiction(flow, closed.found, true);
    if (flow.kind === 'settlement' && !agrees(closed.own, amount, decimalsOf(flow.amount))) {
      const own = formatBig(rationalToBig(moneyOf(closed.own), -8, 'halfEven'), -8);
      const found = `amount ${flow.amount}, but price and quantity come to ${own}`;
      throw contradiction(flow, found, true);
    }
    return 'applied';
  }

  /** Trades what the venue says it closed at its price; a quantity that differs leaves the rest. */
  #settle(entry: Entry, flow: CashFlowBody, instrument: InstrumentBody): Closed {
    const held = redeclared(entry.holding, instrument, 'Settlement');
    const signed = flow.qty ?? held.qty;
    const found = signed === held.qty ? '' : `quantity ${signed}, but ${held.qty} is held`;
    if (signed === 0) {
      entry.lots?.none();
      return { found, own: ZERO, qty: 0 };
    }
    const qty = Math.abs(signed);
    const before = broughtIn(held);
    const trade = { price: flow.price ?? 0, qty, buys: signed < 0 };
    this.#ledger.trade(entry, trade, { instrument, what: 'Settlement' });
    return { found, own: plus(broughtIn(entry.holding), negated(before)), qty };
  }

  #book(entry: Entry | null, flow: CashFlowBody, money: { amount: bigint; own: Rational }): void {
    const { amount, own } = money;
    const ledger = this.#ledger;
    const { currency, kind } = flow;
    if (entry !== null) ledger.enter(entry);
    const purse = ledger.purse(currency);
    const rest = plus(negated(own), { num: amount, den: 1n });
    ledger.add(purse, rest);
    purse.flows.set(kind, (purse.flows.get(kind) ?? 0n) + amount);
    if (kind === 'fee' || kind === 'rebate') purse.fees -= amount;
    if (entry === null) return;
    entry.hadFlow = true;
    if (kind === 'settlement') entry.rest = plus(entry.rest, rest);
    else entry.nets.set(currency, (entry.nets.get(currency) ?? 0n) + amount);
  }

  #remember(flowId: string, content: string): void {
    this.#seen.set(flowId, content);
    if (this.#seen.size <= FLOW_IDS_KEPT) return;
    for (const oldest of this.#seen.keys()) {
      this.#seen.delete(oldest);
      return;
    }
  }
}
