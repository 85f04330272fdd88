/** A capture of a local venue over real sockets, and what its log has to be. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { SessionBody } from '../../../src/events/index.js';
import {
  bookAt,
  captureLive,
  type CaptureLiveOptions,
  livePorts,
  type Session,
} from '../../../src/node/index.js';
import type { BinanceSource, BinanceVenue } from '../../../src/testing/node/index.js';
import {
  binanceInstrumentId,
  type BinanceProtocol,
  type BinanceProtocolOptions,
  binanceProtocol,
} from '../../../src/venues/binance/index.js';
import type { Feed, FeedPorts, FeedProtocol } from '../../../src/venues/feed/index.js';

const PATIENT = { timeout: 110_000, interval: 10 };

/** Ports whose clock and timers run `speed` times as fast. */
export function fastPorts(speed: number): FeedPorts {
  const ports = livePorts({ seed: 1n });
  const startUs = ports.clock.nowUs();
  return {
    ...ports,
    clock: { nowUs: () => startUs + Math.floor((ports.clock.nowUs() - startUs) * speed) },
    timers: { after: (delayUs, run) => ports.timers.after(delayUs / speed, run) },
  };
}

/** The protocol with connections that last for so long, and die of silence after so long. */
export function withLinks(
  of: FeedProtocol,
  change: { readonly lifetimeUs?: number; readonly silenceUs?: number },
): FeedProtocol {
  const { capture, limits, name, settings } = of;
  return {
    ...{ capture, limits, name, settings },
    links: () => of.links().map((link) => ({ ...link, ...change })),
    opening: () => of.opening(),
    greet: (link, conn) => of.greet(link, conn),
    after: (record, events) => of.after(record, events),
    tick: (nowUs) => of.tick(nowUs),
    subscribed: (conn) => of.subscribed(conn),
    synced: (link) => of.synced(link),
    watched: () => of.watched(),
    ended: (link, conn, end) => of.ended?.(link, conn, end) ?? [],
    usedWeight: (headers) => of.usedWeight(headers),
  };
}

export interface LiveOptions extends Partial<CaptureLiveOptions> {
  readonly out: string;
  readonly binance?: Partial<BinanceProtocolOptions>;
  readonly links?: { readonly lifetimeUs?: number; readonly silenceUs?: number };
}

/** A capture that runs. */
export interface Running {
  readonly feed: () => Feed;
  /** Every fact of the feed so far. */
  readonly facts: SessionBody[];
  /** All that was asked for flows, and a reader of the log has every book. */
  readonly flows: () => boolean;
  /** Waits for a condition, or fails with what the capture failed with. */
  readonly until: (condition: () => boolean) => Promise<void>;
  /** Ends in order; the sealed session. */
  readonly stop: () => Promise<Session>;
}

/** Starts to capture every symbol of a venue's source. */
export function startCapture(
  venue: BinanceVenue,
  source: BinanceSource,
  options: LiveOptions,
): Running {
  const { url } = venue;
  const control = new AbortController();
  const facts: SessionBody[] = [];
  let feed: Feed | undefined;
  let protocol: BinanceProtocol | undefined;
  let failed: unknown;
  const symbols = source.symbols.map((one) => one.symbol);
  const endpoint = { rest: url.http, marketStreams: url.ws, publicStreams: url.ws };
  const done = captureLive({
    flushEveryUs: 2_000,
    ...options,
    feed: {
      ...{ overlapUs: 200_000, handshakeTimeoutUs: 2_000_000, ...options.feed },
      backoff: { baseUs: 20_000, maxUs: 200_000, jitter: 0.5, resetAfterUs: 1_000_000 },
    },
    signal: control.signal,
    protocol: (sessionId) => {
      const asked = { market: source.market, sessionId, symbols, endpoint, ...options.binance };
      protocol = binanceProtocol(asked);
      return withLinks(protocol, options.links ?? {});
    },
    onFeed: (made) => {
      feed = made;
      made.on('fact', (body) => facts.push(body));
      options.onFeed?.(made);
    },
  });
  done.catch((error: unknown) => {
    failed = error;
  });
  const until = async (condition: () => boolean): Promise<void> => {
    await vi.waitUntil(() => {
      if (failed !== undefined) throw failed;
      return condition();
    }, PATIENT);
  };
  return {
    feed: () => feed as Feed,
    facts,
    until,
    flows: () =>
      feed?.state === 'live' && symbols.every((one) => protocol?.capture.synced(one) === true),
    async stop() {
      control.abort();
      return (await done).session;
    },
  };
}

