/**
 * Values of flags, checked.
 * @module
 */
import { InvalidArgumentError } from 'commander';

/** An integer from 1 to 2^53. */
export const positiveInteger = (text: string): number => {
  if (!/^[1-9][0-9]{0,15}$/.test(text))
    throw new InvalidArgumentError('expected a positive integer');
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
