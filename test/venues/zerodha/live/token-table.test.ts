import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  modeMessage,
  startMessages,
  subscribeMessage,
  unsubscribeMessage,
} from '../../../../src/venues/zerodha/live/messages.js';
import { TokenTable } from '../../../../src/venues/zerodha/live/token-table.js';

const tokens = (n: number, from = 1): number[] => Array.from({ length: n }, (_, i) => from + i);

describe('messages', () => {
  test('they are those of the documents', () => {
    const parsed = (text: string): unknown => JSON.parse(text);
    expect(parsed(subscribeMessage([408065, 884737]))).toEqual({
      a: 'subscribe',
      v: [408065, 884737],
    });
    expect(parsed(modeMessage('full', [408065]))).toEqual({ a: 'mode', v: ['full', [408065]] });
    expect(parsed(unsubscribeMessage([408065]))).toEqual({ a: 'unsubscribe', v: [408065] });
  });

  test('a start names every token once, then each mode that is used', () => {
    const modes = new Map([
      [1, 'full' as const],
      [2, 'ltp' as const],
      [3, 'full' as const],
    ]);
    expect(startMessages(modes)).toEqual([
      '{"a":"subscribe","v":[1,2,3]}',
      '{"a":"mode","v":["ltp",[2]]}',
      '{"a":"mode","v":["full",[1,3]]}',
    ]);
    expect(startMessages(new Map())).toEqual([]);
  });
});

describe('tokens on connections', () => {
  test('KITE-23: 3,000 tokens to a connection, three connections, and no token more', () => {
    const table = new TokenTable();
    table.set(tokens(3_000), 'full');
    expect(table.shares).toHaveLength(1);
    expect(table.set([3_001], 'quote')).toEqual({
      added: [{ link: '1', tokens: [3_001] }],
      changed: [],
    });
    table.set(tokens(5_999, 3_002), 'ltp');
    expect(table.shares.map(({ modes }) => modes.size)).toEqual([3_000, 3_000, 3_000]);
    expect(() => table.set([9_001, 9_002], 'full')).toThrow(/9002 instruments.*9000 in all/);
    // Nothing was changed, and those that stream already may be named again.
    expect(table.size).toBe(9_000);
    expect(table.set([1, 9_000], 'quote').changed).toEqual([
      { link: '0', tokens: [1] },
      { link: '2', tokens: [9_000] },
    ]);
    expect(() => new TokenTable().set(tokens(9_001), 'full')).toThrow(/9001 instruments/);
  });

  test('what is no token is refused', () => {
    for (const wrong of [0, -1, 1.5, 2 ** 32, Number.NaN]) {
      expect(() => new TokenTable().set([wrong], 'full')).toThrow(/expected an integer/);
    }
    expect(() => new TokenTable().set([2 ** 32 - 1], 'full')).not.toThrow();
  });

  test('any changes leave what a list of tokens would hold', () => {
    const change = fc.record({
      remove: fc.boolean(),
      mode: fc.constantFrom('ltp' as const, 'quote' as const, 'full' as const),
      tokens: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 8 }),
    });
    let refused = 0;
    fc.assert(
      fc.property(fc.array(change, { maxLength: 25 }), (changes) => {
        const table = new TokenTable({ tokensMax: 4, connectionsMax: 3 });
        const model = new Map<number, string>();
        const places = new Map<number, string>();
        for (const { remove, mode, tokens: some } of changes) {
          if (remove) {
            const removed = table.remove(some);
            const gone = new Set(some.filter((token) => model.delete(token)));
            expect(new Set(removed.flatMap((one) => one.tokens))).toEqual(gone);
            for (const token of gone) places.delete(token);
            continue;
          }
          const fresh = new Set(some.filter((token) => !model.has(token)));
          if (model.size + fresh.size > 12) {
            expect(() => table.set(some, mode)).toThrow(/instruments/);
            refused += 1;
            continue;
          }
          const { added, changed } = table.set(some, mode);
          expect(new Set(added.flatMap((one) => one.tokens))).toEqual(fresh);
          const other = some.filter((token) => !fresh.has(token) && model.get(token) !== mode);
          expect(new Set(changed.flatMap((one) => one.tokens))).toEqual(new Set(other));
          for (const token of some) model.set(token, mode);
          for (const { link, tokens: put } of added) for (const one of put) places.set(one, link);
        }
        const held = table.shares.flatMap(({ modes }) => [...modes]);
        expect(new Map(held)).toEqual(model);
        expect(held).toHaveLength(model.size);
        expect(table.shares[0]?.link).toBe('0');
        for (const { link, modes } of table.shares) {
          expect(modes.size).toBeLessThanOrEqual(4);
          // A token never moves to another connection.
          for (const token of modes.keys()) expect(places.get(token)).toBe(link);
        }
        expect(table.shares.slice(1).every(({ modes }) => modes.size > 0)).toBe(true);
      }),
      { seed: 3_000, numRuns: 300 },
    );
    // Control: the limit was met.
    expect(refused).toBeGreaterThan(0);
  });
});
