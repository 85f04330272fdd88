/**
 * Counts logged events under their correlation ids: what a capture or a runner calls after a
 * batch is in the log.
 * @module
 */
import type { Event, EventInput } from '../events/index.js';
import { type CorrelationIds, correlationOf } from './correlation.js';
import { guardTelemetry } from './create-telemetry.js';
import type { LogLevel, Telemetry } from './telemetry.js';

/** Level of the facts that a person should see. */
function levelOf(event: Event | EventInput): LogLevel | null {
  if (event.t === 'Risk') return event.body.verdict === 'allow' ? 'debug' : 'warn';
  if (event.t === 'Decision' || event.t === 'Order' || event.t === 'Fill') return 'debug';
  if (event.t !== 'Session') return null;
  const { kind } = event.body;
  if (kind === 'killSwitch') return 'error';
  return kind === 'gap' || kind === 'malformed' || kind === 'clock' || kind === 'disconnected'
    ? 'warn'
    : 'info';
}

function countAction(telemetry: Telemetry, event: Event | EventInput): void {
  switch (event.t) {
    case 'Decision':
      return telemetry.count('quantlaxmi_decisions_total', {}, 1);
    case 'Risk':
      return telemetry.count('quantlaxmi_risk_decisions_total', { verdict: event.body.verdict }, 1);
    case 'Order':
      return telemetry.count('quantlaxmi_orders_total', { state: event.body.state }, 1);
    case 'Fill':
      return telemetry.count('quantlaxmi_fills_total', { liquidity: event.body.liquidity }, 1);
    case 'Session':
      if (event.body.kind === 'gap') telemetry.count('quantlaxmi_gaps_total', {}, 1);
      if (event.body.kind === 'malformed') telemetry.count('quantlaxmi_malformed_total', {}, 1);
      return;
    default:
      return;
  }
}

/** Options of {@link eventObserver}. */
export interface EventObserverOptions {
  readonly telemetry: Telemetry;
  /** Ids of the session and the run. */
  readonly ids: CorrelationIds;
}

/** Market data is counted per instrument and batch, so that a quote costs two map look-ups. */
interface InstrumentTally {
  readonly telemetry: Telemetry;
  readonly counts: Map<string, number>;
}

/** Most instruments tallied apart; market data of the others is counted under the run's ids. */
const INSTRUMENTS_MAX = 4096;

/**
 * Makes a reporter of logged events: counters for all of them, log records for faults and
 * actions. Each sample and record carries the ids of its event over those of the run.
 *
 * @param options - where to report, and the ids of the run
 * @returns a function to call with each batch that is in the log; it returns nothing
 *
 * @example
 * ```ts
 * import { bufferTelemetry, eventObserver, noCorrelation } from 'quantlaxmi/observability';
 * const { telemetry, logs } = bufferTelemetry({ capacity: 10 });
 * const observe = eventObserver({ telemetry, ids: noCorrelation });
 * observe([{ t: 'Session', sv: 1, rx: 9, ts: null, src: 'BINANCE', body: {
 *   code: 'QL_VENUE_SEQUENCE_GAP', details: {}, inst: 'BINANCE:SPOT:BTCUSDT', kind: 'gap' } }]);
 * logs()[0]?.ids.symbol; // => 'BTCUSDT'
 * ```
 */
export function eventObserver(
  options: EventObserverOptions,
): (events: readonly (Event | EventInput)[]) => void {
  // The caller may be the engine: what telemetry throws stops here.
  const { telemetry } = guardTelemetry(options.telemetry);
  const { ids } = options;
  const tallies = new Map<string, InstrumentTally>();
  const touched: InstrumentTally[] = [];
  const rest: InstrumentTally = { telemetry: telemetry.with(ids), counts: new Map() };
  const tallyOf = (event: Event | EventInput): InstrumentTally => {
    const inst = 'inst' in event.body ? event.body.inst : null;
    if (inst === null) return rest;
    const known = tallies.get(inst);
    if (known !== undefined) return known;
    if (tallies.size >= INSTRUMENTS_MAX) return rest;
    const made = { telemetry: telemetry.with(correlationOf(event, ids)), counts: new Map() };
    tallies.set(inst, made);
    return made;
  };
  return (events) => {
    for (const event of events) {
      const level = levelOf(event);
      if (level === null) {
        const tally = tallyOf(event);
        const { counts } = tally;
        if (counts.size === 0) touched.push(tally);
        counts.set(event.t, (counts.get(event.t) ?? 0) + 1);
      } else reportFact({ telemetry, ids, event, level });
    }
    for (const tally of touched) flushTally(tally);
    touched.length = 0;
  };
}

function flushTally(tally: InstrumentTally): void {
  for (const [type, n] of tally.counts)
    tally.telemetry.count('quantlaxmi_events_total', { type }, n);
  tally.counts.clear();
}

function reportFact(
  fact: EventObserverOptions & { event: Event | EventInput; level: LogLevel },
): void {
  const { telemetry, ids, event, level } = fact;
  const bound = telemetry.with(correlationOf(event, ids));
  bound.count('quantlaxmi_events_total', { type: event.t }, 1);
  countAction(bound, event);
  const seq = 'seq' in event ? { seq: event.seq } : {};
  const what =
    event.t === 'Session' ? { kind: event.body.kind, code: event.body.code } : { type: event.t };
  bound.log({ level, message: 'event logged', atUs: event.rx, fields: { ...what, ...seq } });
}
