import type { IntentBody, RegimeBody } from 'quantlaxmi/events';
import { clockError, regime, type RiskCheck, toxicity, volatilityHalt } from 'quantlaxmi/risk';
import { describe, expect, test } from 'vitest';
import { intent } from '../lib.js';
import { only } from './ask.js';
import { holding, NOW, type World, worldView } from './world.js';

const asked = (by: RiskCheck, world: Partial<World>, part: Partial<IntentBody> = {}) => {
  const whole = { holdings: [holding({}, { position: 5 })], ...world };
  return by.evaluate(intent(part), only(worldView(whole), by.inputs), []);
};

const moved = (
  rangeMaxBps: number,
  part: { partial?: 'deny' | 'judge'; allowReducing?: boolean } = {},
) =>
  volatilityHalt({
    windowUs: 1_000,
    rangeMaxBps,
    partial: 'deny',
    allowReducing: false,
    ...part,
  });

const range = (high: number, low: number, sinceUs = NOW - 1_000) => ({
  range: { high, low, sinceUs },
});
const reducing = { side: 'sell', qty: 5 } as const;

describe('RISK-44: a market that moves too much, or is not known to be calm, denies', () => {
  test.each([
    [range(1_020, 1_000), ''],
    [range(10_201, 10_000), 'QL_RISK_VOLATILITY'],
    [range(1_000, 1_000), ''],
    [range(1_000, 1_000, NOW - 999), 'QL_RISK_VOLATILITY_UNKNOWN'],
    [range(1_000, 1_000, NOW + 1), 'QL_RISK_VOLATILITY_UNKNOWN'],
    [range(1_000, 0), 'QL_RISK_VOLATILITY_UNKNOWN'],
    [range(999, 1_000), 'QL_RISK_VOLATILITY_UNKNOWN'],
    [range(Number.NaN, 1_000), 'QL_RISK_VOLATILITY_UNKNOWN'],
    [range(1_000, 1_000, Number.NaN), 'QL_RISK_VOLATILITY_UNKNOWN'],
    [{ range: null }, 'QL_RISK_VOLATILITY_UNKNOWN'],
  ])('range %j', (world, code) => {
    expect(asked(moved(200), world).code).toBe(code);
  });

  test('the engine is told the window, and the range is rounded up', () => {
    expect(moved(200).rangeWindowUs).toBe(1_000);
    expect(asked(moved(200), range(10_201, 10_000)).observed).toBe('201');
  });

  test('part of a window is judged where the policy says so', () => {
    const by = moved(200, { partial: 'judge' });
    expect(asked(by, range(1_000, 1_000, NOW)).code).toBe('');
    expect(asked(by, range(1_100, 1_000, NOW)).code).toBe('QL_RISK_VOLATILITY');
  });

  test.each([
    [0, ''],
    [500, ''],
    [501, 'QL_RISK_TOXICITY'],
    [-1, 'QL_RISK_TOXICITY_UNKNOWN'],
    [Number.NaN, 'QL_RISK_TOXICITY_UNKNOWN'],
    [null, 'QL_RISK_TOXICITY_UNKNOWN'],
  ])('toxicity %d', (toxicityPpm, code) => {
    const by = toxicity({ ppmMax: 500, allowReducing: false });
    expect(asked(by, { toxicityPpm }).code).toBe(code);
  });

  const now = (part: Partial<RegimeBody> = {}): RegimeBody => ({
    cause: 0,
    inst: 'SIM:X:BTCUSDT',
    liquidity: 'deep',
    profile: 'p',
    sinceSeq: 1,
    trend: 'up',
    volatility: 'low',
    ...part,
  });

  test.each<[Partial<RegimeBody> | null, string]>([
    [{}, ''],
    [{ trend: 'down' }, ''],
    [{ volatility: 'high' }, 'QL_RISK_REGIME'],
    [{ liquidity: '' }, 'QL_RISK_REGIME'],
    [null, 'QL_RISK_REGIME_UNKNOWN'],
  ])('regime %j', (part, code) => {
    const by = regime({
      allowed: { volatility: ['low', 'normal'], liquidity: ['deep'] },
      allowReducing: false,
    });
    expect(asked(by, { regime: part === null ? null : now(part) }).code).toBe(code);
  });

  test('RISK-42: reducing orders pass only if the policy says so, and never the unknown', () => {
    const high = { regime: now({ volatility: 'high' }) };
    for (const allowReducing of [true, false]) {
      const code = (word: string) => (allowReducing ? '' : `QL_RISK_${word}`);
      const words = regime({ allowed: { volatility: ['low'] }, allowReducing });
      const toxic = toxicity({ ppmMax: 1, allowReducing });
      const wild = moved(1, { allowReducing });
      expect(asked(words, high, reducing).code).toBe(code('REGIME'));
      expect(asked(toxic, { toxicityPpm: 9 }, reducing).code).toBe(code('TOXICITY'));
      expect(asked(wild, range(1_100, 1_000), reducing).code).toBe(code('VOLATILITY'));
      expect(asked(words, {}, reducing).code).toBe('QL_RISK_REGIME_UNKNOWN');
      expect(asked(toxic, {}, reducing).code).toBe('QL_RISK_TOXICITY_UNKNOWN');
      expect(asked(wild, {}, reducing).code).toBe('QL_RISK_VOLATILITY_UNKNOWN');
      // Control: an order that adds does not pass either way.
      expect(asked(words, high).code).toBe('QL_RISK_REGIME');
    }
  });
});

describe('RISK-44: a clock that is off, or was never measured, denies', () => {
  test.each([
    [0, ''],
    [100, ''],
    [-100, ''],
    [101, 'QL_RISK_CLOCK_ERROR'],
    [-101, 'QL_RISK_CLOCK_ERROR'],
    [null, 'QL_RISK_CLOCK_UNKNOWN'],
    [Number.NaN, 'QL_RISK_CLOCK_UNKNOWN'],
    [Number.POSITIVE_INFINITY, 'QL_RISK_CLOCK_UNKNOWN'],
  ])('error %d', (clockErrorUs, code) => {
    expect(asked(clockError({ errorMaxUs: 100 }), { clockErrorUs }).code).toBe(code);
  });
});

test.each<[string, () => unknown]>([
  ['an empty window', () => volatilityHalt({ ...MOVE, windowUs: 0 })],
  ['no range', () => volatilityHalt({ ...MOVE, rangeMaxBps: 0 })],
  ['no word on part of a window', () => volatilityHalt({ ...MOVE, partial: 'maybe' as never })],
  ['a toxicity of NaN', () => toxicity({ ppmMax: Number.NaN, allowReducing: true })],
  ['no regime', () => regime({ allowed: {}, allowReducing: true })],
  ['no word of a regime', () => regime({ allowed: { trend: [] }, allowReducing: true })],
  ['an empty word', () => regime({ allowed: { trend: [''] }, allowReducing: true })],
  ['a clock error of 0', () => clockError({ errorMaxUs: 0 })],
])('RISK-7: a condition is not made of %s', (_, run) => {
  expect(run).toThrow();
});

const MOVE = { windowUs: 1, rangeMaxBps: 1, partial: 'deny', allowReducing: true } as const;
