import fc from 'fast-check';
import { isQuantlaxmiError } from 'quantlaxmi/core';
import {
  duplicateOrder,
  maxOrderRate,
  messageToFill,
  openOrders,
  orderRate,
  type RiskCheck,
  type RiskView,
} from 'quantlaxmi/risk';
import { testInstrument } from 'quantlaxmi/testing';
import { describe, expect, test } from 'vitest';
import { inst, intent, view } from '../lib.js';
import { ask, codeOf, market, only } from './ask.js';

const seed = 20_260_102;
const refused = (run: () => unknown): boolean => {
  try {
    run();
    return false;
  } catch (error) {
    return isQuantlaxmiError(error, 'QL_BAD_INPUT');
  }
};

/** Sends an order at each time, takes those that pass into the memory; which passed. */
function sent(
  check: RiskCheck,
  times: readonly number[],
  ratePpm: (at: number) => number = () => 1_000_000,
): boolean[] {
  let state: readonly number[] = [];
  return times.map((nowUs, at) => {
    const now = only(view({ nowUs, ratePpm: ratePpm(at) }), check.inputs);
    const passed = check.evaluate(intent(), now, state).code === '';
    if (passed) state = check.spend?.(now, state, intent()) ?? state;
    return passed;
  });
}

const rate = (method: 'window' | 'bucket', orders: number, perUs: number) =>
  orderRate({ scope: 'account', orders, perUs, method, counts: 'orders' });
const SECOND = 1_000_000;
const times = fc.array(fc.oneof(fc.nat(20), fc.nat(400)), { maxLength: 60 }).map((waits) => {
  let now = 0;
  return waits.map((wait) => {
    now += wait;
    return now;
  });
});

