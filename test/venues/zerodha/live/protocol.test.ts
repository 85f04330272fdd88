import { encodeUtf8, isQuantlaxmiError, Secret } from 'quantlaxmi/core';
import type { EventInput } from 'quantlaxmi/events';
import { createMarketView } from 'quantlaxmi/market';
import type { FeedCommand, FeedProtocol, RawRecord } from 'quantlaxmi/venues/feed';
import {
  type KiteProtocol,
  type KiteProtocolOptions,
  kiteLoginUrl,
  kiteProtocol,
} from 'quantlaxmi/venues/zerodha';
import { describe, expect, test } from 'vitest';
import { packets, tickOf } from '../sample-ticks.js';
import { dumpOf, idOf, tokenOf } from './dump.js';

const ACCESS = 'acc3ss+token/secret';

const make = (more: Partial<KiteProtocolOptions> = {}): KiteProtocol =>
  kiteProtocol({
    apiKey: 'k3y',
    accessToken: new Secret(ACCESS),
    capture: { sessionId: 's1' },
    subscriptions: [
      { instrument: idOf(1), mode: 'full' },
      { instrument: tokenOf(2), mode: 'ltp' },
    ],
    ...more,
  });

const RX = 1_756_000_000_000_000;
const answer = (bytes: Uint8Array, status = 200, url = '/instruments/NFO'): RawRecord => ({
  kind: 'answer',
  rx: RX,
  tookUs: 1,
  status,
  url,
  bytes,
});
const heartbeat = (conn: number): RawRecord => ({
  kind: 'frame',
  rx: RX,
  conn,
  binary: true,
  bytes: new Uint8Array(1),
});

/** As the feed does: the capture first, then the protocol. */
const take = (protocol: FeedProtocol, record: RawRecord): readonly FeedCommand[] =>
  protocol.after(record, protocol.capture.record(record));

/** A protocol whose dump is answered. */
const opened = (more: Partial<KiteProtocolOptions> = {}, count = 10): KiteProtocol => {
  const protocol = make(more);
  expect(take(protocol, answer(dumpOf(count)))).toEqual([]);
  return protocol;
};

const failureOf = (commands: readonly FeedCommand[]): { code: string; message: string } => {
  const [command] = commands;
  if (command?.t !== 'fail') throw new Error(`no failure: ${JSON.stringify(commands)}`);
  return command.error;
};

describe('opening', () => {
  test('the instruments of the exchanges named are asked for, once each', () => {
    const subscriptions = [
      ...['NSE:FO:A', 'BSE:FO:B', 'NSE:CD:C', 'BSE:CD:D', 'MCX:FO:E', 'NSE:EQ:F', 'NSE:INDEX:G H'],
      ...[256265, 408065, tokenOf(1), 128083204],
    ].map((instrument) => ({ instrument, mode: 'quote' as const }));
    const urls = make({ subscriptions }).opening();
    expect(urls.map(({ recordedUrl }) => recordedUrl.slice(13)).sort()).toEqual(
      ['BCD', 'BFO', 'BSE', 'CDS', 'MCX', 'NFO', 'NSE'].sort(),
    );
    expect(make({ dumps: [''] }).opening()).toMatchObject([
      { url: 'https://api.kite.trade/instruments', recordedUrl: '/instruments' },
    ]);
    const [one] = make().opening();
    expect(one?.headers).toEqual({
      authorization: `token k3y:${ACCESS}`,
      'x-kite-version': '3',
    });
    expect(one?.retry).toBe(true);
  });

  test('a name that is none is refused at once', () => {
    for (const instrument of ['NIFTY', 'NFO:NIFTY26AUGFUT', 408065 + 100, '']) {
      expect(() => make({ subscriptions: [{ instrument, mode: 'full' }] })).toThrow(
        /token|expected/,
      );
    }
  });

  test('what the dump does not list ends the feed, and says so', () => {
    const subscriptions = [
      { instrument: idOf(1), mode: 'full' as const },
      { instrument: idOf(99), mode: 'full' as const },
      { instrument: tokenOf(98), mode: 'full' as const },
    ];
    const error = failureOf(take(make({ subscriptions }), answer(dumpOf(10))));
    expect(error.code).toBe('QL_VENUE_NO_SYMBOL');
    expect(error.message).toContain(`${idOf(99)}, ${tokenOf(98)}`);
    expect(error.message).not.toContain(idOf(1));
  });

  test('a dump that is none ends the feed', () => {
    const error = failureOf(take(make(), answer(encodeUtf8('<html></html>\n'))));
    expect(['QL_KITE_INSTRUMENTS', 'QL_CSV']).toContain(error.code);
  });

  test('refusals end the feed, what passes does not', () => {
    const refusal = (type: string): Uint8Array =>
      encodeUtf8(JSON.stringify({ status: 'error', message: `no ${ACCESS}`, error_type: type }));
    const token = failureOf(take(make(), answer(refusal('TokenException'), 403)));
    expect(token.code).toBe('QL_KITE_TOKEN');
    expect(token.message).toContain(kiteLoginUrl('k3y'));
    expect(token.message).not.toContain(ACCESS);
    expect(failureOf(take(make(), answer(refusal('InputException'), 400))).code).toBe(
      'QL_KITE_REST',
    );
    for (const status of [408, 429, 500, 502, 503]) {
      expect(take(make(), answer(refusal('NetworkException'), status))).toEqual([]);
    }
  });
});

