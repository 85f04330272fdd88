/**
 * Correlation ids: the eight names that tie a log line, a metric and a logged fact together.
 * @module
 */
import type { Event, EventInput } from '../events/index.js';

/** The eight names, in the order every record writes them. */
export const CORRELATION_KEYS = [
  'session_id',
  'run_id',
  'venue',
  'symbol',
  'strategy_id',
  'decision_id',
  'risk_decision_id',
  'order_id',
] as const;

/** Name of a correlation id. */
export type CorrelationKey = (typeof CORRELATION_KEYS)[number];

/** All eight ids; an id that does not apply is the empty string, never absent. */
export type CorrelationIds = Readonly<Record<CorrelationKey, string>>;

/** No id known. */
export const noCorrelation: CorrelationIds = Object.freeze({
  session_id: '',
  run_id: '',
  venue: '',
  symbol: '',
  strategy_id: '',
  decision_id: '',
  risk_decision_id: '',
  order_id: '',
});

/**
 * Ids with some of them replaced. Only the eight names are taken over.
 *
 * @param base - ids to start from
 * @param patch - ids to replace
 * @returns a frozen record of all eight
 *
 * @example
 * ```ts
 * import { correlate, noCorrelation } from 'quantlaxmi/observability';
 * correlate(noCorrelation, { run_id: 'run-1' }).run_id; // => 'run-1'
 * ```
 */
export function correlate(base: CorrelationIds, patch: Partial<CorrelationIds>): CorrelationIds {
  return Object.freeze({
    session_id: patch.session_id ?? base.session_id,
    run_id: patch.run_id ?? base.run_id,
    venue: patch.venue ?? base.venue,
    symbol: patch.symbol ?? base.symbol,
    strategy_id: patch.strategy_id ?? base.strategy_id,
    decision_id: patch.decision_id ?? base.decision_id,
    risk_decision_id: patch.risk_decision_id ?? base.risk_decision_id,
    order_id: patch.order_id ?? base.order_id,
  });
}

/** `VENUE:SEGMENT:SYMBOL` → venue and symbol; a text of another shape is the symbol itself. */
function idsOfInstrument(inst: string | null): Partial<CorrelationIds> {
  if (inst === null || inst === '') return {};
  const first = inst.indexOf(':');
  const second = inst.indexOf(':', first + 1);
  if (first < 1 || second < 0) return { symbol: inst };
  return { venue: inst.slice(0, first), symbol: inst.slice(second + 1) };
}

/** Ids of the records that a decision, a risk check, an order or a fill left in the log. */
function idsOfAction(event: Event | EventInput): Partial<CorrelationIds> | null {
  switch (event.t) {
    case 'Decision':
      return { decision_id: event.body.decisionId, strategy_id: event.body.strategyId };
    case 'Risk':
      return {
        decision_id: event.body.decisionId,
        risk_decision_id: event.body.riskDecisionId,
      };
    case 'Order':
      return {
        ...idsOfInstrument(event.body.inst),
        order_id: event.body.orderId,
        risk_decision_id: event.body.riskDecisionId,
      };
    case 'Fill':
      return { ...idsOfInstrument(event.body.inst), order_id: event.body.orderId };
    default:
      return null;
  }
}

/**
 * The ids an event itself carries, laid over those of the run.
 *
 * @param event - a logged event, or one about to be logged
 * @param base - ids of the session and the run
 * @returns all eight ids
 *
 * @example
 * ```ts
 * import { correlationOf, noCorrelation } from 'quantlaxmi/observability';
 * const ids = correlationOf(
 *   { t: 'Trade', sv: 1, rx: 1, ts: null, src: 'BINANCE', body: {
 *     aggressor: 'buy', inst: 'BINANCE:SPOT:BTCUSDT', price: 1, qty: 1, tradeId: '7',
 *     venueSeq: null } },
 *   noCorrelation,
 * );
 * ids.symbol; // => 'BTCUSDT'
 * ```
 */
export function correlationOf(event: Event | EventInput, base: CorrelationIds): CorrelationIds {
  const action = idsOfAction(event);
  if (action !== null) return correlate(base, action);
  if (event.t === 'Instrument') return correlate(base, idsOfInstrument(event.body.instrumentId));
  if ('inst' in event.body) return correlate(base, idsOfInstrument(event.body.inst));
  return base;
}