describe('RISK-22: no more orders than the rate allows, on logged time', () => {
  test('a window: the eleventh waits for the first to be a whole second old', () => {
    const ten = Array<number>(10).fill(0);
    const window = rate('window', 10, SECOND);
    expect(sent(window, [...ten, 0, 999_999, 1_000_000])).toEqual([
      ...Array<boolean>(10).fill(true),
      false,
      false,
      true,
    ]);
  });

  test('a bucket lets twice as many into one second, a window does not', () => {
    // Ten at once after a pause, then one each tenth of a second as the bucket refills.
    const burst = [
      ...Array<number>(10).fill(0),
      ...Array.from({ length: 9 }, (_, i) => (i + 1) * 100_000),
    ];
    const count = (method: 'window' | 'bucket') =>
      sent(rate(method, 10, SECOND), burst).filter(Boolean).length;
    expect(count('bucket')).toBe(19);
    expect(count('window')).toBe(10);
  });

  test('RISK-22: a window equals counting every interval', () => {
    fc.assert(
      fc.property(
        times,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 300 }),
        (at, orders, perUs) => {
          const passed: number[] = [];
          const expected = at.map((now) => {
            const fits = passed.filter((then) => now - then < perUs).length < orders;
            if (fits) passed.push(now);
            return fits;
          });
          expect(sent(rate('window', orders, perUs), at)).toEqual(expected);
          // The claim itself: no interval [t, t + perUs) of any start holds more.
          for (const start of passed) {
            const inside = passed.filter((then) => then >= start && then < start + perUs);
            expect(inside.length).toBeLessThanOrEqual(orders);
          }
        },
      ),
      { seed, numRuns: 200 },
    );
  });

  test('RISK-22: a bucket equals exact fractions of tokens, also under THROTTLE', () => {
    fc.assert(
      fc.property(
        times,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 300 }),
        fc.array(fc.constantFrom(1_000_000, 500_000, 250_000), { minLength: 60, maxLength: 60 }),
        (at, orders, perUs, ppm) => {
          // Tokens in parts of `perUs`; one order costs perUs × 10^6 / ppm parts.
          let held = BigInt(orders * perUs);
          let since = 0n;
          const expected = at.map((now, i) => {
            const level = held + (BigInt(now) - since) * BigInt(orders);
            const full = BigInt(orders * perUs);
            const have = level > full ? full : level;
            const price = (BigInt(perUs) * 1_000_000n) / BigInt(ppm[i] as number);
            if (have < price) return false;
            held = have - price;
            since = BigInt(now);
            return true;
          });
          expect(sent(rate('bucket', orders, perUs), at, (i) => ppm[i] as number)).toEqual(
            expected,
          );
        },
      ),
      { seed, numRuns: 200 },
    );
  });

  test('under THROTTLE a tenth of the rate is left, and none where that is below one order', () => {
    const burst = Array<number>(10).fill(0);
    const passed = (method: 'window' | 'bucket', orders: number) =>
      sent(rate(method, orders, SECOND), burst, () => 100_000).filter(Boolean).length;
    expect([passed('window', 10), passed('bucket', 10)]).toEqual([1, 1]);
    expect([passed('window', 9), passed('bucket', 9)]).toEqual([0, 0]);
    expect([passed('window', 30), passed('bucket', 30)]).toEqual([3, 3]);
  });

  test('a part of the rate that is no part denies', () => {
    for (const ratePpm of [0, -1, 1_000_001, Number.NaN, 0.5]) {
      expect(codeOf(rate('window', 10, SECOND), {}, { ratePpm })).toBe('QL_RISK_ORDER_RATE');
    }
  });

  test('each scope has its own count, and an unknown instrument has none', () => {
    const slots = (scope: 'account' | 'strategy' | 'venue' | 'segment' | 'instrument') => {
      const check = orderRate({ scope, orders: 1, perUs: 1, method: 'bucket', counts: 'orders' });
      return check.slot?.(intent(), view({ strategyId: 's' })).replace(`${check.id}`, '');
    };
    expect(slots('account')).toBe('');
    expect(slots('strategy')).toBe(':s');
    expect(slots('venue')).toBe(':SIM');
    expect(slots('segment')).toBe(':SIM:X');
    expect(slots('instrument')).toBe(`:${inst}`);
    const venue = orderRate({
      scope: 'venue',
      orders: 1,
      perUs: 1,
      method: 'bucket',
      counts: 'orders',
    });
    expect(codeOf(venue, {}, { instrument: () => null })).toBe('QL_RISK_INSTRUMENT_UNKNOWN');
  });

  test('time that is unknown denies; memory of a later time makes no room', () => {
    for (const method of ['window', 'bucket'] as const) {
      const check = rate(method, 1, SECOND);
      expect(codeOf(check, {}, { nowUs: Number.NaN })).toBe('QL_RISK_ORDER_RATE');
      const after = check.spend?.(view({ nowUs: 5_000_000 }), [], intent()) ?? [];
      expect(codeOf(check, {}, { nowUs: 4_000_000 }, after)).toBe('QL_RISK_ORDER_RATE');
    }
  });

  test('maxOrderRate: unknown time denies although nothing was sent yet', () => {
    const check = maxOrderRate({ orders: 1, perUs: SECOND });
    expect(codeOf(check)).toBe('');
    expect(codeOf(check, {}, { nowUs: Number.NaN })).toBe('QL_RISK_ORDER_RATE');
  });

  test('cancels counted past the limit keep the memory bounded', () => {
    for (const method of ['window', 'bucket'] as const) {
      const check = orderRate({
        scope: 'account',
        orders: 5,
        perUs: SECOND,
        method,
        counts: 'messages',
      });
      expect(check.everyMessage).toBe(true);
      let state: readonly number[] = [];
      for (let i = 0; i < 50; i += 1) {
        state = check.spend?.(view({ nowUs: i }), state, intent({ action: 'cancel' })) ?? [];
      }
      expect(state.length).toBeLessThanOrEqual(5);
      expect(codeOf(check, {}, { nowUs: 50 }, state)).toBe('QL_RISK_ORDER_RATE');
      expect(codeOf(check, {}, { nowUs: 2 * SECOND }, state)).toBe('');
    }
  });

  test('rates that cannot be counted exactly are refused', () => {
    expect(refused(() => rate('window', 1_001, SECOND))).toBe(true);
    expect(refused(() => rate('bucket', 2 ** 40, 2 ** 40))).toBe(true);
    expect(refused(() => rate('bucket', 1, 2 ** 40))).toBe(true);
    expect(refused(() => rate('bucket', 0, SECOND))).toBe(true);
  });
});

