import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FAULT_CASES } from './cases.js';
import type { FaultOutcome } from './lib/case.js';
import { reasonsAgainst } from './lib/judge.js';
import { missing } from './lib/needs.js';
import { runCase } from './lib/run-case.js';
import { renderMatrix } from './lib/table.js';

const SEED = 20_240_808;
const HELD: FaultOutcome = {
  injected: 10,
  acknowledged: 5,
  lost: 0,
  undetected: 0,
  misclassified: 0,
  codes: {},
  controls: [{ name: 'liar', caught: true, detail: '' }],
  figures: '',
  failures: [],
};

describe('the judge of a fault case', () => {
  const row = { id: 'F00', injectedMin: 10 };

  test('takes an outcome in which everything held', () => {
    expect(reasonsAgainst(row, HELD, 'full')).toEqual([]);
  });

  test.each<[string, Partial<FaultOutcome>]>([
    ['too few faults', { injected: 9 }],
    ['no fault that is a number', { injected: Number.NaN }],
    ['a lost record', { lost: 1 }],
    ['a fault that nobody saw', { undetected: 1 }],
    ['a wrong class', { misclassified: 1 }],
    ['a control that passes', { controls: [{ name: 'liar', caught: false, detail: 'lost 0' }] }],
    ['a failure in words', { failures: ['seed 7: reopen refused'] }],
  ])('refuses %s', (_, change) => {
    expect(reasonsAgainst(row, { ...HELD, ...change }, 'full')).toHaveLength(1);
  });
});

test('docs/fault-matrix.md is what its figures say', () => {
  const data = JSON.parse(readFileSync('docs/fault-matrix.data.json', 'utf8')) as never;
  expect(readFileSync('docs/fault-matrix.md', 'utf8')).toBe(renderMatrix(FAULT_CASES, data));
});

describe('the fault matrix, a slice of each row', () => {
  test('names each row once', () => {
    const ids = FAULT_CASES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  const sliced = FAULT_CASES.filter(({ slice }) => slice);
  for (const fault of sliced) {
    const lacking = missing(fault.needs);
    if (lacking.length > 0) console.warn(`SKIP ${fault.id}: needs ${lacking.join(', ')}`);
    test.skipIf(lacking.length > 0)(`${fault.id}: ${fault.title}`, async () => {
      const outcome = await runCase(fault, { scale: 'slice', seed: SEED, say: () => undefined });
      expect(reasonsAgainst(fault, outcome, 'slice')).toEqual([]);
    });
  }
});
