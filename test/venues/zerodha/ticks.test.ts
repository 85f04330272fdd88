import fc from 'fast-check';
import { formatMantissa, parseMantissa } from 'quantlaxmi/fixed-point';
import { encodeTick, kiteFrame, kiteHeartbeat } from 'quantlaxmi/testing';
import { decodePacket, decodeTicks, type KiteTick } from 'quantlaxmi/venues/zerodha';
import { describe, expect, test } from 'vitest';
import { ANY_BITS, tickArbitrary } from './kite-arbitraries.js';
import { codeOf, haveKite, kiteText, mockPacket } from './shared.js';

const MOCKS = 'kiteconnect-mocks/';

/** `"name": value` of a JSON text, by the digits written there. */
function digits(json: string, name: string): string {
  const found = new RegExp(`"${name}":\\s*([-0-9.]+)`).exec(json);
  if (found === null) throw new Error(`no ${name}`);
  return found[1] as string;
}

function expectMock(tick: KiteTick, json: string): void {
  const price = (name: string): number => parseMantissa(digits(json, name), -2);
  const whole = (name: string): number => parseMantissa(digits(json, name), 0);
  expect(tick.token).toBe(whole('instrument_token'));
  expect(tick.tradable).toBe(true);
  expect([tick.lastQty, tick.volume]).toEqual([whole('last_quantity'), whole('volume')]);
  expect([tick.buyQty, tick.sellQty]).toEqual([whole('buy_quantity'), whole('sell_quantity')]);
  expect([tick.open, tick.high, tick.low, tick.close]).toEqual(
    ['open', 'high', 'low', 'close'].map(price),
  );
  expect(tick.averagePrice).toBe(price('average_price'));
  expect(tick.last).toBe(price('last_price'));
}

describe('mock packets of the venue', () => {
  test.runIf(haveKite(`${MOCKS}ticker_full.packet`))(
    'KITE-1: full: every field to the paisa',
    () => {
      const tick = decodePacket(mockPacket('ticker_full.packet'));
      const json = kiteText(`${MOCKS}ticker_full.json`);
      expectMock(tick, json);
      expect(tick.mode).toBe('full');
      expect([tick.openInterest, tick.openInterestHigh, tick.openInterestLow]).toEqual([0, 0, 0]);
      // 2021-07-05T10:41:27+05:30
      expect([tick.lastTradeTime, tick.exchangeTime]).toEqual([1625461887, 1625461887]);
      const level = /"price": ([0-9.]+),\s*"quantity": (\d+),\s*"orders": (\d+)/g;
      const levels = [...json.matchAll(level)].map(([, price = '', qty = '', orders = '']) => ({
        price: parseMantissa(price, -2),
        qty: parseMantissa(qty, 0),
        orders: parseMantissa(orders, 0),
      }));
      expect(levels.length).toBe(10);
      expect([...(tick.bids ?? []), ...(tick.asks ?? [])]).toEqual(levels);
      // The JSON says 5.900000000000091, the double of a subtraction; the wire is exact.
      expect(digits(json, 'change')).toBe('5.900000000000091');
      expect(formatMantissa(tick.last - (tick.close ?? 0), -2)).toBe('5.90');
    },
  );

  test.runIf(haveKite(`${MOCKS}ticker_quote.packet`))('KITE-1: quote, and ltp cut from it', () => {
    const packet = mockPacket('ticker_quote.packet');
    const tick = decodePacket(packet);
    expectMock(tick, kiteText(`${MOCKS}ticker_quote.json`));
    expect([tick.mode, tick.bids, tick.openInterest]).toEqual(['quote', null, null]);
    const ltp = decodePacket(packet.subarray(0, 8));
    const json = kiteText(`${MOCKS}ticker_ltp.json`);
    expect([ltp.mode, ltp.token]).toEqual([
      'ltp',
      parseMantissa(digits(json, 'instrument_token'), 0),
    ]);
    expect(ltp.last).toBe(parseMantissa(digits(json, 'last_price'), -2));
    // Control: one paisa more is seen.
    packet[7] = (packet[7] as number) + 1;
    expect(() => expectMock(decodePacket(packet), kiteText(`${MOCKS}ticker_quote.json`))).toThrow();
  });
});

