/** The ticker over real sockets, against a local Kite. */
import { isQuantlaxmiError, Secret } from 'quantlaxmi/core';
import type { EventInput } from 'quantlaxmi/events';
import { livePorts } from 'quantlaxmi/node';
import {
  type KiteVenue,
  type KiteVenueOptions,
  kiteVenue,
  syntheticKite,
} from 'quantlaxmi/testing/node';
import {
  createFeed,
  encodeRawLine,
  type Feed,
  feedDefaults,
  parseRawLine,
  type RawRecord,
} from 'quantlaxmi/venues/feed';
import {
  decodeTicks,
  type KiteProtocol,
  type KiteProtocolOptions,
  kiteCapture,
  kiteProtocol,
} from 'quantlaxmi/venues/zerodha';
import { describe, expect, test } from 'vitest';
import { dumpOf, idOf, tokenOf } from './dump.js';

const TOKEN = 'local-token';
const FAST = {
  ...feedDefaults,
  backoff: { ...feedDefaults.backoff, baseUs: 20_000, maxUs: 50_000 },
};

interface Live {
  readonly venue: KiteVenue;
  readonly feed: Feed;
  readonly protocol: KiteProtocol;
  readonly records: RawRecord[];
  readonly events: EventInput[];
  /** Resolves when the batches end; the error the feed failed with, or null. */
  readonly over: Promise<unknown>;
  /** Waits until what was received fulfils the condition. */
  until(condition: () => boolean): Promise<void>;
}

