import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  ALWAYS_OPEN,
  isInSession,
  type SpecialSession,
  type TradingSchedule,
  tradingHours,
} from 'quantlaxmi/market';
import { describe, expect, test } from 'vitest';

const MINUTE = 60_000_000;
const DAY = 1_440 * MINUTE;
const nse: TradingSchedule = {
  utcOffsetMinutes: 330,
  open: '09:15',
  close: '15:30',
  weekdays: [1, 2, 3, 4, 5],
  holidays: ['2026-11-24'],
  special: [{ date: '2026-11-08', open: '18:00', close: '19:15' }],
};
/** µs of a moment given as ISO text; `Date` is the judge of this test. */
const at = (text: string): number => Date.parse(text) * 1_000;

describe('MARKET-11: hours by the wall clock of the venue', () => {
  test('the first moment is in, the last is not', () => {
    const hours = tradingHours(nse);
    expect(hours.isOpen(at('2026-11-23T09:15:00+05:30'))).toBe(true);
    expect(hours.isOpen(at('2026-11-23T09:15:00+05:30') - 1)).toBe(false);
    expect(hours.isOpen(at('2026-11-23T15:30:00+05:30') - 1)).toBe(true);
    expect(hours.isOpen(at('2026-11-23T15:30:00+05:30'))).toBe(false);
    expect(hours.isOpen(at('2026-11-24T12:00:00+05:30'))).toBe(false);
    expect(hours.isOpen(at('2026-11-28T12:00:00+05:30'))).toBe(false);
  });

  test('a special session holds instead of the regular one, also on a Sunday', () => {
    const hours = tradingHours(nse);
    expect(hours.isOpen(at('2026-11-08T18:30:00+05:30'))).toBe(true);
    expect(hours.isOpen(at('2026-11-08T12:00:00+05:30'))).toBe(false);
    const short = { date: '2026-11-24', open: '09:15', close: '10:00' };
    const both = tradingHours({ ...nse, special: [short] });
    expect(both.isOpen(at('2026-11-24T09:30:00+05:30'))).toBe(true);
    expect(both.isOpen(at('2026-11-24T10:00:00+05:30'))).toBe(false);
  });

  test('a session over midnight belongs to the date on which it opens', () => {
    const night: TradingSchedule = { ...nse, open: '20:00', close: '02:00', special: [] };
    expect(isInSession(night, at('2026-11-27T23:59:59+05:30'))).toBe(true);
    // Friday's session goes on into Saturday; Saturday has none of its own.
    expect(isInSession(night, at('2026-11-28T01:59:59+05:30'))).toBe(true);
    expect(isInSession(night, at('2026-11-28T02:00:00+05:30'))).toBe(false);
    expect(isInSession(night, at('2026-11-28T20:00:00+05:30'))).toBe(false);
    // The holiday's own session is gone, the one before runs into it.
    expect(isInSession(night, at('2026-11-24T01:00:00+05:30'))).toBe(true);
    expect(isInSession(night, at('2026-11-24T21:00:00+05:30'))).toBe(false);
  });

  test('the next opening steps over nights, weekends and holidays', () => {
    const { nextOpenUs } = { nextOpenUs: (us: number) => tradingHours(nse).nextOpenUs(us) };
    const within = at('2026-11-23T10:00:00+05:30');
    expect(nextOpenUs(within)).toBe(within);
    expect(nextOpenUs(at('2026-11-23T15:30:00+05:30'))).toBe(at('2026-11-25T09:15:00+05:30'));
    expect(nextOpenUs(at('2026-11-27T16:00:00+05:30'))).toBe(at('2026-11-30T09:15:00+05:30'));
    expect(nextOpenUs(at('2026-11-07T16:00:00+05:30'))).toBe(at('2026-11-08T18:00:00+05:30'));
    const never: TradingSchedule = { ...nse, weekdays: [] };
    expect(tradingHours(never).nextOpenUs(at('2020-01-01T00:00:00Z'))).toBe(
      at('2026-11-08T18:00:00+05:30'),
    );
    expect(tradingHours(never).nextOpenUs(at('2027-01-01T00:00:00Z'))).toBeNull();
  });

  test('always open is open, and what is no moment is not in session', () => {
    const hours = tradingHours(ALWAYS_OPEN);
    for (const us of [0, 1, DAY - 1, DAY, -1, 1_795_405_500_000_000]) {
      expect(hours.isOpen(us)).toBe(true);
    }
    for (const us of [Number.NaN, Number.POSITIVE_INFINITY, 0.5]) {
      expect(hours.isOpen(us)).toBe(false);
      expect(hours.nextOpenUs(us)).toBeNull();
    }
  });

  const wrong: [string, Partial<TradingSchedule>][] = [
    ['a time beyond the day', { open: '24:00' }],
    ['a time without a zero', { open: '9:15' }],
    ['a close beyond the day', { close: '24:01' }],
    ['a day that does not exist', { holidays: ['2025-02-29'] }],
    ['a month that does not exist', { holidays: ['2026-13-01'] }],
    [
      'a date of another form',
      { special: [{ date: '08-11-2026', open: '18:00', close: '19:00' }] },
    ],
    ['a weekday 0', { weekdays: [0] }],
    ['an offset of no whole minutes', { utcOffsetMinutes: 330.5 }],
  ];
  test.each(wrong)('refuses %s', (_, part) => {
    expect(() => tradingHours({ ...nse, ...part })).toThrow('Trading schedule');
  });
});

