/**
 * The verdicts of G0 from the state of a pass.
 * @module
 */
import type { Event } from '../../events/index.js';
import type { SessionEnd } from '../gate.js';
import type { GateCheck } from '../report.js';
import type { G0Context } from './context.js';
import { limitCheck, tallyCheck } from './tally.js';
import { timingChecks } from './timing.js';

function schemaCheck(context: G0Context): GateCheck {
  const { schemaErrors, unexpectedTypes } = context.tallies;
  const counts = [...context.perType]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, n]) => `${type} ${n}`);
  const found = [schemaErrors.first, unexpectedTypes.first].filter((text) => text !== '');
  const about = `${context.events} events decoded, ${context.validated} validated against their schema: ${counts.join(', ')}.`;
  return limitCheck('schema.validity', context.config.schemaErrors, {
    observed: schemaErrors.count + unexpectedTypes.count,
    detail: [...found, about].join(' '),
  });
}

/** Something must have been captured: an empty log passes every count. */
const substanceCheck = (context: G0Context): GateCheck => {
  let observed = 0;
  for (const state of context.instruments.values()) observed += state.events;
  return {
    id: 'session.substance',
    observed,
    threshold: '>= 1 market event',
    verdict: observed > 0 ? 'pass' : 'fail',
    detail: '',
  };
};

const nameOf = (event: Event): string =>
  event.t === 'Session' ? `Session ${event.body.kind}` : event.t;

/** No threshold can allow it: what is missing, and what stands in its place, nobody knows. */
const salvagedCheck = ({ tallies: { salvaged } }: G0Context): GateCheck => ({
  id: 'session.salvaged',
  observed: salvaged.count,
  threshold: 0,
  verdict: salvaged.count === 0 ? 'pass' : 'fail',
  detail: salvaged.first,
});

/** The record ends where it was said to end, and what was started was stopped. */
function completeCheck(context: G0Context, expected: SessionEnd | null): GateCheck {
  const id = 'session.complete';
  if (expected === null) {
    const none = { observed: 'no expectation', threshold: 'the declared last event' };
    return { id, ...none, verdict: 'notApplicable', detail: 'no end was declared' };
  }
  const { first, last, lastSeq } = context;
  const started = first !== null && nameOf(first) === 'Session start';
  const found = last === null ? 'nothing' : nameOf(last);
  const holds = lastSeq === expected.lastSeq && (!started || found === 'Session stop');
  return {
    id,
    observed: `seq ${lastSeq}, ${found}`,
    threshold: `seq ${expected.lastSeq}, ${started ? 'Session stop' : 'any event'}`,
    verdict: holds ? 'pass' : 'fail',
    detail: holds ? '' : 'The session does not end where it was said to: it was cut short.',
  };
}

/** Facts about single messages are sampled; the capture's last record has the full counts. */
function messageChecks(context: G0Context): GateCheck[] {
  const { config, tallies, stated } = context;
  const count = (...names: readonly string[]): number =>
    names.reduce((sum, name) => {
      const value = Object.hasOwn(stated, name) ? stated[name] : 0;
      return sum + (typeof value === 'number' ? value : 0);
    }, 0);
  const { malformed, unknownMessages } = tallies;
  return [
    limitCheck('session.malformed', config.malformed, {
      observed: Math.max(malformed.count, count('malformed')),
      detail: malformed.first,
    }),
    limitCheck('session.unknown', config.unknownMessages, {
      observed: Math.max(unknownMessages.count, count('unknownStreams', 'unknownSymbols')),
      detail: unknownMessages.first,
    }),
  ];
}

function gapChecks(context: G0Context): GateCheck[] {
  const { config, tallies } = context;
  let gaps = tallies.otherGaps.count;
  let unrecorded = 0;
  const places: string[] = [];
  const unequal: string[] = [];
  for (const state of context.instruments.values()) {
    // The record may know of gaps that no delta shows (a snapshot that could not be joined).
    gaps += Math.max(state.gaps, state.gapFacts);
    // One fact for each gap: a fact without its gap is as wrong as a gap without its fact.
    unrecorded += Math.abs(state.gaps - state.gapFacts);
    if (state.firstGap !== '') places.push(state.firstGap);
    else if (state.gapFacts > 0) places.push(`${state.gapFacts} gap facts of ${state.inst}.`);
    if (state.gaps !== state.gapFacts) {
      unequal.push(`${state.inst}: ${state.gaps} gaps, ${state.gapFacts} gap facts.`);
    }
  }
  if (tallies.otherGaps.first !== '') places.push(tallies.otherGaps.first);
  const detail = places.slice(0, 4).join(' ');
  return [
    limitCheck('venue.sequence', config.venueGaps, { observed: gaps, detail }),
    limitCheck('venue.gapRecorded', config.unrecordedGaps, {
      observed: unrecorded,
      detail: unrecorded === 0 ? '' : `${unequal.slice(0, 4).join(' ')} ${detail}`,
    }),
  ];
}

