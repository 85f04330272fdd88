/**
 * Times: order of venue stamps, latency against the receive clock, silence.
 * @module
 */
import type { GateCheck } from '../report.js';
import type { G0Context, MarketEvent } from './context.js';
import type { InstrumentState } from './instrument-state.js';
import { type StreamTiming, streamTiming } from './stream.js';
import { hit, limitCheck } from './tally.js';

/** Takes the times of one market event. */
export function scanTiming(context: G0Context, state: InstrumentState, event: MarketEvent): void {
  const { rx, ts, seq, t } = event;
  if (state.lastRx >= 0) state.intervals.add(Math.max(0, rx - state.lastRx));
  state.lastRx = rx;
  let stream = state.streams.get(t);
  if (stream === undefined) {
    stream = streamTiming(`${state.inst} ${t}`, t, rx);
    state.streams.set(t, stream);
  }
  if (rx - stream.lastRx > stream.silence) {
    stream.silence = rx - stream.lastRx;
    stream.silenceSeq = seq;
  }
  stream.lastRx = rx;
  if (ts === null) return;
  const before = stream.lastTs;
  if (ts < before) {
    hit(context.tallies.tsBackwards, seq, () => `${state.inst} ${t} ts ${ts} after ${before}`);
  } else stream.lastTs = ts;
  stream.latency.add(rx - ts);
}

const streamsOf = (context: G0Context): StreamTiming[] =>
  [...context.instruments.values()].flatMap((state) => [...state.streams.values()]);

/** How many streams a detail names. */
const SHOWN = 8;

const MEDIAN_PPM = 500_000;

function latencyChecks(context: G0Context, streams: readonly StreamTiming[]): GateCheck[] {
  const { negativeLatencyUs, latencyUs } = context.config;
  const stamped = streams.filter((stream) => stream.latency.count > 0);
  if (stamped.length === 0) {
    const none = { observed: 'no venue time', verdict: 'notApplicable', detail: '' } as const;
    return [
      { id: 'clock.skew', threshold: -negativeLatencyUs.max, ...none },
      { id: 'latency.median', threshold: latencyUs.max, ...none },
    ];
  }
  const medians = stamped.map((stream) => stream.latency.quantile(MEDIAN_PPM));
  const lowest = Math.min(...medians);
  const highest = Math.max(...medians);
  const figures = stamped
    .slice(0, SHOWN)
    .map(({ name, latency }, i) => `${name} ${latency.min}/${medians[i]}/${latency.max}`)
    .join('; ');
  const measured = `Receive minus venue time, µs, min/median/max: ${figures}`;
  const negative = lowest < -negativeLatencyUs.max;
  return [
    {
      id: 'clock.skew',
      observed: lowest,
      threshold: -negativeLatencyUs.max,
      verdict: negative ? negativeLatencyUs.over : 'pass',
      detail: negative
        ? `Negative latency (clock skew): the receive clock is behind the venue's by ${-lowest} µs or more. ${measured}.`
        : `${measured}.`,
    },
    limitCheck('latency.median', latencyUs, { observed: highest, detail: `${measured}.` }),
  ];
}

/** Longest silence of a stream, also before its first and after its last event. */
function silenceOf(context: G0Context, stream: StreamTiming): { us: number; where: string } {
  const head = stream.firstRx - context.firstRx;
  const tail = context.lastRx - stream.lastRx;
  if (head > stream.silence && head >= tail) return { us: head, where: 'before its first event' };
  if (tail > stream.silence) return { us: tail, where: 'after its last event' };
  return { us: stream.silence, where: `before seq ${stream.silenceSeq}` };
}

function silenceChecks(context: G0Context, streams: readonly StreamTiming[]): GateCheck[] {
  return Object.entries(context.config.silenceUs).map(([type, limit]) => {
    const id = `silence.${type}`;
    const found = streams
      .filter((stream) => stream.type === type)
      .map((stream) => ({ name: stream.name, ...silenceOf(context, stream) }))
      .sort((a, b) => b.us - a.us)[0];
    if (found === undefined) {
      const none = { observed: 'no such stream', threshold: limit.max, detail: '' };
      return { id, ...none, verdict: 'notApplicable' };
    }
    const detail = `Longest silence, µs: ${found.name}, ${found.where}.`;
    return limitCheck(id, limit, { observed: found.us, detail });
  });
}

/** Share of the session, ppm, during which nothing came for the worst instrument. */
function staleCheck(context: G0Context): GateCheck {
  const { stalePpm, staleFloorUs, staleMedianMultiple } = context.config;
  const span = context.lastRx - context.firstRx;
  let worst = { ppm: 0, detail: 'Never stale.' };
  for (const state of context.instruments.values()) {
    if (state.intervals.count === 0 || span <= 0) continue;
    const median = state.intervals.quantile(MEDIAN_PPM);
    const bound = Math.max(staleFloorUs, staleMedianMultiple * median);
    const ppm = Math.min(
      1_000_000,
      Math.floor((state.intervals.excessOver(bound) / span) * 1_000_000),
    );
    if (ppm > worst.ppm) {
      worst = { ppm, detail: `${state.inst}: stale when nothing came for ${bound} µs.` };
    }
  }
  return limitCheck('staleness.share', stalePpm, { observed: worst.ppm, detail: worst.detail });
}

/** The checks on latency, silence and staleness. */
export function timingChecks(context: G0Context): GateCheck[] {
  const streams = streamsOf(context);
  return [
    ...latencyChecks(context, streams),
    ...silenceChecks(context, streams),
    staleCheck(context),
  ];
}
