/**
 * Kite's part of a live feed: connections, subscriptions, modes, the instruments of the day.
 *
 * It holds no socket, clock or timer. Everything it does follows from the records it is told of, so
 * scripted records test all of it. Source: kite.trade/docs/connect/v3/websocket.
 * @module
 */
import { isQuantlaxmiError, QuantlaxmiError } from '../../../core/index.js';
import type { EventInput, SessionBody } from '../../../events/index.js';
import {
  EndedBooks,
  type FeedCommand,
  type FeedLimits,
  type FeedLink,
  type FeedProtocol,
  type FeedRequest,
  type RawAnswer,
  type RawRecord,
  type SocketEnd,
} from '../../feed/index.js';
import { kiteCapture } from '../capture.js';
import type { KiteCapture } from '../capture-types.js';
import { kiteRefusal, kiteTokenError } from '../rest/answers.js';
import { KITE_RATES, KITE_TICKER } from '../rest/limits.data.js';
import type { KiteMode } from '../ticks.js';
import { modeMessage, startMessages, subscribeMessage, unsubscribeMessage } from './messages.js';
import { KiteNames } from './names.js';
import {
  captureOptionsOf,
  type KiteInstrumentName,
  type KitePlan,
  type KiteProtocolOptions,
  planOf,
  settingsOf,
} from './options.js';
import { type TokenChange, TokenTable } from './token-table.js';

/** The protocol, and what it streams while it runs: give the commands to `feed.command`. */
export interface KiteProtocol extends FeedProtocol {
  readonly capture: KiteCapture;
  /**
   * Starts instruments, or sets the mode of those that stream already.
   *
   * @throws QuantlaxmiError QL_VENUE_NO_SYMBOL for one that the dumps do not list, QL_KITE_LIMIT
   * for more than the venue streams; nothing is changed then
   */
  subscribe(instruments: readonly KiteInstrumentName[], mode: KiteMode): readonly FeedCommand[];
  /** Ends instruments; those that do not stream are passed over. */
  unsubscribe(instruments: readonly KiteInstrumentName[]): readonly FeedCommand[];
}

/** The dump of all exchanges is about 10 MB, and takes a while to come. */
const DUMP_TIMEOUT_US = 120_000_000;
const DUMP_BYTES_MAX = 1 << 27;

/**
 * Connection attempts and messages: the documents name no number for either. One attempt a second
 * stays far from what was refused with HTTP 429; messages are few.
 */
const LIMITS: FeedLimits = {
  connects: { count: KITE_TICKER.connectionsMax, perUs: 3_000_000 },
  sends: { count: 10, perUs: 1_000_000 },
  requests: KITE_RATES.other,
};

interface Connection {
  readonly link: string;
  /** A frame came: at least the heartbeat, and what is subscribed is sent at once. */
  flows: boolean;
  /** Time without any frame while the feed ran and read, µs. */
  silentUs: number;
}

/**
 * A connection may answer pings and yet stream nothing, not even heartbeats. The feed looks for the
 * former; two of its ticks later this looks for the latter.
 */
const HEARTBEAT_GRACE_US = 500_000;
/** Ticks come about every 250 ms; of a longer pause of this process the venue knows nothing. */
const TICK_MAX_US = 500_000;

const pathOf = (dump: string): string => (dump === '' ? '/instruments' : `/instruments/${dump}`);

class Protocol implements KiteProtocol {
  readonly name = 'zerodha';
  readonly limits = LIMITS;
  readonly settings: FeedProtocol['settings'];
  readonly capture: KiteCapture;
  readonly #options: KiteProtocolOptions;
  readonly #plan: KitePlan;
  readonly #names = new KiteNames();
  readonly #table: TokenTable;
  readonly #connections = new Map<number, Connection>();
  readonly #ended = new EndedBooks();
  /** Dumps that were not answered yet. */
  readonly #awaited: Set<string>;
  /** Reading is paused, so nothing can come. */
  #stalled = false;
  #lastTickUs = 0;