function rebuildCheck(context: G0Context): GateCheck {
  const { deltas, unsyncedDeltas, config } = context;
  const threshold = config.unsyncedDeltasPpm.max;
  if (deltas === 0) {
    const none = { observed: 'no deltas', threshold, detail: '' };
    return { id: 'book.rebuild', ...none, verdict: 'notApplicable' };
  }
  return limitCheck('book.rebuild', config.unsyncedDeltasPpm, {
    observed: Math.floor((unsyncedDeltas / deltas) * 1_000_000),
    detail: `${unsyncedDeltas} of ${deltas} deltas met no synced book; while it is refused, crossing cannot be seen.`,
  });
}

function outsideCheck(context: G0Context): GateCheck {
  const { trades, beyondTouch, farthestTicks, farthestPpm, tallies, config } = context;
  const about = `${beyondTouch} of ${trades} trades printed beyond the last quote, at most ${farthestTicks} ticks or ${farthestPpm} ppm of the price.`;
  return limitCheck('trade.outsideBook', config.outside, {
    observed: tallies.outside.count,
    detail: tallies.outside.first === '' ? about : `${tallies.outside.first} ${about}`,
  });
}

function coverageChecks(context: G0Context, universe: readonly string[] | null): GateCheck[] {
  const { config, instruments } = context;
  if (universe === null || universe.length === 0) {
    const none = { observed: 'no universe', verdict: 'notApplicable' } as const;
    const detail = 'no universe was declared';
    return [
      { id: 'instrument.coverage', threshold: config.uncovered.max, ...none, detail },
      { id: 'instrument.extra', threshold: config.extra.max, ...none, detail },
    ];
  }
  const missing = [...new Set(universe)].filter((inst) => {
    const state = instruments.get(inst);
    return state === undefined || state.declared === null || state.events === 0;
  });
  const extra = [...instruments.values()].filter(
    ({ inst, events }) => events > 0 && !universe.includes(inst),
  );
  const list = (ids: readonly string[]): string => ids.slice(0, 8).join(', ');
  const rest = extra.map(({ inst }) => inst);
  return [
    limitCheck('instrument.coverage', config.uncovered, {
      observed: missing.length,
      detail:
        missing.length === 0
          ? `${universe.length} instruments.`
          : `Without declaration or data: ${list(missing)}.`,
    }),
    limitCheck('instrument.extra', config.extra, {
      observed: rest.length,
      detail: rest.length === 0 ? '' : `Not in the universe: ${list(rest)}.`,
    }),
  ];
}

/** What was said of the session apart from its log; null where nothing was. */
export interface Declared {
  readonly universe: readonly string[] | null;
  readonly end: SessionEnd | null;
}

/** All checks of G0, in the order the documentation lists them. */
export function dataTruthChecks(context: G0Context, declared: Declared): readonly GateCheck[] {
  const { config, tallies } = context;
  return [
    substanceCheck(context),
    completeCheck(context, declared.end),
    salvagedCheck(context),
    schemaCheck(context),
    tallyCheck('seq.continuity', config.seqBreaks, tallies.seqBreaks),
    ...messageChecks(context),
    ...gapChecks(context),
    tallyCheck('quote.crossed', config.crossed, tallies.quoteCrossed),
    tallyCheck('quote.locked', config.locked, tallies.quoteLocked),
    rebuildCheck(context),
    tallyCheck('book.crossed', config.crossed, tallies.bookCrossed),
    tallyCheck('book.locked', config.locked, tallies.bookLocked),
    tallyCheck('price.positive', config.nonPositive, tallies.price),
    tallyCheck('qty.positive', config.nonPositive, tallies.qty),
    tallyCheck('bar.range', config.nonPositive, tallies.barRange),
    tallyCheck('price.tick', config.offTick, tallies.offTick),
    tallyCheck('qty.lot', config.offLot, tallies.offLot),
    tallyCheck('time.rxOrder', config.rxBackwards, tallies.rxBackwards),
    tallyCheck('time.tsOrder', config.tsBackwards, tallies.tsBackwards),
    tallyCheck('time.clockSteps', config.clockSteps, tallies.clockSteps),
    ...timingChecks(context),
    tallyCheck('trade.duplicate', config.duplicates, tallies.tradeDuplicates),
    tallyCheck('quote.duplicate', config.duplicates, tallies.quoteDuplicates),
    tallyCheck('delta.duplicate', config.duplicates, tallies.deltaDuplicates),
    tallyCheck('venue.order', config.outOfOrder, tallies.outOfOrder),
    outsideCheck(context),
    tallyCheck('instrument.declared', config.undeclared, tallies.undeclared),
    ...coverageChecks(context, declared.universe),
    tallyCheck('instrument.inferred', config.inferred, tallies.inferred),
  ];
}
