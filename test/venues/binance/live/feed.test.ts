/** The live Binance protocol over real sockets, against a local Binance. */
import { isQuantlaxmiError } from 'quantlaxmi/core';
import type { EventInput } from 'quantlaxmi/events';
import { createBook } from 'quantlaxmi/market';
import { livePorts } from 'quantlaxmi/node';
import {
  type BinanceVenue,
  type BinanceVenueOptions,
  binanceVenue,
  syntheticBinance,
} from 'quantlaxmi/testing/node';
import {
  type BinanceCaptureOptions,
  type BinanceMarket,
  type BinanceProtocol,
  type BinanceProtocolOptions,
  binanceProtocol,
  createBinanceCapture,
} from 'quantlaxmi/venues/binance';
import { createFeed, type Feed, feedDefaults, type RawRecord } from 'quantlaxmi/venues/feed';
import { describe, expect, test } from 'vitest';

const FAST = {
  ...feedDefaults,
  backoff: { ...feedDefaults.backoff, baseUs: 20_000, maxUs: 50_000 },
  overlapUs: 50_000,
};

interface Live {
  readonly venue: BinanceVenue;
  readonly feed: Feed;
  readonly protocol: BinanceProtocol;
  readonly records: RawRecord[];
  readonly events: EventInput[];
  /** Resolves when the batches end: the error the feed failed with, or null. */
  readonly over: Promise<unknown>;
  /** Waits until what was received fulfils the condition. */
  until(condition: () => boolean): Promise<void>;
  /** Waits until every connection of the feed is open and acknowledged. */
  subscribed(): Promise<void>;
}

interface Setup {
  readonly market: BinanceMarket;
  readonly protocol?: Partial<BinanceProtocolOptions>;
  readonly venue?: Partial<BinanceVenueOptions>;
  /** Depth and book ticker on one address, the rest on another, as USD-M has them. */
  readonly routed?: boolean;
}

const SYMBOLS = {
  spot: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'],
  usdm: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'],
  coinm: ['BTCUSD_PERP', 'ETHUSD_PERP', 'SOLUSD_PERP'],
} as const;

