import { createHash } from 'node:crypto';
import { type JsonValue, parseStrictJson, Secret } from 'quantlaxmi/core';
import { eventSchema, type InstrumentBody } from 'quantlaxmi/events';
import {
  decodeCandles,
  decodeHoldings,
  decodeMargins,
  decodeOrder,
  decodeOrders,
  decodePositions,
  decodePostback,
  decodeQuotes,
  decodeTrades,
  isKitePostback,
  istTimeUs,
  kiteBarBody,
  kiteCapture,
  kiteFillBody,
  kiteIntervalUs,
  kiteOrderBody,
  kiteOrderState,
  quoteTick,
} from 'quantlaxmi/venues/zerodha';
import { describe, expect, test } from 'vitest';
import { codesOf, eventsOf, INFY_ROW, instruments, RX, text, utf8 } from './lines.js';
import { codeOf, haveKite, kiteBytes } from './shared.js';

const MOCKS = 'kiteconnect-mocks/';
const HAVE = haveKite(MOCKS);
const SBIN_ROW = '779521,3045,SBIN,STATE BANK OF INDIA,0,,0,0.05,1,EQ,NSE,NSE';
const SBIN = instruments(SBIN_ROW)[0]!.body;

/** `data` of a mock answer, each number its digits. */
function mock(name: string): JsonValue {
  const root = parseStrictJson(kiteBytes(MOCKS + name), { numbers: 'text' });
  return (root as { readonly data: JsonValue }).data;
}

const order = (change: Record<string, JsonValue> = {}): JsonValue => ({
  order_id: '220303000308932',
  status: 'OPEN',
  order_timestamp: '2022-03-03 09:24:25',
  variety: 'regular',
  exchange: 'NSE',
  tradingsymbol: 'SBIN',
  instrument_token: '779521',
  order_type: 'LIMIT',
  transaction_type: 'BUY',
  validity: 'DAY',
  product: 'CNC',
  quantity: '3',
  disclosed_quantity: '0',
  price: '470.05',
  trigger_price: '0',
  average_price: '0',
  filled_quantity: '0',
  pending_quantity: '3',
  cancelled_quantity: '0',
  ...change,
});

