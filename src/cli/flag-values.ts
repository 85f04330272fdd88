/**
 * Values of flags, checked.
 * @module
 */
import { InvalidArgumentError } from 'commander';

/** An integer from 1 to 2^53 - 1; beyond, a number would stand for its neighbour. */
export const positiveInteger = (text: string): number => {
  if (!/^[1-9][0-9]{0,15}$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new InvalidArgumentError('expected an integer from 1 to 2^53 - 1');
  }
  return Number(text);
};

/** A TCP port; 0 for any free one. */
export const port = (text: string): number => {
  if (!/^[0-9]{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new InvalidArgumentError('expected a port from 0 (any free one) to 65535');
  }
  return Number(text);
};

/** An integer from 0 to 2^64 - 1. */
export const unsigned64 = (text: string): bigint => {
  if (!/^[0-9]{1,20}$/.test(text) || BigInt(text) >= 2n ** 64n) {
    throw new InvalidArgumentError('expected an integer from 0 to 2^64 - 1');
  }
  return BigInt(text);
};

/** An integer from 0 to 10^15. */
export const unsignedInteger = (text: string): number => {
  if (!/^(0|[1-9][0-9]{0,14})$/.test(text)) {
    throw new InvalidArgumentError('expected an integer from 0');
  }
  return Number(text);
};

/** A time in microseconds since 1970, or as ISO 8601 in UTC with up to six digits of a second. */
export const instant = (text: string): number => {
  if (/^(0|[1-9][0-9]{0,15})$/.test(text) && Number.isSafeInteger(Number(text))) {
    return Number(text);
  }
  const [, seconds = '', fraction = ''] =
    /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?Z$/.exec(text) ?? [];
  const ms = Date.parse(`${seconds}Z`);
  // Of a day that no calendar has, such as February 31, parsing makes a day of March.
  const real = !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(seconds);
  if (seconds === '' || !real) {
    throw new InvalidArgumentError('expected microseconds or a UTC time like 2024-08-09T00:00:04Z');
  }
  return ms * 1000 + Number(fraction.padEnd(6, '0'));
};
