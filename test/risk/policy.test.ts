import { isQuantlaxmiError } from 'quantlaxmi/core';
import {
  maxNotional,
  maxOrderRate,
  maxPosition,
  maxQty,
  parseRiskPolicy,
  quoteAge,
  RISK_REASONS,
  riskPolicy,
} from 'quantlaxmi/risk';
import { describe, expect, test } from 'vitest';
import { decide, inst, intent, policy } from './lib.js';

const refused = (run: () => unknown): boolean => {
  try {
    run();
    return false;
  } catch (error) {
    return isQuantlaxmiError(error, 'QL_BAD_INPUT') || isQuantlaxmiError(error, 'QL_FIXED_SYNTAX');
  }
};

test('RISK-7: a policy made again from its description is the same policy', () => {
  const all = riskPolicy({
    checks: [
      maxNotional({ notionalMax: { USDT: '50000', BTC: '1' } }),
      maxPosition({ qtyMax: { [inst]: '0.5' } }),
      maxQty({ qtyMax: { [inst]: '0.1' } }),
      quoteAge({ ageMaxUs: 2_000_000 }),
      maxOrderRate({ orders: 10, perUs: 1_000_000 }),
    ],
  });
  const again = parseRiskPolicy(JSON.parse(JSON.stringify(all.spec)));
  expect(again.hash).toBe(all.hash);
  expect(again.spec).toEqual(all.spec);
  expect(decide(intent(), {}, again)).toEqual(decide(intent(), {}, all));
});

test('RISK-7: every limit is in the hash', () => {
  const specs = [
    { check: 'maxNotional', notionalMax: { USDT: '1' } },
    { check: 'maxNotional', notionalMax: { USDT: '2' } },
    { check: 'maxNotional', notionalMax: { USDC: '1' } },
    { check: 'maxPosition', qtyMax: { USDT: '1' } },
    { check: 'maxQty', qtyMax: { USDT: '1' } },
    { check: 'quoteAge', ageMaxUs: 1 },
    { check: 'maxOrderRate', orders: 1, perUs: 2 },
    { check: 'maxOrderRate', orders: 2, perUs: 1 },
  ];
  const hashes = specs.map(
    (spec) => parseRiskPolicy({ fmt: 'quantlaxmi-risk/1', checks: [spec] }).hash,
  );
  expect(new Set(hashes).size).toBe(specs.length);
});

describe('RISK-7: no infinite, absent or malformed limit can be written', () => {
  test.each<[string, () => unknown]>([
    ['no checks', () => riskPolicy({ checks: [] })],
    ['a check twice', () => riskPolicy({ checks: [policy.checks[0], policy.checks[0]] as never })],
    ['an empty limit', () => maxNotional({ notionalMax: {} })],
    ['Infinity', () => maxNotional({ notionalMax: { USDT: 'Infinity' } })],
    ['a number', () => maxNotional({ notionalMax: { USDT: 5 as unknown as string } })],
    ['an exponent', () => maxPosition({ qtyMax: { [inst]: '1e9' } })],
    ['a negative limit', () => maxPosition({ qtyMax: { [inst]: '-1' } })],
    ['no text', () => maxQty({ qtyMax: { [inst]: '' } })],
    ['an age of 0', () => quoteAge({ ageMaxUs: 0 })],
    ['an infinite age', () => quoteAge({ ageMaxUs: Number.POSITIVE_INFINITY })],
    ['a rate of NaN', () => maxOrderRate({ orders: Number.NaN, perUs: 1 })],
    ['a rate beyond integers', () => maxOrderRate({ orders: 2 ** 40, perUs: 2 ** 40 })],
    [
      'an unknown check',
      () => parseRiskPolicy({ fmt: 'quantlaxmi-risk/1', checks: [{ check: 'x' }] }),
    ],
    [
      'an unknown field',
      () =>
        parseRiskPolicy({
          fmt: 'quantlaxmi-risk/1',
          checks: [{ check: 'quoteAge', ageMaxUs: 1, off: true }],
        }),
    ],
    ['another format', () => parseRiskPolicy({ fmt: 'quantlaxmi-risk/2', checks: [] })],
    ['null', () => parseRiskPolicy(null)],
  ])('%s', (_, run) => {
    expect(refused(run)).toBe(true);
  });
});

test('the table of reasons is in order and says something', () => {
  const codes = Object.keys(RISK_REASONS);
  expect(codes).toEqual([...codes].sort());
  expect(Object.values(RISK_REASONS).every((meaning) => meaning.endsWith('.'))).toBe(true);
});
