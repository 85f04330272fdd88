/**
 * Trading sessions as data: when a venue trades, by its own wall clock.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';

/** One day's hours that replace the regular ones, also on a weekend or a holiday. */
export interface SpecialSession {
  /** Local date `YYYY-MM-DD` on which it opens. */
  readonly date: string;
  /** `HH:MM`, local. */
  readonly open: string;
  /** `HH:MM`, local; up to `24:00`. Not after `open`: on the next date. */
  readonly close: string;
}

/**
 * Hours of a venue. Times are local, at a fixed offset from UTC: a venue with daylight saving time
 * needs a schedule for each part of the year. A session belongs to the date on which it opens.
 */
export interface TradingSchedule {
  /** Minutes that local time is ahead of UTC, -1440 to 1440 (India: 330). */
  readonly utcOffsetMinutes: number;
  /** `HH:MM`, local; the first moment of the session. */
  readonly open: string;
  /** `HH:MM`, local; the first moment after it. Not after `open`: on the next date. */
  readonly close: string;
  /** Days of the week that trade: 1 Monday to 7 Sunday. */
  readonly weekdays: readonly number[];
  /** Local dates `YYYY-MM-DD` without a regular session. */
  readonly holidays: readonly string[];
  /** Sessions that replace the regular one of their date; a date may have several. */
  readonly special: readonly SpecialSession[];
}

/** A schedule made ready to be asked. */
export interface TradingHours {
  /**
   * Whether it trades at a moment. O(1); false for what is not a moment.
   *
   * @param us - µs since the epoch
   */
  isOpen(us: number): boolean;
  /**
   * The first moment from `us` on at which it trades: `us` itself within a session; null when there
   * is none any more.
   *
   * @param us - µs since the epoch
   */
  nextOpenUs(us: number): number | null;
}

/** Every day, around the clock. */
export const ALWAYS_OPEN: TradingSchedule = Object.freeze({
  utcOffsetMinutes: 0,
  open: '00:00',
  close: '24:00',
  weekdays: Object.freeze([1, 2, 3, 4, 5, 6, 7]),
  holidays: Object.freeze([]),
  special: Object.freeze([]),
});

const MINUTE_US = 60_000_000;
const DAY_MINUTES = 1_440;
const DAY_US = DAY_MINUTES * MINUTE_US;
const TIME = /^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/;
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const MONTH_DAYS = Object.freeze([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]);

/** Minutes after the local midnight of the date it belongs to. */
interface Span {
  readonly from: number;
  readonly to: number;
}

function bad(place: string, found: unknown, expected: string): QuantlaxmiError {
  return new QuantlaxmiError(
    'QL_BAD_INPUT',
    `Trading schedule, ${place}: found ${String(found)}, expected ${expected}.`,
    { context: { place } },
  );
}

/** The number that `digits` decimal digits from `at` say. */
function digitsAt(text: string, at: number, digits: number): number {
  let value = 0;
  for (let i = at; i < at + digits; i += 1) value = value * 10 + text.charCodeAt(i) - 48;
  return value;
}

function minutesOf(text: string, place: string, last: boolean): number {
  if (last && text === '24:00') return DAY_MINUTES;
  if (typeof text !== 'string' || !TIME.test(text)) throw bad(place, text, 'a time HH:MM');
  return digitsAt(text, 0, 2) * 60 + digitsAt(text, 3, 2);
}

function spanOf(hours: { readonly open: string; readonly close: string }, place: string): Span {
  const from = minutesOf(hours.open, `${place}open`, false);
  const to = minutesOf(hours.close, `${place}close`, true);
  return { from, to: to > from ? to : to + DAY_MINUTES };
}

/** Days since 1970-01-01 of a date of the Gregorian calendar (Hinnant, chrono algorithms). */
function dayOf(date: string, place: string): number {
  if (typeof date !== 'string' || !DATE.test(date)) throw bad(place, date, 'a date YYYY-MM-DD');
  const year = digitsAt(date, 0, 4);
  const month = digitsAt(date, 5, 2);
  const day = digitsAt(date, 8, 2);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = (MONTH_DAYS[month - 1] ?? 0) + (month === 2 && leap ? 1 : 0);
  if (day < 1 || day > days) throw bad(place, date, 'a date of the calendar');
  // Years begin in March, so that the leap day is the last of them; an era has 400 years.
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const leaps = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * 146_097 + yearOfEra * 365 + leaps + dayOfYear - 719_468;
}

class Hours implements TradingHours {
  readonly #offsetUs: number;
  readonly #regular: readonly Span[];
  readonly #weekdays: ReadonlySet<number>;
  readonly #holidays: ReadonlySet<number>;
  readonly #special = new Map<number, Span[]>();