describe('RISK-23: messages for each order that executed', () => {
  const check = messageToFill({ messagesPerFill: 4, graceMessages: 10 });
  const at = (messages: number, filledOrders: number) =>
    codeOf(check, {}, { counts: { messages, filledOrders } });
  test('the grace, then the ratio, this message included', () => {
    expect([at(9, 0), at(10, 0)]).toEqual(['', 'QL_RISK_MESSAGE_RATIO']);
    expect([at(10, 3), at(11, 3), at(12, 3)]).toEqual(['', '', 'QL_RISK_MESSAGE_RATIO']);
  });
  test('counts that are unknown deny', () => {
    for (const wrong of [Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY]) {
      expect(at(wrong, 3)).toBe('QL_RISK_MESSAGE_RATIO');
      expect(at(3, wrong)).toBe('QL_RISK_MESSAGE_RATIO');
    }
  });
  test('RISK-23: equals exact products; more messages or fewer fills never help', () => {
    const count = fc.nat(3_000_000);
    fc.assert(
      fc.property(
        count,
        count,
        fc.integer({ min: 1, max: 500 }),
        fc.nat(100),
        (m, f, per, grace) => {
          const one = messageToFill({ messagesPerFill: per, graceMessages: grace });
          const code = (messages: number, filledOrders: number) =>
            codeOf(one, {}, { counts: { messages, filledOrders } });
          const used = BigInt(m) + 1n;
          const holds = used <= BigInt(grace) || used <= BigInt(per) * BigInt(f);
          expect(code(m, f) === '').toBe(holds);
          if (!holds) expect([code(m + 1, f), code(m, Math.max(0, f - 1))]).not.toContain('');
        },
      ),
      { seed, numRuns: 300 },
    );
  });
});

describe('RISK-24: the same order again', () => {
  const check = duplicateOrder({ windowUs: 100, sameMax: 1 });
  const memory = check.spend?.(view({ nowUs: 0 }), [], intent()) ?? [];
  const again = (part: Parameters<typeof intent>[0], nowUs = 99) =>
    codeOf(check, part, { nowUs }, memory);
  test('inside the window, all of side, type, price and quantity alike', () => {
    expect(again({})).toBe('QL_RISK_DUPLICATE_ORDER');
    expect(again({ intentId: 'i-2', tif: 'ioc', reduceOnly: true })).toBe(
      'QL_RISK_DUPLICATE_ORDER',
    );
    expect(again({}, 100)).toBe('');
    expect(again({ price: 1_001 })).toBe('');
    expect(again({ qty: 6 })).toBe('');
    expect(again({ side: 'sell' })).toBe('');
    expect(again(market)).toBe('');
    expect(check.slot?.(intent({ inst: 'other' }), view())).toBe('duplicateOrder:100:other');
  });
  test('amends are no duplicates and leave no memory', () => {
    expect(again({ action: 'amend' })).toBe('');
    expect(check.spend?.(view(), memory, intent({ action: 'amend' }))).toEqual(memory);
  });
  test('time that is unknown denies', () => {
    expect(again({}, Number.NaN)).toBe('QL_RISK_DUPLICATE_ORDER');
  });
  test('beyond what it can remember it denies instead of forgetting', () => {
    let state: readonly number[] = [];
    for (let i = 1; i <= 128; i += 1) {
      const one = intent({ price: i });
      expect(ask(check, { price: i }, { nowUs: 0 }, state).code).toBe('');
      state = check.spend?.(view({ nowUs: 0 }), state, one) ?? [];
    }
    expect(codeOf(check, { price: 129 }, { nowUs: 0 }, state)).toBe('QL_RISK_MEMORY_FULL');
    expect(codeOf(check, { price: 129 }, { nowUs: 100 }, state)).toBe('');
  });
  test('RISK-24: equals looking through the whole history', () => {
    const order = fc.record({
      wait: fc.nat(60),
      side: fc.constantFrom('buy' as const, 'sell' as const),
      price: fc.constantFrom(1_000, 1_001, null),
      qty: fc.constantFrom(1, 2),
    });
    fc.assert(
      fc.property(
        fc.array(order, { maxLength: 40 }),
        fc.integer({ min: 1, max: 3 }),
        (orders, sameMax) => {
          const one = duplicateOrder({ windowUs: 100, sameMax });
          let state: readonly number[] = [];
          let nowUs = 0;
          const history: { at: number; key: string }[] = [];
          for (const { wait, side, price, qty } of orders) {
            nowUs += wait;
            const type = price === null ? 'market' : 'limit';
            const part = { side, price, qty, type } as const;
            const key = `${side} ${type} ${price} ${qty}`;
            const same = history.filter((past) => past.key === key && nowUs - past.at < 100);
            const code = codeOf(one, part, { nowUs }, state);
            expect(code === '').toBe(same.length < sameMax);
            if (code !== '') continue;
            history.push({ at: nowUs, key });
            state = one.spend?.(view({ nowUs }), state, intent(part)) ?? [];
          }
        },
      ),
      { seed, numRuns: 150 },
    );
  });
});

