/**
 * Times of Indian Standard Time, as Kite's answers write them, and when an access token ends.
 * @module
 */
import { QuantlaxmiError } from '../../../core/index.js';
import { parseMantissa } from '../../../fixed-point/index.js';

/** IST is UTC+05:30 the whole year. */
const IST_OFFSET_US = 19_800_000_000;
const DAY_US = 86_400_000_000;
/** Access tokens end at 06:00 IST. */
const TOKEN_END_US = 21_600_000_000;

const STAMP = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/;

/**
 * A time stamp of an answer, `yyyy-mm-dd hh:mm:ss` in IST.
 *
 * @param text - e.g. `2021-01-01 16:15:14`
 * @returns µs since the epoch
 * @throws QuantlaxmiError QL_BAD_INPUT when it is no such time, none that a calendar has, or not of
 * the years 1971 to 2254
 * @example
 * ```ts
 * import { istTimeUs } from 'quantlaxmi/venues/zerodha';
 *
 * istTimeUs('2021-01-01 16:15:14'); // => 1609497914000000
 * ```
 */
export const istTimeUs = (text: string): number => {
  const parts = STAMP.exec(text)
    ?.slice(1)
    .map((digits) => parseMantissa(digits, 0));
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts ?? [];
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const dayOfMonth = Date.UTC(year, month, 0) - Date.UTC(year, month - 1, 1);
  const real =
    parts !== undefined &&
    // Whole µs are exact until 2255, and no time of an event lies before the epoch.
    year > 1970 &&
    year < 2255 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    (day - 1) * 86_400_000 <= dayOfMonth &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  if (!real) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `time ${JSON.stringify(text.slice(0, 40))}: expected yyyy-mm-dd hh:mm:ss in IST`,
    );
  }
  return ms * 1000 - IST_OFFSET_US;
};

/** `2021-01-01 16:15:14` of a time in µs, as requests for candles take it. */
export const istTimeText = (us: number): string => {
  const seconds = Math.floor((us + IST_OFFSET_US) / 1_000_000);
  const days = Math.floor(seconds / 86_400);
  const inDay = seconds - days * 86_400;
  // Civil date from days (Howard Hinnant, "chrono-compatible low-level date algorithms").
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const two = (n: number): string => String(n).padStart(2, '0');
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
  const hour = Math.floor(inDay / 3_600);
  return `${date} ${two(hour)}:${two(Math.floor(inDay / 60) % 60)}:${two(inDay % 60)}`;
};

/**
 * When an access token ends at the latest. The documents say "it'll expire at 6 AM on the next day
 * (regulatory requirement)" (kite.trade/docs/connect/v3/user); a token of an early morning has been
 * seen to end on the same morning. So this gives the first 06:00 IST after the login: never later
 * than the venue's own end. A logout, a master logout from Kite web or another login with the same
 * API key ends it before that.
 *
 * A ticker connection that is open is not closed by it: the venue looks at the token at the
 * handshake only. The next reconnect is refused.
 *
 * @param loginUs - time of login, µs since the epoch
 * @returns µs since the epoch
 * @example
 * ```ts
 * import { istTimeUs, tokenExpiryUs } from 'quantlaxmi/venues/zerodha';
 *
 * tokenExpiryUs(istTimeUs('2026-08-24 08:55:00')) === istTimeUs('2026-08-25 06:00:00'); // => true
 * ```
 */
export const tokenExpiryUs = (loginUs: number): number => {
  const sinceEnd = loginUs + IST_OFFSET_US - TOKEN_END_US;
  const days = Math.floor(sinceEnd / DAY_US) + 1;
  return days * DAY_US - IST_OFFSET_US + TOKEN_END_US;
};