async function live(setup: Setup, use: (live: Live) => Promise<void>): Promise<void> {
  const { market } = setup;
  const source = syntheticBinance({ market, seed: 7n, durationUs: 20_000_000 });
  const venue = await binanceVenue({ source, retime: true, ...setup.venue });
  const { http, ws } = venue.url;
  const [publicStreams, marketStreams] = setup.routed ? [`${ws}/public`, `${ws}/market`] : [ws, ws];
  const protocol = binanceProtocol({
    market,
    sessionId: 's1',
    symbols: SYMBOLS[market],
    endpoint: { publicStreams, marketStreams, rest: http },
    ...setup.protocol,
  });
  const feed = createFeed(protocol, livePorts({ seed: 1n }), FAST);
  const records: RawRecord[] = [];
  const events: EventInput[] = [];
  let wake = (): void => undefined;
  const read = async (): Promise<unknown> => {
    try {
      for await (const batch of feed.batches()) {
        records.push(...batch.records);
        events.push(...batch.events);
        wake();
      }
      return null;
    } catch (error) {
      return error;
    } finally {
      wake();
    }
  };
  const over = read();
  feed.on('state', () => wake());
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) {
      if (feed.state === 'closed') throw new Error(`the feed ended: ${String(await over)}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const connected = (link: string): number =>
    records.reduce((conn, one) => {
      const here = one.kind === 'fact' && one.body.kind === 'connected';
      return here && one.body.details['link'] === link
        ? (one.body.details['conn'] as number)
        : conn;
    }, 0);
  const subscribed = (): Promise<void> =>
    until(() => protocol.links().every(({ id }) => protocol.subscribed(connected(id))));
  try {
    await use({ venue, feed, protocol, records, events, over, until, subscribed });
  } finally {
    feed.stop();
    await over;
    await venue.close();
  }
}

/** Plays part by part until every book is in sync, then the rest, and waits for all of it. */
async function playAll({ protocol, until, venue }: Live): Promise<void> {
  while (!protocol.links().every(({ id }) => protocol.synced(id))) {
    expect(await venue.release(5)).toBe(5);
    await venue.settled();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  while ((await venue.release(500)) > 0);
  await venue.settled();
  await until(() => protocol.links().every(({ id }) => protocol.synced(id)));
}

/** Waits until the last message of each stream that a connection still has was recorded. */
async function allReceived({ records, until, venue }: Live): Promise<void> {
  const sent = (): number =>
    venue.connections.reduce((sum, one) => sum + one.sentCount + one.answers.length, 0);
  await until(() => records.filter((one) => one.kind === 'frame').length >= sent());
}

/** Books of the events equal those of the venue, in all levels. */
function expectBooks({ events, protocol, venue }: Live, symbols: readonly string[]): void {
  for (const symbol of symbols) {
    const inst = protocol.capture.instrument(symbol)?.instrumentId ?? '';
    const book = createBook(inst, { rule: { kind: 'perDelta' } });
    for (const event of events) {
      if (event.t === 'BookSnapshot' && event.body.inst === inst) book.applySnapshot(event.body);
      else if (event.t === 'BookDelta' && event.body.inst === inst) book.applyDelta(event.body);
      else if (event.t === 'Session' && event.body.kind === 'disconnected') {
        if (event.body.inst === null || event.body.inst === inst) book.invalidate();
      }
    }
    const own = venue.book(symbol);
    expect(book.lastSeq, symbol).toBe(own?.lastSeq);
    expect(book.depth(1000), symbol).toEqual(own?.depth(1000));
  }
}

/** The same records give the same events, from what the head of the raw record states. */
function expectAgain({ events, protocol, records }: Live): void {
  const options = { ...protocol.settings, sessionId: 's1' } as unknown as BinanceCaptureOptions;
  const again = createBinanceCapture(options);
  const derived = records.flatMap((record) => again.record(record));
  expect(derived).toEqual(
    events.filter((one) => !(one.t === 'Session' && one.body.kind === 'stop')),
  );
}

function codes(events: readonly EventInput[]): string[] {
  return events.flatMap((event) =>
    event.t === 'Session' && event.body.kind !== 'clock' && event.body.code !== ''
      ? [`${event.body.kind} ${event.body.code}`]
      : [],
  );
}

const VARIANTS: readonly [name: string, setup: Setup, links: number][] = [
  ['spot, combined, one connection', { market: 'spot' }, 1],
  ['spot, raw', { market: 'spot', protocol: { framing: 'raw' } }, 1],
  ['spot, µs', { market: 'spot', protocol: { timeUnit: 'us' } }, 1],
  ['spot, three connections', { market: 'spot', protocol: { streamsPerLink: 3 } }, 3],
  ['spot, in the address', { market: 'spot', protocol: { subscribeBy: 'url' } }, 1],
  ['COIN-M', { market: 'coinm' }, 1],
];

describe('live over real sockets', { timeout: 120_000 }, () => {
  test.each(VARIANTS)('BINANCE-25: the books equal the venue’s: %s', async (_, setup, links) => {
    await live(setup, async (running) => {
      await running.subscribed();
      expect(running.venue.connections).toHaveLength(links);
      await playAll(running);
      await allReceived(running);
      expectBooks(running, SYMBOLS[setup.market]);
      expect(codes(running.events)).toEqual([]);
      const { malformed, unknownStreams, unknownSymbols } = running.protocol.capture.stats;
      expect([malformed, unknownStreams, unknownSymbols]).toEqual([0, 0, 0]);
      expectAgain(running);
      if (setup.protocol?.timeUnit === 'us') {
        expect(running.venue.connections[0]?.path).toContain('timeUnit=MICROSECOND');
      }
    });
  });

  test('BINANCE-21: USD-M on its two addresses', async () => {
    await live({ market: 'usdm', routed: true }, async (running) => {
      await running.subscribed();
      const streams = running.venue.connections.map(({ path, subscriptions }) => [
        path,
        [...new Set(subscriptions.map((one) => one.slice(one.indexOf('@'))))],
      ]);
      expect(streams.toSorted()).toEqual([
        ['/market/stream', ['@aggTrade']],
        ['/public/stream', ['@depth@100ms', '@bookTicker']],
      ]);
      await playAll(running);
      await allReceived(running);
      expectBooks(running, SYMBOLS.usdm);
    });
  });

  test('BINANCE-24: symbols come and go while the feed runs', async () => {
    await live({ market: 'spot', protocol: { symbols: ['BTCUSDT'] } }, async (running) => {
      const { events, feed, protocol, until, venue } = running;
      await running.subscribed();
      await venue.release(100);
      await until(() => protocol.synced('0'));
      feed.command(protocol.subscribe(['ETHUSDT', 'NOSUCH']));
      await until(() => codes(events).includes('malformed QL_VENUE_NO_SYMBOL'));
      await running.subscribed();
      await until(() => venue.connections[0]?.subscriptions.includes('ethusdt@trade') === true);
      await venue.release(200);
      await until(() => protocol.capture.synced('ETHUSDT'));
      feed.command(protocol.unsubscribe(['BTCUSDT']));
      await until(() => codes(events).filter((one) => one.includes('QL_VENUE_SUBSC')).length === 3);
      await until(() => protocol.subscribed(1));
      expect(venue.connections[0]?.subscriptions).toEqual([
        'ethusdt@depth@100ms',
        'ethusdt@bookTicker',
        'ethusdt@trade',
      ]);
      await playAll(running);
      await allReceived(running);
      expectBooks(running, ['ETHUSDT']);
      expect(protocol.symbols()).toEqual(['ETHUSDT']);
      const first = events.findIndex((one) => 'inst' in one.body && one.body.inst === ETH);
      const declared = events.findIndex(
        (one) => one.t === 'Instrument' && one.body.instrumentId === ETH,
      );
      // The fact of the subscription stands first, then the instrument, then the data.
      expect(events[first]?.body).toMatchObject({ code: 'QL_VENUE_SUBSCRIPTION' });
      expect(declared).toBeGreaterThan(first);
      const data = events.findIndex((one) => one.t === 'Quote' && one.body.inst === ETH);
      expect(data).toBeGreaterThan(declared);
      expectAgain(running);
    });
  });

  test('BINANCE-22: a lost acknowledgement makes the connection anew', async () => {
    const script = [{ at: { messages: 0 }, fault: { kind: 'ackLost', count: 1 } }] as const;
    const setup = {
      market: 'spot',
      protocol: { acknowledgeUs: 300_000 },
      venue: { script },
    } as const;
    await live(setup, async (running) => {
      await running.until(() => codes(running.events).includes('connected QL_FEED_RECONNECTED'));
      await running.subscribed();
      expect(running.venue.connections).toHaveLength(2);
      expect(codes(running.events)).toContain('disconnected QL_FEED_REQUESTED');
      await playAll(running);
      expectBooks(running, SYMBOLS.spot);
    });
  });

  test('BINANCE-22: one lost in a hand-over leaves the older connection be', async () => {
    const notice = { kind: 'close24h', announce: true, noticeFrames: 1_000_000 } as const;
    const script = [
      { at: { frames: 300 }, fault: notice },
      { at: { messages: 1 }, fault: { kind: 'ackLost', count: 1 } },
    ] as const;
    const protocol = { acknowledgeUs: 2_000_000 };
    await live({ market: 'spot', protocol, venue: { script } }, async (running) => {
      const { events, feed, venue } = running;
      const handOvers = (): number =>
        codes(events).filter((one) => one === 'config QL_FEED_HANDOVER').length;
      await running.subscribed();
      await venue.release(200);
      await running.until(() => feed.state === 'live');
      await venue.release(110);
      // The newer one gives way to the older, then the next one takes over.
      while (handOvers() < 2) {
        expect(await venue.release(1)).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
      await playAll(running);
      await running.until(() => feed.state === 'live');
      expectBooks(running, SYMBOLS.spot);
      expect(codes(events).filter((one) => /gap|disconnected/.test(one))).toEqual([]);
      expect(venue.connections).toHaveLength(3);
    });
  });

  test('BINANCE-22: refused streams are told and left out, the others flow', async () => {
    const fault = {
      kind: 'subscribeError',
      count: 2,
      code: 2,
      message: 'Invalid request',
    } as const;
    const script = [{ at: { messages: 0 }, fault }];
    const protocol = { symbols: ['BTCUSDT'], streams: ['trade', 'depth@100ms'] };
    await live({ market: 'spot', protocol, venue: { script } }, async (running) => {
      const { events, venue } = running;
      await running.until(() => codes(events).some((one) => one.includes('REFUSED')));
      await running.subscribed();
      expect(venue.connections[0]?.subscriptions).toEqual(['btcusdt@depth@100ms']);
      await playAll(running);
      expectBooks(running, ['BTCUSDT']);
    });
  });

  test('BINANCE-25: a missing update, a refused and a stale snapshot: in sync again', async () => {
    const script = [
      { at: { frames: 0 }, fault: { kind: 'http5xx', status: 503, count: 1, path: 'depth' } },
      { at: { frames: 300 }, fault: { kind: 'drop', count: 1, stream: 'ethusdt@depth' } },
      { at: { frames: 300 }, fault: { kind: 'staleSnapshot', count: 1 } },
    ] as const;
    await live({ market: 'usdm', venue: { script } }, async (running) => {
      await running.subscribed();
      await running.venue.release(250);
      await running.until(() => running.feed.state === 'live');
      await playAll(running);
      await allReceived(running);
      expectBooks(running, SYMBOLS.usdm);
      expect(codes(running.events)).toContain('gap QL_VENUE_SEQUENCE_GAP');
      expect(codes(running.events)).toContain('malformed QL_VENUE_HTTP');
      expectAgain(running);
    });
  });

  test('BINANCE-22: the venue’s notice that it shuts down is answered by a hand-over', async () => {
    // The venue itself closes long after, so that it is the hand-over that ends the connection.
    const fault = { kind: 'close24h', announce: true, noticeFrames: 1_000_000 } as const;
    const script = [{ at: { frames: 300 }, fault }];
    await live({ market: 'spot', venue: { script } }, async (running) => {
      const { events, venue } = running;
      await running.subscribed();
      await venue.release(200);
      await running.until(() => running.feed.state === 'live');
      await venue.release(110);
      while (!codes(events).includes('config QL_FEED_HANDOVER')) {
        expect(await venue.release(1)).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await playAll(running);
      expectBooks(running, SYMBOLS.spot);
      expect(codes(events).filter((one) => /gap|disconnected/.test(one))).toEqual([]);
      expect(venue.connections).toHaveLength(2);
    });
  });

  test.each([
    ['spot', 'NOSUCH'],
    ['usdm', 'NOSUCH'],
  ] as const)(
    'BINANCE-26: %s does not list %s: the feed ends and says so',
    async (market, symbol) => {
      const protocol = { symbols: ['BTCUSDT', symbol] };
      await live({ market, protocol }, async ({ over, venue }) => {
        const error = await over;
        expect(isQuantlaxmiError(error, 'QL_VENUE_NO_SYMBOL')).toBe(true);
        expect(String(error)).toContain(symbol);
        expect(venue.connections).toHaveLength(0);
      });
    },
  );
});

const ETH = 'BINANCE:SPOT:ETHUSDT';