describe('RISK-25: working orders are counted, unknown ones too', () => {
  const counts: Record<string, number> = { [inst]: 2, 'SIM:X:ETHUSDT': 3, 'OTHER:X:A': 4 };
  const part: Partial<RiskView> = {
    openOrderCount: (id) => (id === null ? 9 : (counts[id] ?? 0)),
    held: () => Object.keys(counts),
    instrument: (id) => testInstrument({ instrumentId: id, venue: id.split(':')[0] ?? '' }),
  };
  const at = (scope: 'account' | 'venue' | 'instrument', ordersMax: number, viewPart = part) =>
    codeOf(openOrders({ scope, ordersMax }), {}, viewPart);
  test('of all, of a venue, of an instrument', () => {
    expect([at('account', 10), at('account', 9)]).toEqual(['', 'QL_RISK_OPEN_ORDERS']);
    expect([at('venue', 6), at('venue', 5)]).toEqual(['', 'QL_RISK_OPEN_ORDERS']);
    expect([at('instrument', 3), at('instrument', 2)]).toEqual(['', 'QL_RISK_OPEN_ORDERS']);
  });
  test('an amend adds none', () => {
    const check = openOrders({ scope: 'instrument', ordersMax: 2 });
    expect(codeOf(check, { action: 'amend' }, part)).toBe('');
    expect(codeOf(check, {}, part)).toBe('QL_RISK_OPEN_ORDERS');
  });
  test('where a venue is not known any more, its orders may be at this one', () => {
    const lost: Partial<RiskView> = {
      ...part,
      instrument: (id) => (id === inst ? testInstrument() : null),
    };
    expect([at('venue', 10, lost), at('venue', 9, lost)]).toEqual(['', 'QL_RISK_OPEN_ORDERS']);
  });
  test('a count that is unknown denies', () => {
    expect(at('venue', 100, { ...part, held: () => null })).toBe('QL_RISK_OPEN_ORDERS');
    expect(at('venue', 100, { ...part, instrument: () => null })).toBe('QL_RISK_OPEN_ORDERS');
    expect(at('account', 100, { openOrderCount: () => Number.NaN })).toBe('QL_RISK_OPEN_ORDERS');
    expect(at('account', 100, { openOrderCount: () => -1 })).toBe('QL_RISK_OPEN_ORDERS');
  });
});

test('RISK-11: under THROTTLE the plain rate limit gives as much less as the others', () => {
  const check = maxOrderRate({ orders: 10, perUs: 1_000_000 });
  const passing = (ratePpm: number): number => {
    const at = view({ nowUs: 5, ratePpm });
    let state: readonly number[] = [];
    let out = 0;
    while (out < 100 && check.evaluate(intent(), at, state).code === '') {
      state = check.spend?.(at, state, intent()) ?? state;
      out += 1;
    }
    return out;
  };
  expect(passing(1_000_000)).toBe(10);
  expect(passing(500_000)).toBe(5);
  expect(passing(0)).toBe(0);
  expect(passing(Number.NaN)).toBe(0);
});