  constructor(options: KiteProtocolOptions) {
    this.#options = options;
    const capture = captureOptionsOf(options);
    this.capture = kiteCapture(capture);
    this.settings = settingsOf(capture);
    this.#plan = planOf(options);
    this.#table = new TokenTable(this.#plan.limits);
    this.#awaited = new Set(this.#plan.dumps.map(pathOf));
    this.#checkCount();
    if (this.#awaited.size === 0 && options.subscriptions.length > 0) this.#start();
  }

  opening(): readonly FeedRequest[] {
    const { apiKey, accessToken } = this.#options;
    return [...this.#awaited].map((path) => ({
      key: path,
      method: 'GET',
      url: `${this.#plan.restRoot}${path}`,
      headers: {
        'x-kite-version': '3',
        authorization: `token ${apiKey}:${accessToken.reveal()}`,
      },
      body: null,
      timeoutUs: DUMP_TIMEOUT_US,
      bytesMax: DUMP_BYTES_MAX,
      recordedUrl: path,
      weight: 1,
      retry: true,
    }));
  }

  links(): readonly FeedLink[] {
    const { apiKey, accessToken } = this.#options;
    const query =
      `api_key=${encodeURIComponent(apiKey)}` +
      `&access_token=${encodeURIComponent(accessToken.reveal())}`;
    return this.#table.shares.map(({ link, modes }) => ({
      id: link,
      url: `${this.#plan.tickerRoot}/?${query}`,
      headers: { 'x-kite-version': '3' },
      insts: this.#ids([...modes.keys()]),
      lifetimeUs: null,
      silenceUs: this.#plan.silenceUs,
      messageBytesMax: KITE_TICKER.messageBytesMax,
    }));
  }

  greet(link: string, conn: number): readonly string[] {
    this.#connections.set(conn, { link, flows: false, silentUs: 0 });
    const share = this.#table.share(link);
    return share === null ? [] : startMessages(share.modes);
  }

  after(record: RawRecord, events: readonly EventInput[]): readonly FeedCommand[] {
    if (record.kind === 'frame') {
      const connection = this.#connections.get(record.conn);
      if (connection !== undefined) {
        connection.flows = true;
        connection.silentUs = 0;
      }
    } else if (record.kind === 'answer') return this.#answered(record);
    else this.#told(record.body);
    return this.#ended.after(events);
  }

  tick(nowUs: number): readonly FeedCommand[] {
    const passed = Math.min(Math.max(0, nowUs - this.#lastTickUs), TICK_MAX_US);
    this.#lastTickUs = nowUs;
    if (this.#stalled) return [];
    const commands: FeedCommand[] = [];
    for (const [conn, one] of this.#connections) {
      one.silentUs += passed;
      if (one.silentUs < this.#plan.silenceUs + HEARTBEAT_GRACE_US) continue;
      this.#connections.delete(conn);
      const reason = `no heartbeat for ${one.silentUs} us`;
      commands.push({ t: 'reconnect', link: one.link, conn, reason });
    }
    return commands;
  }

  /** Nothing is acknowledged: what was sent is subscribed. */
  subscribed(conn: number): boolean {
    return this.#connections.has(conn);
  }

  synced(link: string): boolean {
    for (const one of this.#connections.values()) if (one.link === link && one.flows) return true;
    return false;
  }

  /** An instrument that does not trade is silent for hours; heartbeats say that the venue lives. */
  watched(): readonly [] {
    return [];
  }

  ended(_link: string, conn: number, end: SocketEnd): readonly FeedCommand[] {
    this.#connections.delete(conn);
    const status = /^HTTP (\d{3})$/.exec(end.error)?.[1] ?? '';
    if (status === '403') {
      const place = 'ticker handshake';
      const error = kiteTokenError(place, this.#options.apiKey, `HTTP ${status}`);
      return [{ t: 'fail', error }];
    }
    // 429 is answered while old connections of the key are still counted: it passes.
    if (!status.startsWith('4') || status === '429' || status === '408') return [];
    return [{ t: 'fail', error: this.#refused(`HTTP ${status}`) }];
  }

  usedWeight(): null {
    return null;
  }

  subscribe(instruments: readonly KiteInstrumentName[], mode: KiteMode): readonly FeedCommand[] {
    const tokens = this.#names.tokensOf(instruments);
    const known = new Set(this.#table.shares.map(({ link }) => link));
    const full = this.#table.full(tokens);
    const { added, changed } = this.#table.set(tokens, mode);
    const commands: FeedCommand[] = [];
    const send = (link: string, data: string): void => {
      commands.push({ t: 'send', link, data });
    };
    for (const { link, tokens: some } of added) {
      if (!known.has(link)) continue;
      send(link, subscribeMessage(some));
      send(link, modeMessage(mode, some));
    }
    for (const { link, tokens: some } of changed) send(link, modeMessage(mode, some));
    // Also where no connection is new: the instruments of a link are told of its losses.
    if (added.length > 0) commands.push({ t: 'links' });
    return [
      ...this.#facts('subscribe', mode, added),
      ...this.#facts('mode', mode, changed),
      ...this.#books(mode, full, [...added, ...changed]),
      ...commands,
    ];
  }

  unsubscribe(instruments: readonly KiteInstrumentName[]): readonly FeedCommand[] {
    const tokens = this.#names.tokensOf(instruments);
    const full = this.#table.full(tokens);
    const removed = this.#table.remove(tokens);
    const commands: FeedCommand[] = [];
    for (const { link, tokens: gone } of removed) {
      if (this.#table.share(link) === null) {
        for (const [conn, one] of this.#connections) {
          if (one.link === link) this.#connections.delete(conn);
        }
        continue;
      }
      commands.push({ t: 'send', link, data: unsubscribeMessage(gone) });
    }
    if (removed.length > 0) commands.push({ t: 'links' });
    return [
      ...this.#facts('unsubscribe', '', removed),
      ...this.#books('', full, removed),
      ...commands,
    ];
  }

  /** Facts of the feed: which connections there are, and whether they are read. */
  #told({ code, details, kind }: SessionBody): void {
    if (kind === 'disconnected' && typeof details['conn'] === 'number') {
      this.#connections.delete(details['conn']);
    }
    if (kind === 'config' && code === 'QL_FEED_STALLED') this.#stalled = true;
    if (kind === 'config' && code === 'QL_FEED_FLOWING') this.#stalled = false;
  }

  /** More than can be streamed is refused before anything is asked for. */
  #checkCount(): void {
    const names = new Set(this.#options.subscriptions.map(({ instrument }) => instrument));
    const probe = new TokenTable(this.#plan.limits);
    probe.set(
      Array.from({ length: names.size }, (_, i) => i + 1),
      'ltp',
    );
  }

  /** All instruments are known: puts the subscriptions on connections. */
  #start(): void {
    const byMode = new Map<KiteMode, KiteInstrumentName[]>();
    for (const { instrument, mode } of this.#options.subscriptions) {
      byMode.set(mode, [...(byMode.get(mode) ?? []), instrument]);
    }
    for (const [mode, names] of byMode) this.#table.set(this.#names.tokensOf(names), mode);
  }

  #answered(record: RawAnswer): readonly FeedCommand[] {
    if (!this.#awaited.has(record.url)) return [];
    const { apiKey, accessToken } = this.#options;
    if (record.status !== 200) {
      // What passes is asked again by the feed.
      if (record.status >= 500 || record.status === 429 || record.status === 408) return [];
      const call = { apiKey, secrets: [accessToken], place: `GET ${record.url}` };
      const { status, bytes } = record;
      return [{ t: 'fail', error: kiteRefusal(call, { status, headers: {}, body: bytes }) }];
    }
    try {
      this.#names.learn(record.bytes);
      this.#awaited.delete(record.url);
      if (this.#awaited.size === 0) this.#start();
      return [];
    } catch (error) {
      if (!isQuantlaxmiError(error)) throw error;
      return [{ t: 'fail', error }];
    }
  }

  #ids(tokens: readonly number[]): string[] {
    return tokens.flatMap((token) => this.#names.idOf(token) ?? []);
  }

  #refused(said: string): QuantlaxmiError {
    const context = { place: 'ticker handshake', errorType: '', status: said };
    return new QuantlaxmiError(
      'QL_KITE_REST',
      `ticker handshake: ${said}. Check the API key, and that the app may stream market data`,
      { context },
    );
  }

  /** Depth comes in mode full only: books that begin are noted, those that end are told. */
  #books(mode: string, full: ReadonlySet<number>, changes: readonly TokenChange[]): FeedCommand[] {
    const facts: FeedCommand[] = [];
    for (const { link, tokens } of changes) {
      for (const token of tokens) {
        const inst = this.#names.idOf(token);
        if (inst === null) continue;
        if (mode === 'full') this.#ended.begin(inst);
        else if (full.has(token)) {
          const reason = mode === '' ? 'was unsubscribed' : `mode ${mode} has no depth`;
          facts.push(...this.#ended.end(inst, link, reason));
        }
      }
    }
    return facts;
  }

  #facts(action: string, mode: string, changes: readonly TokenChange[]): FeedCommand[] {
    return changes.map(({ link, tokens }) => ({
      t: 'fact',
      body: {
        kind: 'config',
        code: 'QL_VENUE_SUBSCRIPTION',
        inst: tokens.length === 1 ? this.#names.idOf(tokens[0] as number) : null,
        details: { action, link, mode, tokens: tokens.join(' ') },
      },
    }));
  }
}

/**
 * Kite's part of a live feed, for `createFeed`.
 *
 * Up to 3,000 instruments share a connection and an API key has three connections; the feed holds
 * as many as are needed. Instruments of the day are asked for before connecting. A token that is
 * not valid ends the feed with QL_KITE_TOKEN; a token that ends at 06:00 IST while connected does
 * not: the venue looks at it when a connection is made.
 *
 * @param options - key, token, session, subscriptions
 * @returns the protocol
 * @throws QuantlaxmiError QL_BAD_INPUT for a name that is none; QL_KITE_LIMIT for more instruments
 * than the venue streams
 * @example
 * ```ts
 * import { Secret } from 'quantlaxmi/core';
 * import { kiteProtocol } from 'quantlaxmi/venues/zerodha';
 *
 * const protocol = kiteProtocol({
 *   apiKey: 'abc',
 *   accessToken: new Secret('…'),
 *   capture: { sessionId: 's1' },
 *   subscriptions: [{ instrument: 'NSE:FO:NIFTY26AUGFUT', mode: 'full' }],
 * });
 * protocol.opening().map(({ recordedUrl }) => recordedUrl); // => ['/instruments/NFO']
 * ```
 */
export const kiteProtocol = (options: KiteProtocolOptions): KiteProtocol => new Protocol(options);