describe('orders', () => {
  test.runIf(HAVE)('KITE-11: the mock postback, orders and history are read', () => {
    const postback = decodePostback(kiteBytes(`${MOCKS}postback.json`));
    expect(postback).toMatchObject({
      orderId: '220303000308932',
      exchangeOrderId: '1000000001482421',
      status: 'COMPLETE',
      orderTime: istTimeUs('2022-03-03 09:24:25'),
      symbol: 'SBIN',
      token: 779521,
      side: 'buy',
      qty: 1,
      filledQty: 1,
      price: '0',
      averagePrice: '470',
      userId: 'AB1234',
    });
    expect(kiteOrderBody(postback, SBIN)).toMatchObject({
      state: 'filled',
      price: null,
      type: 'market',
      remaining: 0,
    });
    const orders = decodeOrders(mock('orders.json'));
    expect(orders.map(kiteOrderState)).toEqual([
      'cancelled',
      'filled',
      'filled',
      'rejected',
      'filled',
      'filled',
      'cancelled',
      'cancelled',
      'filled',
      'filled',
    ]);
    expect(orders[1]?.price).toBe('109.4');
    expect(orders[3]?.exchangeUpdateTime).toBe(null);
    const history = decodeOrders(mock('order_info.json'));
    expect(history.map(kiteOrderState)).not.toContain('unknown');
    expect(history.length).toBe(8);
  });

  test.runIf(HAVE)('every status of the mocks is known; another one is unknown', () => {
    expect(kiteOrderState({ status: 'NEW WORD', filledQty: 1 })).toBe('unknown');
    expect(kiteOrderState({ status: 'UPDATE', filledQty: 1 })).toBe('partiallyFilled');
    expect(kiteOrderState({ status: 'CANCELLED', filledQty: 1 })).toBe('cancelled');
  });

  test('KITE-11: a postback is believed only with the checksum of the secret', () => {
    const secret = new Secret('s3cret');
    const sum = createHash('sha256').update('2203030003089322022-03-03 09:24:25s3cret');
    const checksum = sum.digest('hex');
    expect(isKitePostback(decodeOrder(order({ checksum })), secret)).toBe(true);
    const wrong = [`${checksum.slice(0, -1)}x`, checksum.slice(1), `${checksum}0`, '', null];
    for (const other of wrong) {
      expect(isKitePostback(decodeOrder(order({ checksum: other })), secret)).toBe(false);
    }
    expect(isKitePostback(decodeOrder(order({ checksum, order_id: '2' })), secret)).toBe(false);
    expect(isKitePostback(decodeOrder(order({ checksum })), new Secret('s3creT'))).toBe(false);
  });

  test('an order becomes an event; a contradicting one does not', () => {
    const body = kiteOrderBody(decodeOrder(order({ filled_quantity: '1', tag: 'mine' })), SBIN);
    expect(body).toEqual({
      cause: 0,
      clientOrderId: 'mine',
      inst: 'NSE:EQ:SBIN',
      orderId: '220303000308932',
      price: 47005,
      qty: 3,
      reason: '',
      remaining: 2,
      riskDecisionId: '',
      side: 'buy',
      state: 'partiallyFilled',
      tif: 'gtc',
      type: 'limit',
      venueOrderId: '',
    });
    const event = { seq: 1, t: 'Order', sv: 1, rx: 1, ts: null, src: 'ZERODHA', body };
    expect(eventSchema().safeParse(event).success).toBe(true);
    const wrong: [Record<string, JsonValue>, string][] = [
      [{ filled_quantity: '4' }, 'QL_KITE_TEXT'],
      [{ validity: 'GTD' }, 'QL_KITE_TEXT'],
      [{ order_type: 'X' }, 'QL_KITE_TEXT'],
      [{ price: '470.051' }, 'QL_FIXED_INEXACT'],
      [{ transaction_type: 'HOLD' }, 'QL_KITE_TEXT'],
      [{ quantity: '-1' }, 'QL_KITE_TEXT'],
      [{ quantity: '1.5' }, 'QL_KITE_TEXT'],
      [{ quantity: '99999999999999999999' }, 'QL_KITE_TEXT'],
      [{ quantity: true }, 'QL_KITE_TEXT'],
      [{ price: 'NaN' }, 'QL_KITE_TEXT'],
      [{ order_id: null }, 'QL_KITE_TEXT'],
      [{ order_timestamp: '2022-13-03 09:24:25' }, 'QL_KITE_TEXT'],
    ];
    for (const [change, code] of wrong) {
      expect([change, codeOf(() => kiteOrderBody(decodeOrder(order(change)), SBIN))]).toEqual([
        change,
        code,
      ]);
    }
    expect(codeOf(() => decodeOrder([]))).toBe('QL_KITE_TEXT');
    expect(codeOf(() => decodeOrders({}))).toBe('QL_KITE_TEXT');
  });

  test('a capture records order updates only when asked to', () => {
    const message = JSON.stringify({ type: 'order', data: order() }).replace(
      /"(\d+(\.\d+)?)"/g,
      '$1',
    );
    const update = text(message.replace('220303000308932', '"220303000308932"'));
    const given = { sessionId: 's', instruments: instruments(SBIN_ROW) };
    const silent = kiteCapture(given);
    expect(eventsOf(silent.record(update), 'Order')).toEqual([]);
    expect(silent.stats.orders).toBe(1);
    const events = kiteCapture({ ...given, orders: true }).record(update);
    const [told] = eventsOf(events, 'Order');
    expect([told?.body.price, told?.ts]).toEqual([47005, istTimeUs('2022-03-03 09:24:25')]);
    const unknown = kiteCapture({ sessionId: 's', orders: true }).record(update);
    expect(codesOf(unknown)).toEqual(['start', 'QL_VENUE_UNKNOWN_SYMBOL']);
  });
});

describe('trades', () => {
  test.runIf(HAVE)('KITE-11: the mock trades are read, prices by their digits', () => {
    const trades = decodeTrades(mock('trades.json'));
    expect(trades.map(({ price, qty, side }) => [price, qty, side])).toEqual([
      ['420.65', 1, 'buy'],
      ['72.755', 1, 'buy'],
      ['4852', 1, 'buy'],
      ['4852', 1, 'buy'],
    ]);
    expect(trades[1]?.fillTime).toBe(istTimeUs('2021-05-31 11:18:27'));
    expect(decodeTrades(mock('order_trades.json')).length).toBe(1);
    const terms = { fee: 12, feeExponent: -2, liquidity: 'taker' } as const;
    const body = kiteFillBody(trades[0]!, SBIN, terms);
    expect([body.price, body.fillId, body.orderId]).toEqual([42065, '10000000', '200000000000000']);
    const event = { seq: 1, t: 'Fill', sv: 1, rx: 1, ts: null, src: 'ZERODHA', body };
    expect(eventSchema().safeParse(event).success).toBe(true);
    // 72.755 is no whole number of paise.
    expect(codeOf(() => kiteFillBody(trades[1]!, SBIN, terms))).toBe('QL_FIXED_INEXACT');
    expect(codeOf(() => decodeTrades(null))).toBe('QL_KITE_TEXT');
  });
});