describe('connections', () => {
  test('the address carries key and token, the handshake the version', () => {
    const [link, ...others] = opened().links();
    expect(others).toEqual([]);
    const url = new URL(link?.url ?? '');
    expect(`${url.protocol}//${url.host}`).toBe('wss://ws.kite.trade');
    expect(Object.fromEntries(url.searchParams)).toEqual({ api_key: 'k3y', access_token: ACCESS });
    expect(link).toMatchObject({
      headers: { 'x-kite-version': '3' },
      insts: [idOf(1), idOf(2)],
      lifetimeUs: null,
      silenceUs: 5_000_000,
    });
  });

  test('KITE-24: every new connection is told all its tokens and modes', () => {
    const protocol = opened();
    const expected = [
      `{"a":"subscribe","v":[${tokenOf(1)},${tokenOf(2)}]}`,
      `{"a":"mode","v":["ltp",[${tokenOf(2)}]]}`,
      `{"a":"mode","v":["full",[${tokenOf(1)}]]}`,
    ];
    expect(protocol.subscribed(1)).toBe(false);
    expect(protocol.greet('0', 1)).toEqual(expected);
    expect(protocol.subscribed(1)).toBe(true);
    // Subscribed when sent; complete when the venue says anything on it.
    expect(protocol.synced('0')).toBe(false);
    take(protocol, heartbeat(1));
    expect(protocol.synced('0')).toBe(true);
    protocol.ended?.('0', 1, { code: 1006, reason: '', error: '' });
    expect(protocol.synced('0')).toBe(false);
    protocol.subscribe([tokenOf(3)], 'quote');
    protocol.unsubscribe([idOf(2)]);
    expect(protocol.greet('0', 2)).toEqual([
      `{"a":"subscribe","v":[${tokenOf(1)},${tokenOf(3)}]}`,
      `{"a":"mode","v":["quote",[${tokenOf(3)}]]}`,
      `{"a":"mode","v":["full",[${tokenOf(1)}]]}`,
    ]);
  });

  test('KITE-25: no heartbeat asks for a new connection, unless reading is paused', () => {
    const protocol = opened({ silenceUs: 1_000_000 });
    const fact = (code: string): RawRecord => ({
      kind: 'fact',
      rx: RX,
      body: { kind: 'config', code, inst: null, details: {} },
    });
    let now = RX;
    const ticks = (count: number): readonly FeedCommand[] =>
      Array.from({ length: count }, () => protocol.tick((now += 250_000))).flat();
    protocol.tick(now);
    protocol.greet('0', 1);
    for (let i = 0; i < 10; i += 1) {
      expect(ticks(5)).toEqual([]);
      take(protocol, heartbeat(1));
    }
    take(protocol, fact('QL_FEED_STALLED'));
    expect(ticks(20)).toEqual([]);
    take(protocol, fact('QL_FEED_FLOWING'));
    // A pause of this process counts as one short tick.
    now += 60_000_000;
    expect(ticks(4)).toEqual([]);
    const [command] = ticks(2);
    const reason = 'no heartbeat for 1500000 us';
    expect(command).toMatchObject({ t: 'reconnect', link: '0', reason });
    expect(protocol.subscribed(1)).toBe(false);
    expect(ticks(20)).toEqual([]);
  });

  test('more than 3,000 tokens take more connections, more than 9,000 are refused', () => {
    const many = (count: number): KiteProtocolOptions['subscriptions'] =>
      Array.from({ length: count }, (_, i) => ({ instrument: tokenOf(i + 1), mode: 'quote' }));
    const links = opened({ subscriptions: many(6_001) }, 6_001).links();
    expect(links.map(({ id, insts }) => [id, insts.length])).toEqual([
      ['0', 3_000],
      ['1', 3_000],
      ['2', 1],
    ]);
    expect(() => make({ subscriptions: many(9_001) })).toThrow(/9001 instruments.*9000 in all/);
    expect(() => make({ subscriptions: many(9_000) })).not.toThrow();
  });

  test('403 at the handshake ends the feed and says where to log in; 429 passes', () => {
    const protocol = opened();
    const ended = (error: string): readonly FeedCommand[] =>
      protocol.ended?.('0', 0, { code: 1006, reason: '', error }) ?? [];
    const token = failureOf(ended('HTTP 403'));
    expect(token.code).toBe('QL_KITE_TOKEN');
    expect(token.message).toContain(kiteLoginUrl('k3y'));
    expect(token.message).not.toContain(ACCESS);
    expect(isQuantlaxmiError(token)).toBe(true);
    expect(failureOf(ended('HTTP 400')).code).toBe('QL_KITE_REST');
    for (const passing of ['HTTP 429', 'HTTP 502', 'ECONNRESET', '']) {
      expect(ended(passing)).toEqual([]);
    }
  });
});

