import { QuantlaxmiError } from '../../core/index.js';
import type { CashFlowBody, FillBody } from '../../events/index.js';
import type { ReconcileAction } from '../../execution/index.js';
import {
  formatBig,
  parseRational,
  type Rational,
  rationalToBig,
  rationalToMantissa,
  subRational,
} from '../../fixed-point/index.js';
import { MONEY_EXPONENT } from '../../portfolio/index.js';
import type { EngineState } from './engine-state.js';
import type { Journal } from './journal.js';

type Adoption = Extract<ReconcileAction, { readonly kind: 'adoptPosition' }>;

/** An execution nobody told of, which leads from the position in hand to the venue's. */
function missingFill(engine: EngineState, action: Adoption): FillBody | null {
  const { entryPrice, inst, qty } = action;
  const instrument = engine.instruments.get(inst);
  const change = qty - engine.portfolio.qty(inst);
  if (instrument === undefined || change === 0) return null;
  const entry = parseRational(entryPrice === '' ? '0' : entryPrice);
  const told =
    entry.num > 0n ? rationalToMantissa(entry, instrument.priceExponent, 'halfEven') : undefined;
  // At the mark: a gain made before is no gain of this day, and lifts no peak.
  const price = engine.mark(inst)?.price ?? told;
  if (price === undefined) {
    // At 0 it would be booked as a gain or a loss of the whole position.
    const text = `${inst}: no price to adopt the position at; expected a mark or an entry price.`;
    throw new QuantlaxmiError('QL_PORTFOLIO_FILL', text, { context: { inst } });
  }
  return {
    cause: engine.cause,
    fee: 0,
    feeCurrency: instrument.settle,
    feeExponent: MONEY_EXPONENT,
    fillId: `reconcile/${engine.cause}/${inst}`,
    inst,
    liquidity: 'taker',
    orderId: `reconcile/${inst}`,
    price,
    qty: Math.abs(change),
    side: change > 0 ? 'buy' : 'sell',
  };
}

/**
 * Takes the venue's positions and balances over. Positions are booked as executions at the mark, or
 * at the venue's entry price where no mark came; what they would have moved in cash, and what the
 * balances differ by, is booked and logged as a transfer, so that cash ends at the venue's balance
 * or where it stood.
 */
export function adoptAccount(
  engine: EngineState,
  journal: Journal,
  actions: readonly ReconcileAction[],
): void {
  const targets = new Map<string, Rational>();
  for (const action of actions) {
    if (action.kind !== 'adoptPosition') continue;
    const instrument = engine.instruments.get(action.inst);
    const fill = missingFill(engine, action);
    if (instrument === undefined || fill === null) continue;
    const { settle } = instrument;
    if (!targets.has(settle)) targets.set(settle, engine.cash(settle));
    engine.use(action.inst);
    engine.book(fill, instrument);
  }
  for (const action of actions) {
    if (action.kind === 'adoptBalance') targets.set(action.currency, parseRational(action.total));
  }
  for (const currency of [...targets.keys()].sort()) {
    const change = subRational(targets.get(currency) as Rational, engine.cash(currency));
    const amount = rationalToBig(change, MONEY_EXPONENT, 'halfEven');
    if (amount === 0n) continue;
    const body: CashFlowBody = {
      amount: formatBig(amount, MONEY_EXPONENT),
      cause: engine.cause,
      currency,
      flowId: `reconcile/${engine.cause}/${currency}`,
      inst: null,
      kind: 'transfer',
      price: null,
      qty: null,
    };
    engine.bookFlow(body, null);
    journal.record('CashFlow', body);
  }
}