/** Plays some frames and waits until the capture read them. */
export async function playAll(venue: BinanceVenue, frames = Number.POSITIVE_INFINITY) {
  let left = frames;
  while (!venue.finished && left > 0) left -= await venue.release(Math.min(left, 200));
  await venue.settled();
}

/** Plays on, little by little, until something is so and all books are in sync. */
export async function playUntil(
  venue: BinanceVenue,
  running: Running,
  condition: () => boolean,
): Promise<void> {
  while (!condition() || !running.flows()) {
    expect(venue.finished, 'recovered before the end of the playback').toBe(false);
    await playAll(venue, 10);
    // As a market would: something comes, however long it takes to recover.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Every book of the log equals the venue's own, level by level. */
export async function expectBooks(dir: string, venue: BinanceVenue, source: BinanceSource) {
  for (const { symbol } of source.symbols) {
    const instrumentId = binanceInstrumentId(source.market, symbol);
    const { book } = await bookAt(dir, { instrumentId });
    const oracle = venue.book(symbol);
    expect(book.synced, symbol).toBe(true);
    expect(book.bidCount + book.askCount).toBeGreaterThan(10);
    expect(book.levels('bid'), symbol).toEqual(oracle?.levels('bid'));
    expect(book.levels('ask'), symbol).toEqual(oracle?.levels('ask'));
  }
}

/** Venue sequence numbers, by stream, in order. */
export type Sequences = Map<string, number[]>;

const add = (to: Sequences, stream: string, seq: number): void => {
  const held = to.get(stream);
  if (held === undefined) to.set(stream, [seq]);
  else held.push(seq);
};

/** What the source holds of the streams that a capture of contracts asks for by itself. */
export function sequencesOf(source: BinanceSource): Sequences {
  const found: Sequences = new Map();
  for (const { stream, data } of source.frames) {
    const [symbol = '', kind = ''] = stream.split('@');
    const key = { depth: 'u', bookTicker: 'u', aggTrade: 'a' }[kind];
    if (key === undefined) continue;
    const seq = new RegExp(`"${key}":(\\d+)`).exec(data)?.[1];
    add(found, `${symbol.toUpperCase()}@${kind}`, Number(seq));
  }
  return found;
}

/** What the log of a session holds. */
export async function loggedSequences(session: Session): Promise<Sequences> {
  const found: Sequences = new Map();
  for await (const batch of session.read()) {
    for (const { t, body } of batch) {
      const symbol = 'inst' in body && body.inst !== null ? body.inst.split(':')[2] : '';
      if (t === 'BookDelta') add(found, `${symbol}@depth`, body.lastSeq);
      else if (t === 'Quote') add(found, `${symbol}@bookTicker`, body.venueSeq ?? -1);
      else if (t === 'Trade') add(found, `${symbol}@aggTrade`, Number(body.tradeId));
    }
  }
  return found;
}

/** Frames that are missing, and frames that are there more than once. */
export function compareSequences(expected: Sequences, found: Sequences) {
  let frames = 0;
  let lost = 0;
  let twice = 0;
  for (const [stream, wanted] of expected) {
    const got = found.get(stream) ?? [];
    const held = new Set(got);
    frames += wanted.length;
    twice += got.length - held.size;
    for (const seq of wanted) if (!held.has(seq)) lost += 1;
  }
  return { frames, lost, twice };
}

/** Session facts of a log by kind and code: `gap QL_VENUE_SEQUENCE_GAP`. */
export async function factsOf(session: Session): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const batch of session.read()) {
    for (const { t, body } of batch) {
      if (t !== 'Session') continue;
      const name = `${body.kind} ${body.code}`.trim();
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return counts;
}

/** Parts of a session's raw record, in order. */
export const rawFiles = (dir: string): string[] =>
  readdirSync(join(dir, 'raw'))
    .sort()
    .map((name) => join(dir, 'raw', name));