describe('changes while it runs', () => {
  const FACT = { kind: 'config', code: 'QL_VENUE_SUBSCRIPTION' };

  test('subscribe, mode and unsubscribe are sent and are facts', () => {
    const protocol = opened();
    const [third, fourth] = [tokenOf(3), tokenOf(4)];
    expect(protocol.subscribe([idOf(3), fourth], 'full')).toEqual([
      {
        t: 'fact',
        body: {
          ...FACT,
          inst: null,
          details: { action: 'subscribe', link: '0', mode: 'full', tokens: `${third} ${fourth}` },
        },
      },
      { t: 'send', link: '0', data: `{"a":"subscribe","v":[${third},${fourth}]}` },
      { t: 'send', link: '0', data: `{"a":"mode","v":["full",[${third},${fourth}]]}` },
      { t: 'links' },
    ]);
    expect(protocol.subscribe([idOf(3)], 'ltp')).toEqual([
      {
        t: 'fact',
        body: {
          ...FACT,
          inst: idOf(3),
          details: { action: 'mode', link: '0', mode: 'ltp', tokens: `${third}` },
        },
      },
      {
        t: 'fact',
        body: {
          kind: 'disconnected',
          code: 'QL_FEED_REQUESTED',
          inst: idOf(3),
          details: { link: '0', reason: 'mode ltp has no depth' },
        },
      },
      { t: 'send', link: '0', data: `{"a":"mode","v":["ltp",[${third}]]}` },
    ]);
    expect(protocol.subscribe([idOf(3)], 'ltp')).toEqual([]);
    expect(protocol.unsubscribe([fourth])).toEqual([
      {
        t: 'fact',
        body: {
          ...FACT,
          inst: idOf(4),
          details: { action: 'unsubscribe', link: '0', mode: '', tokens: `${fourth}` },
        },
      },
      {
        t: 'fact',
        body: {
          kind: 'disconnected',
          code: 'QL_FEED_REQUESTED',
          inst: idOf(4),
          details: { link: '0', reason: 'was unsubscribed' },
        },
      },
      { t: 'send', link: '0', data: `{"a":"unsubscribe","v":[${fourth}]}` },
      { t: 'links' },
    ]);
    expect(protocol.unsubscribe([fourth])).toEqual([]);
    expect(() => protocol.subscribe([idOf(77)], 'full')).toThrow(/does not list/);
  });

  test('KITE-24: a book without mode full is invalid from its fact on', () => {
    const protocol = opened();
    const events: EventInput[] = [];
    const record = (one: RawRecord): readonly FeedCommand[] => {
      const made = protocol.capture.record(one);
      events.push(...made);
      return protocol.after(one, made);
    };
    const run = (commands: readonly FeedCommand[]): unknown[] =>
      commands.flatMap((one) => {
        if (one.t !== 'fact') return [];
        const more = run(record({ kind: 'fact', rx: RX, body: one.body }));
        const { code, inst, kind } = one.body;
        return [...(kind === 'disconnected' ? [[code, inst]] : []), ...more];
      });
    const tick = (): unknown[] =>
      run(record({ kind: 'frame', rx: RX, conn: 1, binary: true, bytes: full }));
    const readable = (): boolean => {
      const view = createMarketView();
      for (const event of events) view.onEvent(event);
      return view.book(idOf(1)).synced;
    };
    const full = packets(tickOf({ token: tokenOf(1) }));
    const cut = [['QL_FEED_REQUESTED', idOf(1)]];
    protocol.greet('0', 1);
    expect([tick(), readable()]).toEqual([[], true]);
    // Control: another instrument, which had no depth.
    expect(run(protocol.unsubscribe([tokenOf(2)]))).toEqual([]);
    expect([run(protocol.subscribe([idOf(1)], 'quote')), readable()]).toEqual([cut, false]);
    // Under way when the mode changed.
    expect([tick(), readable()]).toEqual([cut, false]);
    expect(run(protocol.subscribe([idOf(1)], 'full'))).toEqual([]);
    expect([tick(), readable()]).toEqual([[], true]);
    expect([run(protocol.unsubscribe([idOf(1)])), readable()]).toEqual([cut, false]);
  });

  test('connections come and go with their tokens', () => {
    const limits = { tokensMax: 2, connectionsMax: 3 };
    const protocol = opened({ limits });
    const added = protocol.subscribe([tokenOf(3), tokenOf(4), tokenOf(5)], 'full');
    // Nothing is sent on connections that are not there yet: their greeting says it.
    expect(added.filter(({ t }) => t === 'send')).toEqual([]);
    expect(added.at(-1)).toEqual({ t: 'links' });
    expect(protocol.links().map(({ id }) => id)).toEqual(['0', '1', '2']);
    expect(() => protocol.subscribe([tokenOf(6), tokenOf(7)], 'full')).toThrow(/6 in all/);
    const removed = protocol.unsubscribe([tokenOf(3), tokenOf(4)]);
    expect(removed.map(({ t }) => t)).toEqual(['fact', 'fact', 'fact', 'links']);
    expect(protocol.links().map(({ id }) => id)).toEqual(['0', '2']);
    protocol.subscribe([tokenOf(8), tokenOf(9)], 'full');
    expect(protocol.links().map(({ id }) => id)).toEqual(['0', '2', '1']);
    // The first connection stays without tokens: order updates come on it.
    protocol.unsubscribe(protocol.capture.tokens());
    protocol.unsubscribe([1, 2, 5, 8, 9].map(tokenOf));
    expect(protocol.links().map(({ id, insts }) => [id, insts])).toEqual([['0', []]]);
    expect(protocol.greet('0', 3)).toEqual([]);
  });

  test('what the head of a raw record states holds no secret and makes the capture again', () => {
    const protocol = opened({ capture: { sessionId: 's1', factLimit: 7, orders: true } });
    expect(protocol.settings).toEqual({ factLimit: 7, orders: true, tokens: [tokenOf(2)] });
    expect(JSON.stringify([protocol.settings, protocol])).not.toContain(ACCESS);
  });
});
