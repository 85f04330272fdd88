import { expect } from 'vitest';
import { parse, type Rule } from './source.js';

/** Proves that a rule reports each offending text, and stays silent on each allowed one. */
export const proveRule = (
  rule: Rule,
  samples: {
    readonly path: string;
    readonly offending: readonly string[];
    readonly allowed: readonly string[];
  },
): void => {
  for (const text of samples.offending) {
    expect(rule(parse(samples.path, text)), `must be reported: ${text}`).not.toEqual([]);
  }
  for (const text of samples.allowed) {
    expect(rule(parse(samples.path, text)), `must be allowed: ${text}`).toEqual([]);
  }
};