describe('quotes', () => {
  test.runIf(HAVE)('KITE-11: full, ohlc and ltp quotes of the mocks', () => {
    const [full] = decodeQuotes(mock('quote.json'));
    expect(full).toMatchObject({
      name: 'NSE:INFY',
      token: 408065,
      last: '1412.95',
      averagePrice: '1412.47',
      volume: 7360198,
      high: '1421.75',
      lowerCircuit: '1250.7',
      exchangeTime: istTimeUs('2021-06-08 15:45:56'),
    });
    expect(full?.asks?.[0]).toEqual({ price: '1412.95', qty: 5191, orders: 13 });
    expect(quoteTick(full!)).toMatchObject({ mode: 'full', last: 141295, high: 142175 });
    const [ohlc] = decodeQuotes(mock('ohlc.json'));
    expect([ohlc?.open, ohlc?.last, ohlc?.volume, ohlc?.bids]).toEqual([
      '1085.8',
      '1075',
      null,
      null,
    ]);
    const [ltp] = decodeQuotes(mock('ltp.json'));
    expect([ltp?.last, ltp?.open]).toEqual(['1074.35', null]);
    expect([quoteTick(ohlc!).mode, quoteTick(ltp!).mode]).toEqual(['quote', 'ltp']);
    const odd = { ...ltp!, token: 10 };
    expect(codeOf(() => quoteTick(odd))).toBe('QL_KITE_TEXT');
  });

  test.runIf(HAVE)('KITE-11: an answer is recorded as a tick would be', () => {
    const capture = kiteCapture({ sessionId: 's', instruments: instruments(INFY_ROW) });
    const answer = (url: string, bytes: Uint8Array, status = 200) =>
      capture.record({ kind: 'answer', rx: RX, tookUs: 1, status, url, bytes });
    const events = answer('/quote?i=NSE:INFY', kiteBytes(`${MOCKS}quote.json`));
    expect(events.slice(2).map((event) => event.t)).toEqual(['BookSnapshot', 'Quote', 'Stats']);
    expect(eventsOf(events, 'Quote')[0]?.body).toMatchObject({
      bid: null,
      bidQty: 0,
      ask: 141295,
      askQty: 5191,
    });
    expect(eventsOf(events, 'Stats')[0]).toMatchObject({
      ts: istTimeUs('2021-06-08 15:45:56'),
      body: { last: 141295, volume: 7360198, openInterest: null },
    });
    const ohlc = answer('/quote/ohlc?i=NSE:INFY', kiteBytes(`${MOCKS}ohlc.json`));
    expect(ohlc.map((event) => event.t)).toEqual(['Stats']);
    const fine = utf8('{"data":{"NSE:INFY":{"instrument_token":408065,"last_price":1.005}}}');
    expect(codesOf(answer('/quote/ltp?i=NSE:INFY', fine))).toEqual(['QL_FIXED_INEXACT']);
    const none = utf8('{"data":{"NSE:X":{"instrument_token":408321,"last_price":1}}}');
    expect(codesOf(answer('/quote/ltp?i=NSE:X', none))).toEqual(['QL_VENUE_UNKNOWN_SYMBOL']);
    expect(codesOf(answer('/quote?i=NSE:INFY', utf8('[]')))).toEqual(['QL_KITE_TEXT']);
    expect(codesOf(answer('/quote?i=NSE:INFY', utf8('{"data":{"a":"b"}}')))).toEqual([
      'QL_KITE_TEXT',
    ]);
    expect(answer('/quote?i=NSE:INFY', utf8(''), 502)).toEqual([]);
    expect(answer('/user/profile', utf8('{}'))).toEqual([]);
    expect(capture.stats.ignored).toBe(2);
  });
});

