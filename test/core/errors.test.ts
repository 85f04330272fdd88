import {
  ERROR_CODES,
  err,
  invariant,
  isQuantlaxmiError,
  ok,
  QuantlaxmiError,
  type Result,
} from 'quantlaxmi/core';
import { describe, expect, test } from 'vitest';

describe('QuantlaxmiError', () => {
  test('CORE-1: carries code, message, cause and context', () => {
    const cause = new Error('disk');
    const error = new QuantlaxmiError('QL_BAD_INPUT', 'rate 0', { cause, context: { rate: 0 } });
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('QuantlaxmiError');
    expect(error.code).toBe('QL_BAD_INPUT');
    expect(error.message).toBe('rate 0');
    expect(error.cause).toBe(cause);
    expect(error.context).toEqual({ rate: 0 });
  });

  test('CORE-1: without details there is no cause and an empty context', () => {
    const error = new QuantlaxmiError('QL_UTF8', 'x');
    expect('cause' in error).toBe(false);
    expect(error.context).toEqual({});
    expect(new QuantlaxmiError('QL_UTF8', 'x', { cause: undefined })).toHaveProperty('cause');
  });

  test('CORE-1: every code has a name by rule and a one-line meaning, in order', () => {
    const codes = Object.keys(ERROR_CODES);
    expect(codes).toEqual([...codes].sort());
    for (const [code, meaning] of Object.entries(ERROR_CODES)) {
      expect(code).toMatch(/^(QL|WAL)(_[A-Z0-9]+)+$/);
      expect(meaning, code).toMatch(/^\S.{10,}[^\n]$/);
    }
  });

  test('isQuantlaxmiError tells ours from others, by code too', () => {
    const error: unknown = new QuantlaxmiError('QL_UTF8', 'x');
    expect(isQuantlaxmiError(error)).toBe(true);
    expect(isQuantlaxmiError(error, 'QL_UTF8')).toBe(true);
    expect(isQuantlaxmiError(error, 'QL_BAD_INPUT')).toBe(false);
    for (const other of [new Error('QL_UTF8'), null, 'QL_UTF8', { code: 'QL_UTF8' }]) {
      expect(isQuantlaxmiError(other)).toBe(false);
    }
  });

  test('isQuantlaxmiError sees an error of a second copy of the package', () => {
    const foreign = Object.assign(new Error('x'), { name: 'QuantlaxmiError', code: 'QL_UTF8' });
    expect(isQuantlaxmiError(foreign, 'QL_UTF8')).toBe(true);
  });

  test('a code that is not in the table does not compile', () => {
    // @ts-expect-error the table has no such code
    expect(new QuantlaxmiError('QL_NO_SUCH_CODE', 'x').code).toBe('QL_NO_SUCH_CODE');
  });
});

describe('invariant and Result', () => {
  test('CORE-1: a broken invariant throws QL_INVARIANT with its context', () => {
    expect(() => invariant(true, 'fine')).not.toThrow();
    expect(() => invariant(0, 'seq is 0', { seq: 0 })).toThrow(
      expect.objectContaining({ code: 'QL_INVARIANT', message: 'seq is 0', context: { seq: 0 } }),
    );
  });

  test('a Result is narrowed by ok', () => {
    const half = (n: number): Result<number, string> => (n % 2 === 0 ? ok(n / 2) : err('odd'));
    const even = half(4);
    const odd = half(3);
    expect(even.ok && even.value).toBe(2);
    expect(!odd.ok && odd.error).toBe('odd');
  });
});
