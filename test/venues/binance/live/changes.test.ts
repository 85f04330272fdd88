/** Books over changes of what is subscribed, as the feed and readers of its log see them. */
import type { EventInput } from 'quantlaxmi/events';
import { createMarketView } from 'quantlaxmi/market';
import { binanceProtocol } from 'quantlaxmi/venues/binance';
import { createFeed, feedDefaults } from 'quantlaxmi/venues/feed';
import { describe, expect, test } from 'vitest';
import { FakeMachine, SECOND } from '../../feed/fake-ports.js';
import { Driver, depthData, exchangeInfo, factsOf } from './driver.js';

const ids = (...symbols: string[]): string[] => symbols.map((one) => `BINANCE:USDM:${one}`);

/** Answers requests and SUBSCRIBE messages until nothing is asked any more. */
function venueOf(machine: FakeMachine): () => Promise<void> {
  const acknowledged = new Set<string>();
  return async () => {
    for (let round = 0; round < 6; round++) {
      machine.advance(SECOND / 4);
      for (const one of machine.requests.filter(({ settled }) => !settled)) {
        const { url } = one.request;
        const depth = '{"lastUpdateId":5,"bids":[["98.00","1.000"]],"asks":[["101.00","1.000"]]}';
        const info = exchangeInfo(['BTCUSDT', 'ETHUSDT']);
        const other = url.includes('exchangeInfo') ? info : depth;
        const body = url.includes('/time') ? '{"serverTime":1700000000000}' : other;
        machine.network(() => one.answer(200, body));
      }
      await machine.settle();
      for (const socket of machine.sockets) {
        if (socket.phase === 'opening') machine.network(() => socket.accept());
        for (const text of socket.texts) {
          const { id } = JSON.parse(text) as { id: number };
          if (acknowledged.has(`${socket.url} ${id}`)) continue;
          acknowledged.add(`${socket.url} ${id}`);
          machine.network(() => socket.text(`{"result":null,"id":${id}}`));
        }
      }
      await machine.settle();
    }
  };
}

describe('through the feed, on two connections', () => {
  test('BINANCE-24: a lost connection names the instruments it carries by then', async () => {
    const machine = new FakeMachine();
    const protocol = binanceProtocol({
      market: 'usdm',
      sessionId: 's',
      symbols: ['BTCUSDT'],
      streams: ['depth@100ms', 'markPrice@1s'],
    });
    const feed = createFeed(protocol, machine.ports, feedDefaults);
    const lost: (string | null)[] = [];
    feed.on('fact', ({ inst, kind }) => {
      if (kind === 'disconnected') lost.push(inst);
    });
    const over = (async () => {
      for await (const batch of feed.batches()) void batch;
    })();
    const serve = venueOf(machine);
    await serve();
    feed.command(protocol.subscribe(['ETHUSDT']));
    await serve();
    const depthSocket = machine.sockets.find(({ url }) => url.includes('/public'));
    for (const symbol of ['BTCUSDT', 'ETHUSDT']) {
      const text = depthData(symbol, [1, 10, 0], [['97.00', '1.000']]);
      machine.network(() => depthSocket?.text(text));
    }
    await serve();
    const { capture } = protocol;
    const synced = (): boolean[] => ['BTCUSDT', 'ETHUSDT'].map((one) => capture.synced(one));
    expect([machine.sockets.length, synced()]).toEqual([2, [true, true]]);
    depthSocket?.end({ error: 'ECONNRESET' });
    machine.advance(1000);
    await machine.settle();
    expect(lost.toSorted()).toEqual(ids('BTCUSDT', 'ETHUSDT'));
    expect(synced()).toEqual([false, false]);
    // What was taken off is none of the connection's any more.
    await serve();
    feed.command(protocol.unsubscribe(['ETHUSDT']));
    await serve();
    lost.length = 0;
    machine.last.end({ error: 'ECONNRESET' });
    machine.advance(1000);
    await machine.settle();
    expect(lost).toEqual(ids('BTCUSDT'));
    feed.stop();
    await over;
  });
});

describe('books that are no longer asked for', () => {
  const BTC = 'BINANCE:SPOT:BTCUSDT';
  const PARTIAL =
    '{"stream":"btcusdt@depth5@100ms","data":{"lastUpdateId":9,' +
    '"bids":[["1.00","1.000"]],"asks":[["2.00","1.000"]]}}';

  const readable = (events: readonly EventInput[]): boolean => {
    const view = createMarketView();
    for (const event of events) view.onEvent(event);
    return view.book(BTC).synced;
  };
  const cuts = (commands: Parameters<typeof factsOf>[0]): unknown[] =>
    factsOf(commands).flatMap(({ code, inst, kind }) =>
      kind === 'disconnected' ? [[code, inst]] : [],
    );

  test('BINANCE-24: changes: the book is invalid in capture and view from the fact on', () => {
    const driver = new Driver();
    const [conn = 0] = driver.start();
    driver.depth(conn, 'BTCUSDT', [5, 6]);
    driver.snapshot('BTCUSDT', 5);
    // Control: other streams leave it as it is.
    expect(cuts(driver.run(driver.protocol.unsubscribe(['BTCUSDT'], ['trade'])))).toEqual([]);
    expect([driver.protocol.capture.synced('BTCUSDT'), readable(driver.events)]).toEqual([
      true,
      true,
    ]);
    const ended = driver.run(driver.protocol.unsubscribe(['BTCUSDT'], ['depth@100ms']));
    expect(cuts(ended)).toEqual([['QL_FEED_REQUESTED', BTC]]);
    expect([driver.protocol.capture.synced('BTCUSDT'), readable(driver.events)]).toEqual([
      false,
      false,
    ]);
    // What is under way changes nothing, and the connection stays subscribed.
    driver.depth(conn, 'BTCUSDT', [7, 8]);
    expect(readable(driver.events)).toBe(false);
    expect(driver.protocol.symbols()).toEqual(['BTCUSDT']);
    driver.run(driver.protocol.subscribe(['BTCUSDT'], ['depth@100ms']));
    driver.now += SECOND;
    driver.depth(conn, 'BTCUSDT', [20, 21]);
    driver.snapshot('BTCUSDT', 20);
    expect([driver.protocol.capture.synced('BTCUSDT'), readable(driver.events)]).toEqual([
      true,
      true,
    ]);
  });

  test('BINANCE-24: best levels: also where messages under way come after it', () => {
    const driver = new Driver({ streams: ['depth5@100ms', 'trade'] });
    const [conn = 0] = driver.start();
    driver.run(driver.frame(conn, PARTIAL));
    expect(readable(driver.events)).toBe(true);
    driver.run(driver.protocol.unsubscribe(['BTCUSDT'], ['depth5@100ms']));
    expect(readable(driver.events)).toBe(false);
    expect(cuts(driver.run(driver.frame(conn, PARTIAL)))).toEqual([['QL_FEED_REQUESTED', BTC]]);
    expect(readable(driver.events)).toBe(false);
  });
});
