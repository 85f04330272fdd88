import type { StrategyEvent } from 'quantlaxmi/strategy';
import { defineStrategy, limitOrder } from 'quantlaxmi/strategy';
import { strategyContract } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import imbalance, { imbalancePpm } from '../../examples/imbalance.js';
import { erratic, inst, quoteBody } from './lib.js';

const numRuns = 20;

describe.each(['maker', 'taker'])('the imbalance example as a %s keeps the contract', (style) => {
  const config = { inst, qty: '0.005', enterPpm: 200_000, holdUs: 20_000, style };
  for (const { name, run } of strategyContract({ strategy: imbalance, config, numRuns })) {
    test(name, run);
  }
});

test('the imbalance is an integer of parts per million', () => {
  expect(imbalancePpm(quoteBody({ bidQty: 2, askQty: 1 }))).toBe(333_333);
  expect(imbalancePpm(quoteBody({ bidQty: 1, askQty: 2 }))).toBe(-333_333);
  expect(imbalancePpm(quoteBody({ bidQty: 0, askQty: 0 }))).toBe(0);
});

test.each([
  ['no object', null],
  ['no instrument', { qty: '1' }],
  ['a quantity that is a number', { inst, qty: 1 }],
  ['a fraction of ppm', { inst, qty: '1', enterPpm: 0.5 }],
  ['a style it does not know', { inst, qty: '1', style: 'both' }],
])('the imbalance example refuses %s', (_, raw) => {
  expect(() => imbalance.parseConfig(raw)).toThrow(/imbalance: \w+: expected/);
});

describe('STRATEGY-9: the contract catches what is not pure', () => {
  const failing = async (onEvent: (state: { n: number }, event: StrategyEvent) => unknown) => {
    const strategy = defineStrategy<{ n: number }, null>({
      id: 'spoilt',
      version: '1',
      parseConfig: () => null,
      init: () => ({ n: 0 }),
      onEvent: (state, event) => onEvent(state, event) as null,
    });
    const failed: string[] = [];
    for (const { name, run } of strategyContract({ strategy, config: null, numRuns })) {
      await run().catch(() => failed.push(name));
    }
    return failed;
  };

  test('a count kept outside the state', async () => {
    let calls = 0;
    const failed = await failing((state) => {
      calls += 1;
      return { state, decide: true, features: { calls } };
    });
    expect(failed).toContain('decides the same when run twice');
    expect(failed).toContain('keeps nothing outside its state');
  });

  test('a state changed in place', async () => {
    const failed = await failing((state) => {
      state.n += 1;
      return null;
    });
    expect(failed).toEqual(['changes nothing it is given']);
  });

  test('a price between mantissas', async () => {
    const failed = await failing((state, event) => {
      if (event.t !== 'Quote') return null;
      const parts = { inst, intentId: 'a', qty: 1, side: 'buy' } as const;
      return { state, intents: [limitOrder({ ...parts, price: 1_000.5 })] };
    });
    expect(failed).toEqual(['returns well-formed intents only']);
  });

  test('random draws from the context are no fault', async () => {
    const cases = strategyContract({ strategy: erratic, config: null, numRuns });
    const [twice] = cases;
    await twice?.run();
  });
});