describe('candles', () => {
  test.runIf(HAVE)('KITE-11: minutes with and without open interest become bars', () => {
    const candles = decodeCandles(mock('historical_minute.json'));
    expect([candles.length, candles[0]]).toEqual([
      6,
      {
        openTs: istTimeUs('2017-12-15 09:15:00'),
        open: '1704.5',
        high: '1705',
        low: '1699.25',
        close: '1702.8',
        volume: 2499,
        openInterest: null,
      },
    ]);
    expect(decodeCandles(mock('historical_oi.json'))[2]?.openInterest).toBe(13758000);
    const infy = instruments(INFY_ROW)[0]!.body;
    const [first] = candles;
    const intervalUs = kiteIntervalUs('minute') ?? 0;
    const end = first!.openTs + intervalUs;
    const bar = (rx: number, body: InstrumentBody = infy) =>
      kiteBarBody(first!, body, { intervalUs, rx });
    expect(bar(end)).toEqual({
      close: 170280,
      final: true,
      high: 170500,
      inst: 'NSE:EQ:INFY',
      intervalUs: 60_000_000,
      low: 169925,
      open: 170450,
      openTs: 1_513_309_500_000_000,
      trades: null,
      turnover: null,
      volume: 2499,
    });
    expect(bar(end - 1).final).toBe(false);
    const capture = kiteCapture({ sessionId: 's', instruments: instruments(INFY_ROW) });
    const url = '/instruments/historical/408065/minute?from=a&to=b';
    const bytes = kiteBytes(`${MOCKS}historical_minute.json`);
    const record = { kind: 'answer', rx: RX, tookUs: 1, status: 200, bytes } as const;
    const events = capture.record({ ...record, url });
    expect(eventsOf(events, 'Bar').length).toBe(6);
    for (const event of eventsOf(events, 'Bar')) {
      expect(eventSchema().safeParse({ seq: 1, ...event }).success).toBe(true);
    }
    const other = capture.record({ ...record, url: url.replace('408065', '408321') });
    expect(codesOf(other)).toEqual(['QL_VENUE_UNKNOWN_SYMBOL']);
    expect(capture.record({ ...record, url: url.replace('minute', 'hour') })).toEqual([]);
  });

  test('candles that are none are refused', () => {
    const good = ['2017-12-15T09:15:00+0530', '1', '1', '1', '1', '0'];
    const wrong: JsonValue[] = [
      null,
      [],
      {},
      { candles: [good.slice(1)] },
      { candles: [[...good, '1', '1']] },
      { candles: [['2017-12-15T09:15:00Z', ...good.slice(1)]] },
      { candles: [[good[0] as string, 'x', ...good.slice(2)]] },
      { candles: [[...good.slice(0, 5), '1.5']] },
    ];
    for (const data of wrong) expect(codeOf(() => decodeCandles(data))).toBe('QL_KITE_TEXT');
  });
});

describe('account', () => {
  test.runIf(HAVE)('KITE-11: float noise of the answers stays as it was printed', () => {
    const positions = decodePositions(mock('positions.json'));
    expect(positions.net.map((one) => [one.symbol, one.qty, one.multiplier])).toEqual([
      ['LEADMINI17DECFUT', 1, '1000'],
      ['GOLDGUINEA17DECFUT', 0, '1'],
      ['SBIN', 0, '1'],
    ]);
    expect(positions.day[0]?.qty).toBe(-3);
    const holdings = decodeHoldings(mock('holdings.json'));
    expect(holdings[1]).toMatchObject({
      averagePrice: '801.78125',
      pnl: '-629.2999999999993',
      qty: 16,
    });
    const equity = decodeMargins(mock('margins_equity.json'));
    expect([equity.net, equity.available['cash'], equity.enabled]).toEqual([
      '99725.05000000002',
      '245431.6',
      true,
    ]);
    expect(equity.utilised['debits']).toBe('145706.55');
  });

  test('exponents that floats leave are written out, digit for digit', () => {
    const margins = (net: string) =>
      decodeMargins({ enabled: true, net, available: {}, utilised: {} }).net;
    expect(margins('-9.094947017729282e-13')).toBe('-0.0000000000009094947017729282');
    expect([margins('1.5e+3'), margins('12E-1'), margins('0.00e5')]).toEqual(['1500', '1.2', '0']);
    for (const net of ['1e999', '1e', '.5', '01', '+1', '1,5']) {
      expect(codeOf(() => margins(net))).toBe('QL_KITE_TEXT');
    }
    expect(codeOf(() => decodeMargins({ enabled: '1' }))).toBe('QL_KITE_TEXT');
    expect(codeOf(() => decodeHoldings({}))).toBe('QL_KITE_TEXT');
    expect(codeOf(() => decodePositions({ net: '1' }))).toBe('QL_KITE_TEXT');
  });
});