/** NIFTY 50 in full mode, as an index packet of 32 bytes. */
const INDEX: KiteTick = {
  ...decodePacket(Uint8Array.of(0, 3, 0xe9, 9, 0, 13, 0xed, 0x2d)),
  mode: 'full',
  high: 916760,
  low: 911630,
  open: 916695,
  close: 912685,
  change: -36,
  exchangeTime: 1_490_000_000,
};

describe('frames', () => {
  test('KITE-1: what is encoded is decoded, for any bits of any mode and segment', () => {
    const ticks = fc.array(tickArbitrary(ANY_BITS), { maxLength: 12 });
    fc.assert(
      fc.property(ticks, (list) => {
        expect(decodeTicks(kiteFrame(list.map(encodeTick)))).toEqual(list);
      }),
      { seed: 31, numRuns: 300 },
    );
  });

  test('an index has its own packets; a heartbeat and a frame of no packet hold no tick', () => {
    expect(decodeTicks(kiteFrame([encodeTick(INDEX)]))).toEqual([INDEX]);
    expect(encodeTick(INDEX).length).toBe(32);
    expect(INDEX.tradable).toBe(false);
    expect(decodeTicks(kiteHeartbeat())).toEqual([]);
    expect(decodeTicks(Uint8Array.of(0, 0))).toEqual([]);
  });

  test('KITE-2: a frame cut anywhere, or longer, is refused whole', () => {
    const frame = kiteFrame([encodeTick(INDEX), encodeTick({ ...INDEX, mode: 'ltp' })]);
    expect(decodeTicks(frame).length).toBe(2);
    for (let length = 0; length < frame.length; length++) {
      if (length === 1) continue; // a heartbeat
      expect(codeOf(() => decodeTicks(frame.slice(0, length)))).toBe('QL_KITE_FRAME');
    }
    const longer = new Uint8Array(frame.length + 1);
    longer.set(frame);
    expect(() => decodeTicks(longer)).toThrow(/packet 2, byte 46: found 1 bytes after the last/);
  });

  test('KITE-2: lengths, counts and segments that are not documented are refused', () => {
    const bad: [Uint8Array, RegExp][] = [
      [Uint8Array.of(0xff, 0xff, 0, 8, 0, 0, 0, 1, 0, 0, 0, 1), /count of 65535 packets/],
      [Uint8Array.of(0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), /8 bytes after the last packet/],
      [kiteFrame([new Uint8Array(8)]), /token 0 of an unknown segment 0/],
      [kiteFrame([Uint8Array.of(0, 0, 1, 10, 0, 0, 0, 1)]), /unknown segment 10/],
    ];
    for (const [frame, message] of bad) expect(() => decodeTicks(frame)).toThrow(message);
    const known = new Set([8, 28, 32, 44, 184]);
    for (let length = 0; length < 260; length++) {
      for (const segment of [1, 9]) {
        const packet = new Uint8Array(length);
        if (length > 3) packet[3] = segment;
        const ok = length === 8 || (known.has(length) && (segment === 9) === length < 40);
        const code = codeOf(() => decodePacket(packet));
        expect([length, segment, code]).toEqual([
          length,
          segment,
          ok ? 'nothing thrown' : 'QL_KITE_FRAME',
        ]);
      }
    }
  });

  test('the encoder refuses what does not fit a field', () => {
    for (const wrong of [{ last: 2 ** 31 }, { high: null }, { exchangeTime: -1 }, { low: 1.5 }]) {
      expect(codeOf(() => encodeTick({ ...INDEX, ...wrong }))).toBe('QL_BAD_INPUT');
    }
  });
});
