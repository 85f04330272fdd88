/**
 * What the feed adds to a venue's capture per message, and what a raw line costs, in one process.
 *
 *     npx tsx bench/feed.bench.ts
 *
 * Baselines of the same run: the capture alone, called in a loop; the line of a binary frame made
 * with the platform's base64. Prints CPU nanoseconds per message, the least of many rounds, and the
 * ratio. The ratio is the figure to trust, the machine is not.
 * @module
 */
import { createRng, encodeUtf8, QuantlaxmiError } from '../src/core/index.js';
import { createBinanceCapture, inferredInstrument } from '../src/venues/binance/index.js';
import {
  createFeed,
  encodeRawLine,
  type FeedPorts,
  type FeedProtocol,
  feedDefaults,
  parseRawLine,
  type RawFrame,
  type SocketHandlers,
} from '../src/venues/feed/index.js';

const MESSAGES = 20_000;
const CHUNK = 500;
const ROUNDS = 15;
const RX = 1_723_075_200_000_000;
/** The feed may cost as much again as the capture of the cheapest message does. */
const RATIO_GOAL = 2;

const instrument = inferredInstrument({
  market: 'usdm',
  symbol: 'BTCUSDT',
  priceDecimals: 1,
  qtyDecimals: 3,
});
const messages = Array.from({ length: MESSAGES }, (_, i) =>
  encodeUtf8(
    `{"e":"trade","E":${1_723_075_200_000 + i},"T":${1_723_075_200_000 + i},"s":"BTCUSDT",` +
      `"t":${5_000_000 + i},"p":"${59_823 + (i % 97)}.1","q":"0.${100 + (i % 800)}","X":"MARKET",` +
      `"m":${i % 2 === 0}}`,
  ),
);
const capture = () =>
  createBinanceCapture({ market: 'usdm', sessionId: 'bench', instruments: [instrument] });

function captureAll(): number {
  const alone = capture();
  let events = 0;
  for (let i = 0; i < MESSAGES; i++) {
    const bytes = messages[i] as Uint8Array;
    events += alone.record({ kind: 'frame', rx: RX + i, conn: 1, binary: false, bytes }).length;
  }
  return events;
}

function protocol(): FeedProtocol {
  const limit = { count: 1_000, perUs: 1_000_000 };
  const none = () => [];
  const link = {
    id: '0',
    url: 'wss://venue.example',
    headers: {},
    insts: [],
    lifetimeUs: null,
    silenceUs: 60_000_000,
    messageBytesMax: 1_048_576,
  };
  return {
    name: 'bench',
    settings: {},
    capture: capture(),
    limits: { connects: limit, sends: limit, requests: limit },
    opening: none,
    links: () => [link],
    greet: none,
    after: none,
    tick: none,
    subscribed: () => true,
    synced: () => true,
    watched: none,
    usedWeight: () => null,
  };
}

/** The same messages through a feed, in chunks as a socket hands them on. */
async function feedAll(): Promise<number> {
  let handlers: SocketHandlers | null = null;
  let now = RX;
  const nothing = (): void => {};
  const ports: FeedPorts = {
    clock: { nowUs: () => now++ },
    timers: { after: () => nothing },
    http: { request: () => Promise.reject(new QuantlaxmiError('QL_FEED_REQUEST', 'none')) },
    rng: createRng(1n, 1n),
    sockets: {
      open: (_url, given) => {
        handlers = given;
        const [close, send, ping] = [nothing, nothing, nothing];
        return { send, ping, close, pause: nothing, resume: nothing, terminate: nothing };
      },
    },
  };
  const feed = createFeed(protocol(), ports, feedDefaults);
  const batches = feed.batches()[Symbol.asyncIterator]();
  const socket = handlers as unknown as SocketHandlers;
  socket.opened();
  let events = 0;
  for (let from = 0; from < MESSAGES; from += CHUNK) {
    for (let i = from; i < from + CHUNK; i++) socket.message(messages[i] as Uint8Array, false);
    const next = await batches.next();
    if (next.done !== true) events += next.value.events.length;
  }
  feed.stop();
  return events;
}

const frames: RawFrame[] = messages.map((bytes, i) => ({
  kind: 'frame',
  rx: RX + i,
  conn: 1,
  binary: true,
  bytes,
}));
const lines = frames.map((frame) => encodeRawLine(frame));

function encodeAll(): number {
  let bytes = 0;
  for (const frame of frames) bytes += encodeRawLine(frame).length;
  return bytes;
}

function platformAll(): number {
  let bytes = 0;
  for (const { bytes: content, conn, rx } of frames) {
    const text = Buffer.from(content.buffer, content.byteOffset, content.length).toString('base64');
    bytes += Buffer.from(`${rx} #${conn}b ${text}`).length;
  }
  return bytes;
}

function parseAll(): number {
  let bytes = 0;
  for (const line of lines) {
    const record = parseRawLine(line, 0, line.length);
    if (record?.kind === 'frame') bytes += record.bytes.length;
  }
  return bytes;
}

/** Least CPU ns per message over all rounds. */
async function least(run: () => number | Promise<number>): Promise<[ns: number, result: number]> {
  let best = Number.POSITIVE_INFINITY;
  let result = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    result = await run();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, ((user + system) * 1_000) / MESSAGES);
  }
  return [best, result];
}

const [aloneNs, aloneEvents] = await least(captureAll);
const [feedNs, feedEvents] = await least(feedAll);
// The feed has the fact of its connection besides.
if (feedEvents !== aloneEvents + 1) throw new Error(`events differ: ${feedEvents}, ${aloneEvents}`);
const [encodeNs, encoded] = await least(encodeAll);
const [platformNs, platform] = await least(platformAll);
if (encoded !== platform) throw new Error(`lines differ: ${encoded} and ${platform} bytes`);
const [parseNs] = await least(parseAll);

const ns = (value: number): string => value.toFixed(0).padStart(6);
console.log(`${MESSAGES} trades of ${messages[0]?.length} bytes, CPU ns each, best of ${ROUNDS}`);
console.log(`  capture alone                   ${ns(aloneNs)}`);
console.log(`  feed with that capture          ${ns(feedNs)}`);
console.log(`  encodeRawLine, binary frame     ${ns(encodeNs)}`);
console.log(`  the line by platform's base64   ${ns(platformNs)}`);
console.log(`  parseRawLine, binary frame      ${ns(parseNs)}`);
const ratio = feedNs / aloneNs;
const met = ratio <= RATIO_GOAL;
console.log(`  feed/capture ${ratio.toFixed(2)}, goal ${RATIO_GOAL}: ${met ? 'met' : 'MISSED'}`);
console.log(`  encodeRawLine/platform ${(encodeNs / platformNs).toFixed(2)}`);
if (!met) process.exitCode = 1;
