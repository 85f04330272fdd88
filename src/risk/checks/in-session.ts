/**
 * Whether the venue trades now.
 * @module
 */
import * as z from 'zod/mini';
import type { InstrumentBody } from '../../events/index.js';
import { type TradingHours, type TradingSchedule, tradingHours } from '../../market/index.js';
import type { RiskCheck } from '../types.js';
import { type CheckEntry, countSchema } from './entry.js';
import { ANY, integerFrom, limitsByKey } from './limits.js';
import { holds, isKnown, refuses } from './result.js';

/** The hours of an instrument: the most exact key goes first. */
function hoursOf(
  hours: ReadonlyMap<string, TradingHours>,
  { instrumentId, segment, venue }: InstrumentBody,
): TradingHours | null {
  return (
    hours.get(instrumentId) ??
    hours.get(`${venue}:${segment}`) ??
    hours.get(venue) ??
    hours.get(ANY) ??
    null
  );
}

/** The same data without what may have been handed in besides. */
function copyOf(schedule: TradingSchedule) {
  const { close, holidays, open, special, utcOffsetMinutes, weekdays } = schedule;
  return {
    close,
    holidays: [...holidays],
    open,
    special: special.map((day) => ({ close: day.close, date: day.date, open: day.open })),
    utcOffsetMinutes,
    weekdays: [...weekdays],
  };
}

/**
 * Denies an order outside of the hours of its venue, on logged time.
 *
 * @param options - `schedules`: hours by instrument id, `VENUE:SEGMENT`, `VENUE`, or `*` for all
 *   others, the most exact first; an instrument without any is denied. `untilUs`: moment (µs since
 *   the epoch) up to which holidays are known: from then on all orders are denied; null for hours
 *   without holidays
 * @throws QL_BAD_INPUT for what is no time, date, weekday or offset
 * @example
 * ```ts
 * import { ALWAYS_OPEN } from 'quantlaxmi/market';
 * import { inSession } from 'quantlaxmi/risk';
 *
 * inSession({ schedules: { BINANCE: ALWAYS_OPEN }, untilUs: null }).id;
 * // => 'inSession'
 * ```
 */
export function inSession(options: {
  readonly schedules: Readonly<Record<string, TradingSchedule>>;
  readonly untilUs: number | null;
}): RiskCheck {
  const hours = limitsByKey('inSession', options.schedules, (schedule) => tradingHours(schedule));
  const untilUs =
    options.untilUs === null
      ? null
      : integerFrom('inSession: untilUs', options.untilUs, { min: 1 });
  const until = String(untilUs);
  return {
    id: 'inSession',
    inputs: ['nowUs', 'instrument'],
    spec: {
      check: 'inSession',
      schedules: Object.fromEntries(
        Object.entries(options.schedules).map(([key, schedule]) => [key, copyOf(schedule)]),
      ),
      untilUs,
    },
    evaluate(intent, view) {
      const instrument = view.instrument(intent.inst);
      if (instrument === null) return refuses('QL_RISK_INSTRUMENT_UNKNOWN', '', '');
      const own = hoursOf(hours, instrument);
      if (own === null) return refuses('QL_RISK_LIMIT_UNSET', '', '');
      const { nowUs } = view;
      const observed = String(nowUs);
      if (!isKnown(nowUs)) return refuses('QL_RISK_SESSION_CLOSED', '', '');
      if (untilUs !== null && nowUs >= untilUs) {
        return refuses('QL_RISK_LIMIT_EXPIRED', observed, until);
      }
      return own.isOpen(nowUs)
        ? holds(observed, '')
        : refuses('QL_RISK_SESSION_CLOSED', observed, '');
    },
  };
}

const schema = () => {
  const special = z.strictObject({ date: z.string(), open: z.string(), close: z.string() });
  const schedule = z.strictObject({
    utcOffsetMinutes: z.int(),
    open: z.string(),
    close: z.string(),
    weekdays: z.array(z.int()),
    holidays: z.array(z.string()),
    special: z.array(special),
  });
  return z.strictObject({
    check: z.literal('inSession'),
    schedules: z.record(z.string(), schedule),
    untilUs: z.nullable(countSchema()),
  });
};

/** Entry of {@link inSession}. */
export const inSessionCheckEntry: CheckEntry<ReturnType<typeof schema>> = {
  check: 'inSession',
  schema,
  make: inSession,
  doc: {
    what: 'Trading hours of the venue, segment or instrument, holidays and special sessions too.',
    codes: [
      'QL_RISK_INSTRUMENT_UNKNOWN',
      'QL_RISK_LIMIT_EXPIRED',
      'QL_RISK_LIMIT_UNSET',
      'QL_RISK_SESSION_CLOSED',
    ],
    unit: 'µs since the epoch',
    default: 'none',
    source: 'calendars of the exchanges',
  },
};