const live = async (
  options: Partial<KiteProtocolOptions>,
  venueOptions: Partial<KiteVenueOptions>,
  use: (live: Live) => Promise<void>,
): Promise<void> => {
  const tokens = [1, 2, 3].map(tokenOf);
  const venue = await kiteVenue({
    source: syntheticKite({ seed: 5n, tokens, durationUs: 60_000_000 }),
    instruments: new TextDecoder().decode(dumpOf(10)),
    ...venueOptions,
  });
  const protocol = kiteProtocol({
    apiKey: 'local-key',
    accessToken: new Secret(TOKEN),
    capture: { sessionId: 's1' },
    subscriptions: tokens.map((instrument) => ({ instrument, mode: 'full' })),
    restRoot: venue.url.http,
    tickerRoot: venue.url.ws,
    silenceUs: 30_000_000,
    ...options,
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
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) {
      if (feed.state === 'closed') throw new Error(`the feed ended: ${String(await over)}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  try {
    await use({ venue, feed, protocol, records, events, over, until });
  } finally {
    feed.stop();
    await over;
    await venue.close();
  }
};

const facts = (events: readonly EventInput[]): string[] =>
  events.flatMap((event) => (event.t === 'Session' ? `${event.body.kind} ${event.body.code}` : []));

/** Ticks of binary frames sent to all connections, and of those received, as text. */
const sentTicks = (venue: KiteVenue): string[] =>
  venue.connections.flatMap(({ sent }) =>
    sent.flatMap(({ binary, index, payload }) =>
      binary && index >= 0
        ? decodeTicks(payload as Uint8Array).map((one) => JSON.stringify(one))
        : [],
    ),
  );
const receivedTicks = (records: readonly RawRecord[]): string[] =>
  records.flatMap((one) =>
    one.kind === 'frame' && one.binary && one.bytes.length > 1
      ? decodeTicks(one.bytes).map((tick) => JSON.stringify(tick))
      : [],
  );

describe('the ticker over real sockets', { timeout: 120_000 }, () => {
  test('what the venue sends in each mode arrives, and the raw record gives it again', async () => {
    const subscriptions = [
      { instrument: idOf(1), mode: 'full' },
      { instrument: tokenOf(2), mode: 'quote' },
      { instrument: idOf(3), mode: 'ltp' },
    ] as const;
    await live(
      { subscriptions },
      {},
      async ({ venue, feed, records, events, over, until, protocol }) => {
        await venue.until(() => (venue.connections[0]?.received.length ?? 0) === 4);
        await venue.release(200);
        await venue.settled();
        await until(() => receivedTicks(records).length === sentTicks(venue).length);
        while (feed.state !== 'live') {
          await new Promise<void>((resolve) => {
            const off = feed.on('state', () => {
              off();
              resolve();
            });
          });
        }
        feed.stop();
        expect(await over).toBeNull();
        const ticks = receivedTicks(records);
        expect(ticks).toEqual(sentTicks(venue));
        expect(ticks.length).toBeGreaterThan(300);
        const modes = new Set(
          ticks.map((text) => JSON.parse(text)).map((one) => `${one.token} ${one.mode}`),
        );
        expect(modes).toEqual(
          new Set([`${tokenOf(1)} full`, `${tokenOf(2)} quote`, `${tokenOf(3)} ltp`]),
        );
        const types = new Set(events.map(({ t }) => t));
        expect(types).toEqual(new Set(['Session', 'Instrument', 'BookSnapshot', 'Quote', 'Stats']));
        expect(facts(events).at(-1)).toBe('stop ');
        const again = kiteCapture({ sessionId: 's1', ...(protocol.settings as object) });
        const made = records.flatMap((record) => {
          const line = encodeRawLine(record);
          const read = parseRawLine(line, 0, line.length);
          return read === null || read.kind === 'head' ? [] : again.record(read);
        });
        expect([...made, ...again.stop()]).toEqual(events);
      },
    );
  });

  test('after a cut the connection is made again and told everything', async () => {
    await live({}, {}, async ({ venue, feed, records, events, until, protocol }) => {
      await venue.until(() => (venue.connections[0]?.received.length ?? 0) === 2);
      await venue.release(20);
      await until(() => receivedTicks(records).length === sentTicks(venue).length);
      feed.command(protocol.subscribe([idOf(4)], 'ltp'));
      feed.command(protocol.unsubscribe([idOf(3)]));
      await venue.until(() => (venue.connections[0]?.received.length ?? 0) === 5);
      venue.inject({ kind: 'disconnect', code: 'reset' });
      await venue.until(() => (venue.connections[1]?.received.length ?? 0) === 3);
      expect(venue.connections[1]?.subscriptions).toEqual([1, 2, 4].map((n) => `${tokenOf(n)}`));
      await venue.release(20);
      await until(() => receivedTicks(records).length === sentTicks(venue).length);
      expect(receivedTicks(records)).toEqual(sentTicks(venue));
      const told = facts(events);
      expect(told.filter((one) => one.startsWith('config'))).toEqual([
        'config QL_VENUE_SUBSCRIPTION',
        'config QL_VENUE_SUBSCRIPTION',
      ]);
      expect(told.some((one) => /^disconnected QL_FEED_(CLOSED|ERROR)$/.test(one))).toBe(true);
      expect(told).toContain('connected QL_FEED_RECONNECTED');
    });
  });

  test('KITE-25: a connection without heartbeats is made again, pongs or not', async () => {
    await live({ silenceUs: 400_000 }, { heartbeatMs: null }, async ({ events, until, venue }) => {
      await until(() => facts(events).includes('disconnected QL_FEED_REQUESTED'));
      await venue.until(() => venue.connections.length > 1);
    });
    await live({ silenceUs: 400_000 }, {}, async ({ events, until, venue }) => {
      await venue.until(() => (venue.connections[0]?.received.length ?? 0) === 2);
      venue.inject({ kind: 'halfOpen' });
      await until(() => facts(events).includes('disconnected QL_FEED_SILENT'));
      await venue.until(() => venue.connections.length > 1);
    });
    // Control: heartbeats alone keep it, though no tick comes.
    await live(
      { silenceUs: 20_000_000 },
      { heartbeatMs: 20 },
      async ({ events, until, records }) => {
        await until(() => records.filter(({ kind }) => kind === 'frame').length > 20);
        expect(facts(events).filter((one) => one.startsWith('disconnected'))).toEqual([]);
      },
    );
  });

  test('KITE-20: a token that ended while connected ends the feed when it is lost', async () => {
    await live({}, {}, async ({ venue, records, over, until, feed, events }) => {
      await venue.until(() => (venue.connections[0]?.received.length ?? 0) === 2);
      venue.inject({ kind: 'tokenExpired' });
      // Connected as it is, it goes on.
      await venue.release(20);
      await until(() => receivedTicks(records).length === sentTicks(venue).length);
      expect(receivedTicks(records).length).toBeGreaterThan(0);
      venue.inject({ kind: 'disconnect', code: 'reset' });
      const error = await over;
      expect(isQuantlaxmiError(error, 'QL_KITE_TOKEN')).toBe(true);
      expect(String(error)).toContain('api_key=local-key');
      expect(feed.state).toBe('closed');
      // What was received before is handed on.
      expect(facts(events)).toContain('connected ');
    });
  });

  test('KITE-21: the access token is in no record, event or error', async () => {
    const secrets = [TOKEN, encodeURIComponent(TOKEN)];
    const lines = (records: readonly RawRecord[]): string =>
      records.map((record) => new TextDecoder().decode(encodeRawLine(record))).join('\n');
    await live({}, {}, async ({ venue, records, events, until, over }) => {
      await venue.until(() => (venue.connections[0]?.received.length ?? 0) === 2);
      venue.text('{"type":"error","data":"control: told by the venue"}');
      await until(() => lines(records).includes('control: told'));
      venue.inject({ kind: 'tokenExpired' });
      venue.inject({ kind: 'disconnect', code: 'reset' });
      const error = await over;
      const failure = `${String(error)}${(error as Error).stack}`;
      const shown = `${lines(records)}${JSON.stringify(events)}${failure}`;
      for (const secret of secrets) expect(shown).not.toContain(secret);
      // Control: all of it was looked at.
      expect(shown).toContain('/instruments/NFO');
      expect(shown).toContain('QL_KITE_REFUSED');
      expect(shown).toContain('ticker handshake');
    });
  });

  test('KITE-23: more tokens than one connection takes share several', async () => {
    const limits = { tokensMax: 2, connectionsMax: 3 };
    const subscriptions = [1, 2, 3].map((n) => ({ instrument: idOf(n), mode: 'full' as const }));
    await live(
      { limits, subscriptions },
      { limits },
      async ({ venue, records, events, until, feed, protocol }) => {
        await venue.until(
          () => venue.connections.filter((one) => one.received.length >= 2).length === 2,
        );
        await venue.release(40);
        await until(() => receivedTicks(records).length === sentTicks(venue).length);
        expect(receivedTicks(records).sort()).toEqual(sentTicks(venue).sort());
        feed.command(protocol.subscribe([idOf(4), idOf(5)], 'ltp'));
        await venue.until(() =>
          venue.connections.some((one) => one.subscriptions.includes(`${tokenOf(5)}`)),
        );
        expect(venue.connections).toHaveLength(3);
        expect(facts(events)).not.toContain('malformed QL_KITE_REFUSED');
      },
    );
  });

  test('a connection too many is tried again until the venue has room', async () => {
    await live({}, {}, async ({ venue, records, until, feed }) => {
      await venue.until(() => (venue.connections[0]?.received.length ?? 0) === 2);
      venue.inject({ kind: 'refuseConnect', count: 3, status: 429 });
      venue.inject({ kind: 'disconnect', code: 'reset' });
      await venue.until(() => (venue.connections[1]?.received.length ?? 0) === 2);
      expect(venue.attempts).toBe(5);
      await venue.release(10);
      await until(() => receivedTicks(records).length === sentTicks(venue).length);
      expect(feed.state).not.toBe('closed');
    });
  });

  test('a token that is not valid ends the feed before it connects', async () => {
    await live({ accessToken: new Secret('an-old-token') }, {}, async ({ over, venue }) => {
      const error = await over;
      expect(isQuantlaxmiError(error, 'QL_KITE_TOKEN')).toBe(true);
      expect(String(error)).not.toContain('an-old-token');
      expect(venue.attempts).toBe(0);
    });
  });

  test('what the dump does not list ends the feed before it connects', async () => {
    const subscriptions = [{ instrument: 'NSE:FO:NIFTY20AUGFUT', mode: 'full' as const }];
    await live({ subscriptions }, {}, async ({ over, venue }) => {
      expect(isQuantlaxmiError(await over, 'QL_VENUE_NO_SYMBOL')).toBe(true);
      expect(venue.attempts).toBe(0);
    });
  });
});
