import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withRiskTable } from '../../scripts/lib/risk-docs.js';
import { CHECK_REGISTRY } from '../../src/risk/checks/registry.js';

const page = readFileSync('docs/risk.md', 'utf8');

test('RISK-7: docs/risk.md shows every check of the registry; else npm run docs:risk', () => {
  expect(withRiskTable(page, CHECK_REGISTRY)).toBe(page);
});

test('RISK-7: control: a check that is missing or says something else is seen', () => {
  const [first, ...rest] = CHECK_REGISTRY;
  if (first === undefined) throw new Error('no checks');
  expect(withRiskTable(page, rest)).not.toBe(page);
  const other = { ...first, doc: { ...first.doc, unit: 'stones' } };
  expect(withRiskTable(page, [other, ...rest])).not.toBe(page);
});
