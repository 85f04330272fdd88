/**
 * A live capture in a process of its own that says how much memory it holds. Its parent plays the
 * venue, asks for a sample or for the end, and waits for the answer. Arguments: folder, address of
 * the streams, of the requests, symbols, what to keep on purpose (`records` or `bytes`: controls).
 */
import { writeHeapSnapshot } from 'node:v8';
import { captureLive, type LiveProgress } from '../../src/node/index.js';
import { binanceProtocol } from '../../src/venues/binance/index.js';
import type { Feed, FeedProtocol } from '../../src/venues/feed/index.js';

/** What a capture held after a collection, once its log had all that came. */
export interface MemorySample {
  readonly frames: number;
  readonly seq: number;
  readonly connections: number;
  /** Used heap and what the heap refers to outside of it, bytes. */
  readonly held: number;
  /** Resident memory of the process, bytes. */
  readonly rss: number;
}

const [out = '', ws = '', rest = '', symbols = '', leak = ''] = process.argv.slice(2);
/** Connections are replaced this often, so that what one leaves behind would add up. */
const LIFETIME_US = 2_000_000;

const kept: unknown[] = [];
let frames = 0;
let connections = 0;
let taken = 0;
let progress: LiveProgress = { seq: 0, records: 0, state: 'idle' };
let feed: Feed | null = null;

/** The venue's part, with short-lived connections; counts what it is told of. */
function counted(of: FeedProtocol): FeedProtocol {
  const { capture, limits, name, settings } = of;
  return {
    ...{ capture, limits, name, settings },
    links: () => of.links().map((link) => ({ ...link, lifetimeUs: LIFETIME_US })),
    opening: () => of.opening(),
    greet(link, conn) {
      connections = Math.max(connections, conn);
      return of.greet(link, conn);
    },
    after(record, events) {
      taken += 1;
      if (record.kind === 'frame') frames += 1;
      if (leak === 'records') kept.push({ kind: record.kind, rx: record.rx });
      else if (leak === 'bytes' && record.kind === 'frame') kept.push(record.bytes.slice());
      return of.after(record, events);
    },
    tick: (nowUs) => of.tick(nowUs),
    subscribed: (conn) => of.subscribed(conn),
    synced: (link) => of.synced(link),
    watched: () => of.watched(),
    ended: (link, conn, end) => of.ended?.(link, conn, end) ?? [],
    usedWeight: (headers) => of.usedWeight(headers),
  };
}

/** Collects until the collector finds no more: finalisers run between the rounds. */
async function sample(): Promise<MemorySample> {
  while (progress.records < taken) await new Promise((resolve) => setTimeout(resolve, 5));
  for (let i = 0; i < 3; i += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { external, heapUsed, rss } = process.memoryUsage();
  return { frames, seq: progress.seq, connections, held: heapUsed + external, rss };
}

const stop = new AbortController();
process.on('message', (asked: { readonly t: 'sample' | 'stop'; readonly snapshot?: string }) => {
  if (asked.t === 'stop') stop.abort();
  else {
    void sample().then((held) => {
      if (asked.snapshot !== undefined) writeHeapSnapshot(asked.snapshot);
      process.send?.({ ...held, state: feed?.state ?? 'idle' });
    });
  }
});

await captureLive({
  ...{ out, raw: true, rawPartBytes: 1 << 20, rotate: { bytes: 8 << 20, events: 1_000_000 } },
  feed: { overlapUs: 100_000 },
  signal: stop.signal,
  protocol: (sessionId) =>
    counted(
      binanceProtocol({
        ...{ market: 'usdm', sessionId, symbols: symbols.split(',') },
        endpoint: { rest, marketStreams: ws, publicStreams: ws },
      }),
    ),
  onProgress: (now) => {
    progress = now;
  },
  onFeed: (made) => {
    feed = made;
  },
});
process.disconnect();