  constructor(schedule: TradingSchedule) {
    const { utcOffsetMinutes: offset, weekdays, holidays, special } = schedule;
    if (!Number.isInteger(offset) || Math.abs(offset) > DAY_MINUTES) {
      throw bad('utcOffsetMinutes', offset, 'an integer from -1440 to 1440');
    }
    for (const day of weekdays) {
      if (![1, 2, 3, 4, 5, 6, 7].includes(day)) throw bad('weekdays', day, 'an integer 1 to 7');
    }
    this.#offsetUs = offset * MINUTE_US;
    this.#weekdays = new Set(weekdays);
    this.#regular = [spanOf(schedule, '')];
    this.#holidays = new Set(holidays.map((date, i) => dayOf(date, `holidays[${i}]`)));
    for (const [i, hours] of special.entries()) {
      const day = dayOf(hours.date, `special[${i}].date`);
      const spans = this.#special.get(day) ?? [];
      spans.push(spanOf(hours, `special[${i}].`));
      spans.sort((a, b) => a.from - b.from);
      this.#special.set(day, spans);
    }
  }

  isOpen(us: number): boolean {
    if (!Number.isSafeInteger(us)) return false;
    const local = us + this.#offsetUs;
    const day = Math.floor(local / DAY_US);
    const sinceUs = local - day * DAY_US;
    // A session may reach over midnight, and then ends on the date after its own.
    return this.#holds(day, sinceUs) || this.#holds(day - 1, sinceUs + DAY_US);
  }

  nextOpenUs(us: number): number | null {
    if (!Number.isSafeInteger(us)) return null;
    if (this.isOpen(us)) return us;
    const today = Math.floor((us + this.#offsetUs) / DAY_US);
    const from = (day: number): number | null => {
      for (const span of this.#spans(day)) {
        const opensUs = day * DAY_US + span.from * MINUTE_US - this.#offsetUs;
        if (opensUs >= us) return opensUs;
      }
      return null;
    };
    // A week without a regular session holds an exception; so many weeks are enough.
    const weeks = this.#holidays.size + this.#special.size + 2;
    for (let day = today; day <= today + 7 * weeks; day += 1) {
      const opensUs = from(day);
      if (opensUs !== null) return opensUs;
    }
    let first: number | null = null;
    for (const day of this.#special.keys()) {
      const opensUs = from(day);
      if (opensUs !== null && (first === null || opensUs < first)) first = opensUs;
    }
    return first;
  }

  /** Whether a session of `day` covers a moment so long after its midnight. */
  #holds(day: number, sinceUs: number): boolean {
    for (const { from, to } of this.#spans(day)) {
      if (sinceUs >= from * MINUTE_US && sinceUs < to * MINUTE_US) return true;
    }
    return false;
  }

  #spans(day: number): readonly Span[] {
    const special = this.#special.get(day);
    if (special !== undefined) return special;
    if (this.#holidays.has(day)) return [];
    // 1970-01-01 was a Thursday.
    const weekday = ((((day + 3) % 7) + 7) % 7) + 1;
    return this.#weekdays.has(weekday) ? this.#regular : [];
  }
}

/**
 * Makes a schedule ready to be asked. Whole numbers only: the answer is the same on every engine
 * and knows no time zone of the machine.
 *
 * @param schedule - hours, weekdays, holidays and special sessions; O(their number)
 * @throws QL_BAD_INPUT for what is no time, date, weekday or offset
 * @example
 * ```ts
 * import { tradingHours } from 'quantlaxmi/market';
 *
 * const nse = tradingHours({
 *   utcOffsetMinutes: 330,
 *   open: '09:15',
 *   close: '15:30',
 *   weekdays: [1, 2, 3, 4, 5],
 *   holidays: ['2026-11-24'],
 *   special: [],
 * });
 * // Monday, 2026-11-23, 03:45 UTC is 09:15 in Mumbai.
 * nse.isOpen(1_795_405_500_000_000); // => true
 * nse.isOpen(1_795_405_499_999_999); // => false
 * // After Monday's close comes Wednesday's open: Tuesday is a holiday.
 * nse.nextOpenUs(1_795_428_000_000_000); // => 1795578300000000
 * ```
 */
export function tradingHours(schedule: TradingSchedule): TradingHours {
  return new Hours(schedule);
}

/**
 * Whether a venue trades at a moment. Reads the whole schedule: where it is asked often, keep what
 * {@link tradingHours} gives.
 *
 * @param schedule - hours of the venue
 * @param us - µs since the epoch
 * @throws QL_BAD_INPUT for what is no time, date, weekday or offset
 * @example
 * ```ts
 * import { ALWAYS_OPEN, isInSession } from 'quantlaxmi/market';
 *
 * isInSession(ALWAYS_OPEN, 1_795_405_500_000_000); // => true
 * isInSession({ ...ALWAYS_OPEN, holidays: ['2026-11-23'] }, 1_795_405_500_000_000); // => false
 * ```
 */
export function isInSession(schedule: TradingSchedule, us: number): boolean {
  return tradingHours(schedule).isOpen(us);
}
