/**
 * One pass over the events of a session: every check of G0 at once, in flat memory.
 * @module
 */
import type { Event, EventOf } from '../../events/index.js';
import { breaksFeed } from '../../market/index.js';
import { checkConfig } from '../config.js';
import type { SessionEnd } from '../gate.js';
import type { GateCheck } from '../report.js';
import { dataTruthChecks } from './checks.js';
import { type G0Config, g0ConfigSchema } from './config.js';
import { type G0Context, g0Context, type MarketEvent, stateOf } from './context.js';
import { scanEnvelope } from './envelope.js';
import type { InstrumentState } from './instrument-state.js';
import { scanOutside } from './outside.js';
import { scanBar, scanBookLevels, scanLiquidation, scanQuote, scanTradePrice } from './prices.js';
import { GAP_CODE, scanDelta, scanQuoteSeq, scanSnapshot, scanTradeId } from './sequences.js';
import { hit } from './tally.js';
import { scanTiming } from './timing.js';

/** A pass under way; feed it every event in log order, also while they are being captured. */
export interface DataTruthScan {
  /** Takes one event. */
  push(event: Event): void;
  /**
   * The checks so far.
   *
   * @param universe - instrument ids the session was to cover; null when none was declared
   * @param end - where the session must end; null, the default, when its end is not known
   */
  checks(universe: readonly string[] | null, end?: SessionEnd | null): readonly GateCheck[];
}

/** Messages that are well formed but not asked for. */
const UNKNOWN_CODES: ReadonlySet<string> = new Set([
  'QL_VENUE_UNKNOWN_STREAM',
  'QL_VENUE_UNKNOWN_SYMBOL',
]);
/** Facts about ids; the pass judges the ids themselves. */
const JUDGED_CODES: ReadonlySet<string> = new Set([
  'QL_VENUE_DUPLICATE_TRADE',
  'QL_VENUE_OUT_OF_ORDER',
]);

/** Marks a log put together from what was left of a damaged one, and each hole in it. */
const SALVAGED_CODE = 'WAL_SALVAGED';
const CLOCK_OFFSET_CODE = 'QL_VENUE_CLOCK_OFFSET';

function scanSession(context: G0Context, event: EventOf<'Session'>): void {
  const { kind, code, inst } = event.body;
  const { tallies } = context;
  if (code === SALVAGED_CODE) hit(tallies.salvaged, event.seq, () => `${kind} fact ${code}`);
  if (kind === 'malformed') {
    const to = UNKNOWN_CODES.has(code) ? tallies.unknownMessages : tallies.malformed;
    if (!JUDGED_CODES.has(code)) hit(to, event.seq, () => code || 'malformed message');
  }
  if (kind === 'stop') context.stated = event.body.details;
  // A measured offset is no step; what it means for the data, the latencies say.
  if (kind === 'clock' && code !== CLOCK_OFFSET_CODE)
    hit(tallies.clockSteps, event.seq, () => code || 'clock step');
  if (kind === 'gap') {
    if (code === GAP_CODE && inst !== null) stateOf(context, inst).gapFacts += 1;
    else hit(tallies.otherGaps, event.seq, () => `gap fact ${code || 'without code'}`);
  }
  if (breaksFeed(event.body)) {
    for (const state of context.instruments.values()) {
      if (inst === null || inst === state.inst) state.book.invalidate();
    }
  }
}

function scanInstrument(context: G0Context, event: EventOf<'Instrument'>): void {
  const { body, seq } = event;
  const state = stateOf(context, body.instrumentId);
  const before = state.declared;
  state.declared = body;
  if (body.inferred) {
    hit(context.tallies.inferred, seq, () => `${body.instrumentId} was inferred from the data`);
  }
  if (before === null) return;
  if (before.priceExponent !== body.priceExponent || before.qtyExponent !== body.qtyExponent) {
    // Mantissas of another exponent are other prices.
    state.book.invalidate();
    state.quote = null;
  }
}

function scanDeclared(context: G0Context, state: InstrumentState, event: MarketEvent): void {
  const { declared, inst } = state;
  if (declared === null) {
    hit(context.tallies.undeclared, event.seq, () => `${event.t} of ${inst} before its Instrument`);
  } else if (declared.validTo !== null && event.rx >= declared.validTo) {
    hit(context.tallies.undeclared, event.seq, () => `${event.t} of ${inst} after its validity`);
  }
}

function scanMarket(context: G0Context, event: MarketEvent): void {
  const state = stateOf(context, event.body.inst);
  state.events += 1;
  scanDeclared(context, state, event);
  // A bar may be history: when it came says nothing about the feed.
  if (event.t !== 'Bar') scanTiming(context, state, event);
  switch (event.t) {
    case 'Quote':
      scanQuote(context, state, event);
      scanQuoteSeq(context, state, event);
      state.quote = event.body;
      return;
    case 'Trade':
      scanTradePrice(context, state, event);
      scanTradeId(context, state, event);
      scanOutside(context, state, event);
      return;
    case 'BookDelta':
      scanBookLevels(context, state, event);
      scanDelta(context, state, event);
      return;
    case 'BookSnapshot':
      scanBookLevels(context, state, event);
      scanSnapshot(context, state, event);
      return;
    case 'Bar':
      scanBar(context, state, event);
      return;
    case 'Liquidation':
      scanLiquidation(context, state, event);
      return;
    default:
  }
}

/**
 * Begins a G0 pass. Memory grows with the number of instruments, not with the number of events.
 *
 * @param config - thresholds, e.g. `g0Defaults`
 * @returns the pass; `push` is O(levels changed)
 * @throws QL_GATE_CONFIG when the configuration is not valid
 *
 * @example
 * ```ts
 * import { dataTruthScan, g0Defaults } from 'quantlaxmi/gates';
 * const scan = dataTruthScan(g0Defaults);
 * scan.push({ seq: 2, t: 'Session', sv: 1, rx: 1, ts: null, src: 'BINANCE',
 *   body: { code: '', details: {}, inst: null, kind: 'start' } });
 * scan.checks(null).find((check) => check.id === 'seq.continuity')?.detail;
 * // => 'First at seq 2: expected seq 1.'
 * ```
 */
export function dataTruthScan(config: G0Config): DataTruthScan {
  const context = g0Context(checkConfig('G0', g0ConfigSchema(), config));
  return {
    push(event) {
      context.first ??= event;
      context.last = event;
      scanEnvelope(context, event);
      switch (event.t) {
        case 'Quote':
        case 'Trade':
        case 'BookDelta':
        case 'BookSnapshot':
        case 'Funding':
        case 'Stats':
        case 'Bar':
        case 'Liquidation':
          return scanMarket(context, event);
        case 'Instrument':
          return scanInstrument(context, event);
        case 'Session':
          return scanSession(context, event);
        default:
      }
    },
    checks: (universe, end = null) => dataTruthChecks(context, { universe, end }),
  };
}
