/** Event times in the texts of messages. @module */

/** Messages whose `T` is when the event happened; elsewhere it may be a time to come. */
const EVENT_T = /^\{"e":"(?:depthUpdate|trade|aggTrade|bookTicker)"/;
const E = /"E":(\d{13})(?!\d)/;
const T = /"T":(\d{13})(?!\d)/;
const ALL_TIMES = /"([ETt])":(\d{13})(?!\d)/g;
const KLINE = /^\{"e":"(?:kline|continuous_kline)"/;

/** Event time of a message, ms; null where it has none. */
export function eventTimeMs(data: string): number | null {
  const digits = E.exec(data)?.[1];
  return digits === undefined ? null : Number.parseInt(digits, 10);
}

/** A message whose event times are off by `shiftMs`. */
export function shiftTimes(data: string, shiftMs: number): string {
  if (shiftMs === 0) return data;
  const shifted = (name: string) => (_: string, digits: string) =>
    `"${name}":${Number.parseInt(digits, 10) + shiftMs}`;
  const moved = data.replace(E, shifted('E'));
  return EVENT_T.test(data) ? moved.replace(T, shifted('T')) : moved;
}

/** A message with all its times in µs, as `timeUnit=MICROSECOND` asks for. */
export function microseconds(data: string): string {
  const withStart = KLINE.test(data);
  return data.replace(ALL_TIMES, (whole, name: string, digits: string) =>
    name === 't' && !withStart ? whole : `"${name}":${digits}000`,
  );
}
