import { isQuantlaxmiError } from 'quantlaxmi/core';
import type {
  BookDeltaBody,
  BookSnapshotBody,
  EventInput,
  InstrumentBody,
  QuoteBody,
  SessionBody,
  TradeBody,
} from 'quantlaxmi/events';
import { createMarketView, type MarketView } from 'quantlaxmi/market';
import { inferredInstrument } from 'quantlaxmi/venues/binance';
import { describe, expect, test } from 'vitest';

const btc = inferredInstrument({
  market: 'usdm',
  symbol: 'BTCUSDT',
  priceDecimals: 1,
  qtyDecimals: 3,
});
const inst = btc.instrumentId;
const head = { sv: 1, ts: 7, src: 'BINANCE' } as const;
const instrument = (body: InstrumentBody, rx = 10): EventInput => ({
  t: 'Instrument',
  ...head,
  rx,
  body,
});
const snapshotBody: BookSnapshotBody = { asks: [[101, 1]], bids: [[99, 2]], inst, venueSeq: 100 };
const snapshot: EventInput = { t: 'BookSnapshot', ...head, rx: 11, body: snapshotBody };
const deltaBody: BookDeltaBody = {
  asks: [],
  bids: [[100, 5]],
  firstSeq: 99,
  inst,
  lastSeq: 101,
  prevSeq: 98,
};
const delta: EventInput = { t: 'BookDelta', ...head, rx: 12, body: deltaBody };
const quoteBody: QuoteBody = { ask: 101, askQty: 1, bid: 100, bidQty: 5, inst, venueSeq: 101 };
const quote: EventInput = { t: 'Quote', ...head, rx: 13, body: quoteBody };
const tradeBody: TradeBody = {
  aggressor: 'buy',
  inst,
  price: 101,
  qty: 1,
  tradeId: '1',
  venueSeq: 1,
};
const trade: EventInput = { t: 'Trade', ...head, rx: 14, body: tradeBody };
const session = (kind: SessionBody['kind'], about: string | null, why = ''): EventInput => ({
  t: 'Session',
  ...head,
  rx: 15,
  body: { code: why, details: {}, inst: about, kind },
});

const code = (run: () => unknown): string => {
  try {
    run();
    return 'nothing thrown';
  } catch (error) {
    return isQuantlaxmiError(error) ? error.code : String(error);
  }
};

function fed(...events: EventInput[]): MarketView {
  const view = createMarketView();
  for (const event of events) view.onEvent(event);
  return view;
}

describe('market view', () => {
  test('MARKET-7: holds book, quote, trade and instrument of what was fed', () => {
    const view = fed(instrument(btc), snapshot, delta, quote, trade);
    expect(view.book(inst).bestBid()).toEqual([100, 5]);
    expect(view.quote(inst)).toEqual({ body: quoteBody, rx: 13, ts: 7 });
    expect(view.lastTrade(inst)).toEqual({ body: tradeBody, rx: 14, ts: 7 });
    expect(view.instrument(inst)).toBe(btc);
    expect([view.nowUs, view.instrumentIds()]).toEqual([14, [inst]]);
  });

  test('MARKET-7: data before its instrument throws, whatever its type', () => {
    for (const event of [snapshot, delta, quote, trade]) {
      expect(code(() => fed(event))).toBe('QL_INSTRUMENT_UNKNOWN');
      expect(code(() => fed(instrument(btc), event))).toBe('nothing thrown');
    }
    const view = createMarketView();
    for (const read of ['book', 'quote', 'lastTrade', 'instrument'] as const) {
      expect(code(() => view[read](inst))).toBe('QL_INSTRUMENT_UNKNOWN');
    }
  });

  test('MARKET-7: an instrument past its end is not valid', () => {
    const view = fed(instrument({ ...btc, validTo: 12 }), snapshot);
    expect(view.instrument(inst).instrumentId).toBe(inst);
    view.onEvent(delta);
    expect(code(() => view.instrument(inst))).toBe('QL_INSTRUMENT_UNKNOWN');
  });

  test('MARKET-7: new exponents make everything held unreadable; the same ones do not', () => {
    const same = fed(instrument(btc), snapshot, quote, trade, instrument(btc, 20));
    expect([same.book(inst).synced, same.quote(inst) === null]).toEqual([true, false]);
    const finer = instrument({ ...btc, priceExponent: -2 }, 20);
    const view = fed(instrument(btc), snapshot, quote, trade, finer);
    expect(view.book(inst).synced).toBe(false);
    expect([view.quote(inst), view.lastTrade(inst)]).toEqual([null, null]);
  });

  test('MARKET-2: a lost connection refuses the books it concerns', () => {
    for (const about of [inst, null]) {
      const view = fed(instrument(btc), snapshot, session('disconnected', about));
      expect(code(() => view.book(inst).bestBid())).toBe('QL_BOOK_UNSYNCED');
    }
    const other = fed(instrument(btc), snapshot, session('disconnected', 'X:Y:Z'));
    expect(other.book(inst).synced).toBe(true);
    expect(fed(instrument(btc), snapshot, session('gap', inst)).book(inst).synced).toBe(true);
  });

  test('MARKET-2: a restarted capture refuses every book until its next snapshot', () => {
    const restarted = session('gap', null, 'QL_FEED_RESTARTED');
    const view = fed(instrument(btc), snapshot, restarted);
    expect(code(() => view.book(inst).bestBid())).toBe('QL_BOOK_UNSYNCED');
    expect(fed(instrument(btc), restarted, snapshot).book(inst).synced).toBe(true);
  });
});
