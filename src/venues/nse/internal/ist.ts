/**
 * Dates and times as the exchange's files write them, in Indian Standard Time.
 * @module
 */
import { parseMantissa } from '../../../fixed-point/index.js';

export const DAY_US = 86_400_000_000;
/** IST is UTC+05:30 the whole year. */
const IST_US = 19_800_000_000;
/** Contracts end with the trading of their last day, 15:30 IST. */
const CLOSE_US = 55_800_000_000;

const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const ISO = /^(\d{4})-(\d{2})-(\d{2})$/;
const NAMED = /^(\d{2})-([A-Za-z]{3})-(\d{4})$/;
const CLOCK = /^(\d{2}):(\d{2}):(\d{2})$/;

/** A day of the calendar. */
export interface Day {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  /** Days since 1970-01-01. */
  readonly index: number;
}

const digits = (text: string | undefined): number => parseMantissa(text ?? '', 0);

function dayOf(year: number, month: number, day: number): Day | null {
  const index = Date.UTC(year, month - 1, day) / 86_400_000;
  const first = Date.UTC(year, month - 1, 1) / 86_400_000;
  const next = Date.UTC(year, month, 1) / 86_400_000;
  const real = year >= 1990 && year < 2100 && month >= 1 && month <= 12;
  return real && index >= first && index < next ? { year, month, day, index } : null;
}

/** `2026-02-03` or `03-Feb-2026`; null when it is no day. */
export function parseDay(text: string): Day | null {
  const iso = ISO.exec(text);
  if (iso !== null) return dayOf(digits(iso[1]), digits(iso[2]), digits(iso[3]));
  const named = NAMED.exec(text);
  const month = MONTHS.indexOf((named?.[2] ?? '').toUpperCase()) + 1;
  if (named === null || month === 0) return null;
  return dayOf(digits(named[3]), month, digits(named[1]));
}

/** `2026-02-02 12:24:59` or `28-Mar-2022 10:47:19`, IST; µs, null when it is none. */
export function parseStamp(text: string): number | null {
  const [date = '', time = '', ...rest] = text.split(' ');
  const day = parseDay(date);
  const parts = CLOCK.exec(time);
  if (day === null || parts === null || rest.length > 0) return null;
  const [hour, minute, second] = [digits(parts[1]), digits(parts[2]), digits(parts[3])];
  if (hour > 23 || minute > 59 || second > 59) return null;
  return startOfDay(day) + ((hour * 60 + minute) * 60 + second) * 1_000_000;
}

/** Midnight IST at which the day begins, µs. */
export const startOfDay = (day: Day): number => day.index * DAY_US - IST_US;

/** 15:30 IST of the day, µs. */
export const closeOfDay = (day: Day): number => startOfDay(day) + CLOSE_US;

/** Days since 1970-01-01 of the IST day that holds a time. */
export const dayAt = (us: number): number => Math.floor((us + IST_US) / DAY_US);

/** Day of the week, 0 = Sunday. */
export const weekday = (index: number): number => (index + 4) % 7;

/** True when the two days, counted since 1970-01-01, lie in one calendar month. */
export const isSameMonth = (day: Day, index: number): boolean =>
  index >= day.index - day.day + 1 && index < Date.UTC(day.year, day.month, 1) / 86_400_000;

/** `26`, `FEB`, `2`, `03` of 2026-02-03: the parts of contract names. */
export function nameParts(day: Day): {
  readonly year: string;
  readonly month: string;
  readonly monthLetter: string;
  readonly day: string;
} {
  return {
    year: String(day.year % 100).padStart(2, '0'),
    month: MONTHS[day.month - 1] as string,
    monthLetter: '123456789OND'.charAt(day.month - 1),
    day: String(day.day).padStart(2, '0'),
  };
}

/** `31-Dec-2026` as `31-12-2026`, as identifiers of chains write it. */
export const dashed = (day: Day): string =>
  `${String(day.day).padStart(2, '0')}-${String(day.month).padStart(2, '0')}-${day.year}`;
