import { isQuantlaxmiError } from 'quantlaxmi/core';
import { assertApproved, isApproved } from 'quantlaxmi/risk';
import { expect, test } from 'vitest';
import { decide, intent } from './lib.js';

const refused = (value: unknown): boolean => {
  try {
    assertApproved(value);
    return false;
  } catch (error) {
    return isQuantlaxmiError(error, 'QL_ORDER_NOT_APPROVED');
  }
};

test('RISK-1: the object risk returned is approved, and nothing that looks like it', () => {
  const { approved } = decide(intent());
  expect(isApproved(approved)).toBe(true);
  expect(refused(approved)).toBe(false);
  const lookalikes: unknown[] = [
    { ...approved },
    Object.assign({}, approved),
    Object.create(approved),
    JSON.parse(JSON.stringify(approved)),
    new Proxy(approved as object, {}),
    null,
    undefined,
    'o-1',
  ];
  for (const value of lookalikes) {
    expect(isApproved(value)).toBe(false);
    expect(refused(value)).toBe(true);
  }
});

test('RISK-1: an approved order is frozen', () => {
  const { approved } = decide(intent());
  expect(Object.isFrozen(approved)).toBe(true);
  expect(() => Object.assign(approved as object, { qty: 1_000_000 })).toThrow(TypeError);
});

test('RISK-1: changing the intent afterwards does not change the approved order', () => {
  const raw = { ...intent() };
  const { approved } = decide(raw);
  Object.assign(raw, { qty: 1_000_000 });
  expect(approved).toMatchObject({ qty: 5 });
});

test('RISK-1: a denied intent has no approved order', () => {
  expect(decide(intent({ qty: 0 })).approved).toBeNull();
});