/** By `Date` and text, minute for minute: slow and plain to see. */
function slowIsOpen(schedule: TradingSchedule, us: number): boolean {
  const minutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  const localMs = Math.floor(us / 1_000) + schedule.utcOffsetMinutes * 60_000;
  return [0, -1].some((back) => {
    const date = new Date(localMs + back * 86_400_000);
    const name = date.toISOString().slice(0, 10);
    const since = date.getUTCHours() * 60 + date.getUTCMinutes() - back * 1_440;
    const special = schedule.special.filter((hours) => hours.date === name);
    const regular =
      schedule.weekdays.includes(date.getUTCDay() === 0 ? 7 : date.getUTCDay()) &&
      !schedule.holidays.includes(name);
    const sessions = special.length > 0 ? special : regular ? [schedule] : [];
    return sessions.some(({ open, close }) => {
      const end = minutes(close) > minutes(open) ? minutes(close) : minutes(close) + 1_440;
      return since >= minutes(open) && since < end;
    });
  });
}

const two = (n: number): string => String(n).padStart(2, '0');
const time = fc
  .tuple(fc.nat(23), fc.constantFrom(0, 1, 30, 59))
  .map(([h, m]) => `${two(h)}:${two(m)}`);
/** Dates around a leap day, so that schedules and moments meet. */
const date = fc
  .integer({ min: -12, max: 12 })
  .map((days) => new Date(Date.UTC(2024, 1, 29) + days * 86_400_000).toISOString().slice(0, 10));
const special: fc.Arbitrary<SpecialSession> = fc.record({ date, open: time, close: time });
const schedules: fc.Arbitrary<TradingSchedule> = fc.record({
  utcOffsetMinutes: fc.constantFrom(-720, -300, 0, 330, 840),
  open: time,
  close: fc.oneof(time, fc.constant('24:00')),
  weekdays: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { maxLength: 7 }),
  holidays: fc.array(date, { maxLength: 6 }),
  special: fc.array(special, { maxLength: 4 }),
});

test('MARKET-11: equals a model that reads dates as text', () => {
  const moments = fc.integer({ min: -14 * 1_440 * 2, max: 14 * 1_440 * 2 });
  fc.assert(
    fc.property(schedules, fc.array(moments, { maxLength: 20 }), (schedule, halfMinutes) => {
      const hours = tradingHours(schedule);
      const origin = Date.UTC(2024, 1, 29) * 1_000;
      for (const n of halfMinutes) {
        const us = origin + n * (MINUTE / 2);
        expect(hours.isOpen(us)).toBe(slowIsOpen(schedule, us));
        const next = hours.nextOpenUs(us);
        if (next === null) continue;
        expect(slowIsOpen(schedule, next)).toBe(true);
        expect(next).toBeGreaterThanOrEqual(us);
        // Nothing opens before it: a session begins on a whole minute.
        const first = Math.ceil(us / MINUTE) * MINUTE;
        const steps = Math.min(3_000, (next - first) / MINUTE);
        for (let k = 0; k < steps; k += 1) {
          expect(slowIsOpen(schedule, first + k * MINUTE)).toBe(false);
          if (steps > 300) k += 28;
        }
      }
    }),
    { numRuns: 150, seed: 11 },
  );
});

test('MARKET-11: dates are those of the calendar, from 1697 to 2243', () => {
  fc.assert(
    fc.property(fc.integer({ min: -99_700, max: 100_000 }), (day) => {
      const name = new Date(day * 86_400_000).toISOString().slice(0, 10);
      const only = {
        ...ALWAYS_OPEN,
        weekdays: [],
        special: [{ date: name, open: '00:00', close: '24:00' }],
      };
      const hours = tradingHours(only);
      expect([-1, 0, DAY - 1, DAY].map((us) => hours.isOpen(day * DAY + us))).toEqual([
        ...[false, true],
        ...[true, false],
      ]);
    }),
    { numRuns: 400, seed: 12 },
  );
});

interface CalendarCase {
  readonly kind: string;
  readonly date: string;
  readonly is_trading?: boolean;
  readonly open?: string;
  readonly close?: string;
}

const VECTORS = '../shared/vectors/calendar_nse.json';
const shared = existsSync(VECTORS);
if (!shared && process.env['REQUIRE_SHARED'] === '1') throw new Error(`${VECTORS} is missing`);

test.skipIf(!shared)('MARKET-11: the trading days and the session of the NSE', () => {
  const { meta, cases } = JSON.parse(readFileSync(VECTORS, 'utf8')) as {
    meta: { holidays_2025: string[]; holidays_2026: string[] };
    cases: CalendarCase[];
  };
  const holidays = [...meta.holidays_2025, ...meta.holidays_2026];
  const days = cases.filter(({ kind }) => kind === 'trading_day');
  const sessions = cases.filter(({ kind }) => kind === 'fo_session');
  expect([days.length, sessions.length]).toEqual([4, 1]);
  const hours = tradingHours({ ...nse, holidays, special: [] });
  for (const { date, is_trading } of days) {
    expect(hours.isOpen(at(`${date}T12:00:00+05:30`)), date).toBe(is_trading);
  }
  for (const { date, open, close } of sessions) {
    const opens = at(`${date}T${open}:00+05:30`);
    const closes = at(`${date}T${close}:00+05:30`);
    expect(hours.nextOpenUs(at(`${date}T00:00:00+05:30`))).toBe(opens);
    expect([opens - 1, opens, closes - 1, closes].map((us) => hours.isOpen(us))).toEqual([
      ...[false, true],
      ...[true, false],
    ]);
  }
});
