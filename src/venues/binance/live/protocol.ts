/**
 * Binance's part of a live feed: connections, subscriptions, snapshots, requests.
 *
 * It holds no socket, clock or timer. Everything it does follows from the records it is told of and
 * from the time of the ticks, so scripted records test all of it.
 * @module
 */
import type { JsonValue } from '../../../core/index.js';
import type { EventInput, SessionBody } from '../../../events/index.js';
import type {
  FeedCommand,
  FeedLimits,
  FeedLink,
  FeedRequest,
  RawAnswer,
  RawFact,
  RawRecord,
  SocketEnd,
  WatchedStream,
} from '../../feed/index.js';
import { createBinanceCapture } from '../capture.js';
import type { BinanceCapture } from '../capture-types.js';
import { namedInAddress } from './address.js';
import { BookSync, bookSyncOptions } from './book-sync.js';
import { captureSettings, refuseLatePartial } from './capture-settings.js';
import { type ControlMessage, readControl } from './control.js';
import { DepthEnds } from './depth-ends.js';
import { feedLimits, feedLink } from './feed-link.js';
import { BINANCE_LIMITS } from './limits.data.js';
import { type LinkShare, LinkTable } from './link-table.js';
import { Listing } from './listing.js';
import { type BinancePlan, type BinanceProtocolOptions, planOf, streamsOf } from './options.js';
import { Polls } from './polls.js';
import { blocked, changeFact, refusedFact } from './refusals.js';
import { BinanceRequests, DEPTH_KEY, requestKind, usedWeight } from './requests.js';
import { isDiffDepth, type StreamOf } from './streams.js';
import { Subscriptions } from './subscriptions.js';
import type { BinanceProtocol } from './types.js';
import { Wanted } from './wanted.js';
import { Watch } from './watch.js';

/** Measurements of the venue's clock at the start: the shortest round trip of them tells most. */
const CLOCK_SAMPLES = 3;

export class LiveProtocol implements BinanceProtocol {
  readonly name: string;
  readonly settings: { readonly [key: string]: JsonValue };
  readonly capture: BinanceCapture;
  readonly limits: FeedLimits;
  readonly usedWeight = usedWeight;
  readonly #plan: BinancePlan;
  readonly #partialDepth: readonly string[];
  readonly #requests: BinanceRequests;
  readonly #links: LinkTable;
  readonly #subscriptions: Subscriptions;
  readonly #books: BookSync;
  readonly #ended: DepthEnds;
  readonly #polls: Polls;
  readonly #watch: Watch;
  readonly #listing: Listing;
  readonly #wanted: Wanted;
  /** Streams the venue refused: they are not asked for again. */
  readonly #refused = new Set<string>();
  /** Streams that are part of a connection's address. */
  readonly #inAddress = new Map<string, readonly string[]>();
  /** Connections or answers changed: which streams flow is to be looked at. */
  #changed = false;

  constructor(options: BinanceProtocolOptions) {
    const plan = planOf(options);
    const limits = BINANCE_LIMITS[plan.market];
    this.#plan = plan;
    this.#wanted = new Wanted(plan.market);
    this.name = `binance-${plan.market}`;
    const bySymbol = options.streamsBySymbol ?? {};
    const streams = streamsOf(
      plan.market,
      options.symbols,
      (symbol) => (Object.hasOwn(bySymbol, symbol) ? bySymbol[symbol] : null) ?? plan.defaultKinds,
    );
    const settings = captureSettings(plan, streams);
    this.settings = settings;
    this.#partialDepth = settings.partialDepth;
    this.#ended = new DepthEnds(plan.market, settings.partialDepth);
    this.capture = createBinanceCapture({ ...settings, sessionId: plan.sessionId });
    this.limits = feedLimits(plan);
    this.#requests = new BinanceRequests(plan.market, plan.endpoint.rest);
    const { marketStreams, publicStreams } = plan.endpoint;
    this.#links = new LinkTable(plan.streamsPerLink, marketStreams !== publicStreams);
    this.#subscriptions = new Subscriptions({
      namesMax: limits.namesPerMessage.value,
      withinUs: plan.acknowledgeUs,
      paceUs: Math.ceil(1_000_000 / this.limits.sends.count),
    });
    this.#books = new BookSync(
      this.capture,
      bookSyncOptions(this.#requests.depthWeight(plan.depthLimit), this.limits.requests.count),
    );
    this.#polls = new Polls(plan, this.#requests, () => this.symbols());
    this.#watch = new Watch(plan, this.capture);
    this.#listing = new Listing(plan.market, this.#requests, this.capture);
    for (const stream of streams) this.#want(stream);
    this.#listing.expect(this.symbols());
    this.#place(streams);
  }

  symbols(): readonly string[] {
    return this.#wanted.symbols();
  }

  streams(symbol: string): readonly string[] {
    return this.#wanted.streams(symbol).map((one) => one.name);
  }

  opening(): readonly FeedRequest[] {
    const clock = Array.from({ length: CLOCK_SAMPLES }, (_, n) =>
      this.#requests.time(`time:${n}`, true),
    );
    return [...clock, this.#requests.exchangeInfo('exchangeInfo', this.symbols(), true)];
  }

  links(): readonly FeedLink[] {
    return this.#links.shares.map((share) => this.#linkOf(share));
  }

  greet(link: string, conn: number): readonly string[] {
    const names = [...(this.#links.share(link)?.streams.keys() ?? [])];
    const there = this.#inAddress.get(link) ?? [];
    const wanted = new Set(names.filter((name) => !this.#refused.has(name)));
    const ask = [...wanted].filter((name) => !there.includes(name));
    const drop = there.filter((name) => !wanted.has(name));
    this.#changed = true;
    return this.#subscriptions.open(link, conn, ask, drop);
  }

  after(record: RawRecord, events: readonly EventInput[]): readonly FeedCommand[] {
    if (record.kind === 'frame') {
      const first = events[0];
      // What became market data is no control message.
      if (first === undefined || first.t === 'Session') {
        const control = readControl(record.bytes);
        if (control !== null) return this.#control(record.conn, control);
      }
    }
    const ended = this.#ended.after(events);
    const waits = this.#observe(events, record.rx, record.kind === 'frame');
    const commands = waits ? [...this.#snapshots(record.rx), ...ended] : ended;
    if (record.kind === 'answer') return [...commands, ...this.#answer(record)];
    if (record.kind === 'fact') this.#fact(record);
    return commands;
  }

  tick(nowUs: number): readonly FeedCommand[] {
    const commands: FeedCommand[] = [];
    for (const late of this.#subscriptions.overdue(nowUs)) {
      commands.push({ t: 'reconnect', ...late, reason: 'no answer to SUBSCRIBE' });
    }
    if (this.#changed) this.#flows(nowUs);
    if (this.#listing.open) {
      for (const request of this.#polls.due(nowUs)) commands.push({ t: 'request', request });
    }
    for (const request of this.#listing.due(nowUs)) commands.push({ t: 'request', request });
    commands.push(...this.#snapshots(nowUs));
    return commands;
  }

  subscribed(conn: number): boolean {
    return this.#subscriptions.ready(conn);
  }

  synced(link: string): boolean {
    if (this.#books.allComplete) return true;
    for (const { kind, name, symbol } of this.#links.share(link)?.streams.values() ?? []) {
      if (!isDiffDepth(kind) || this.#refused.has(name)) continue;
      if (!this.#books.complete(symbol)) return false;
    }
    return true;
  }

  ended(_link: string, conn: number, end: SocketEnd): readonly FeedCommand[] {
    this.#subscriptions.closed(conn);
    const status = /^HTTP (403|451)$/.exec(end.error)?.[1];
    if (status === undefined) return [];
    const error = blocked(this.#plan.market, status === '451' ? 451 : 403, 'the handshake');
    return [{ t: 'fail', error }];
  }

  watched(): readonly WatchedStream[] {
    return this.#watch.list(this.#links, this.#refused);
  }

  subscribe(symbols: readonly string[], streams?: readonly string[]): FeedCommand[] {
    const { market, defaultKinds } = this.#plan;
    // Checked together with what is subscribed: two speeds of one book would mix.
    const all = streamsOf(market, symbols, (symbol) => {
      const held = this.#wanted.streams(symbol).map((one) => one.kind);
      return [...new Set([...held, ...(streams ?? defaultKinds)])];
    });
    refuseLatePartial(all, this.#partialDepth);
    const fresh = all.filter((one) => !this.streams(one.symbol).includes(one.name));
    const commands: FeedCommand[] = [];
    for (const symbol of new Set(fresh.map((one) => one.symbol))) {
      const own = fresh.filter((one) => one.symbol === symbol);
      commands.push({ t: 'fact', body: changeFact(market, 'subscribe', own) });
    }
    for (const stream of fresh) {
      this.#refused.delete(stream.name);
      this.#want(stream);
    }
    const unknown = new Set<string>();
    for (const { symbol } of fresh) if (!this.#listing.listed(symbol)) unknown.add(symbol);
    commands.push(...this.#place(fresh.filter((one) => !unknown.has(one.symbol))));
    for (const request of this.#listing.ask([...unknown])) commands.push({ t: 'request', request });
    return commands;
  }

  unsubscribe(symbols: readonly string[], streams?: readonly string[]): FeedCommand[] {
    const commands: FeedCommand[] = [];
    for (const symbol of new Set(symbols)) {
      const held = this.#wanted.streams(symbol);
      const gone = held.filter((one) => streams === undefined || streams.includes(one.kind));
      if (gone.length === 0) continue;
      const body = changeFact(this.#plan.market, 'unsubscribe', gone);
      commands.push({ t: 'fact', body }, ...this.#ended.end(gone, held, this.#links));
      commands.push(...this.#takeOff(gone));
    }
    return commands;
  }

  #linkOf(share: LinkShare): FeedLink {
    const { id, streams } = share;
    if (this.#plan.subscribeBy === 'url' && !this.#inAddress.has(id)) {
      this.#inAddress.set(id, namedInAddress([...streams.keys()]));
    }
    return feedLink(this.#plan, share, this.#inAddress.get(id) ?? []);
  }

  #want(stream: StreamOf): void {
    if (this.#wanted.add(stream)) this.#polls.add(stream.symbol);
    this.#watch.add(stream);
    this.#ended.begin(stream);
  }

  /** Puts streams on connections; asks for them where the connection is open already. */
  #place(streams: readonly StreamOf[]): FeedCommand[] {
    const added = this.#links.add(streams);
    // Also where no connection is new: the instruments of a link are told of its losses.
    const commands: FeedCommand[] = added.size > 0 ? [{ t: 'links' }] : [];
    for (const [{ id }, own] of added) {
      const names = own.map((one) => one.name);
      for (const data of this.#subscriptions.change(id, 'SUBSCRIBE', names)) {
        commands.push({ t: 'send', link: id, data });
      }
    }
    for (const { kind, symbol } of streams) if (isDiffDepth(kind)) this.#books.want(symbol);
    this.#changed = true;
    return commands;
  }

  #takeOff(streams: readonly StreamOf[]): FeedCommand[] {
    const commands: FeedCommand[] = [];
    const messages = new Map<string, string[]>();
    for (const stream of streams) {
      const share = this.#links.of(stream.name);
      if (isDiffDepth(stream.kind)) this.#books.drop(stream.symbol);
      this.#forget(stream);
      if (share === null) continue;
      if (this.#links.remove(stream.name)) {
        this.#inAddress.delete(share.id);
        messages.delete(share.id);
      } else if (!this.#refused.has(stream.name)) {
        messages.set(share.id, [...(messages.get(share.id) ?? []), stream.name]);
      }
    }
    for (const [link, names] of messages) {
      for (const data of this.#subscriptions.change(link, 'UNSUBSCRIBE', names)) {
        commands.push({ t: 'send', link, data });
      }
    }
    return [...commands, { t: 'links' }];
  }

  #forget(stream: StreamOf): void {
    if (!this.#wanted.remove(stream)) return;
    this.#listing.drop(stream.symbol);
    this.#polls.remove(stream.symbol);
  }

  /** Looks at what the capture made of a record; true when a book waits for a snapshot. */
  #observe(events: readonly EventInput[], rx: number, pushed: boolean): boolean {
    let waits = false;
    for (const event of events) {
      if (event.t === 'Quote' || event.t === 'Trade') continue;
      if (event.t === 'BookDelta' || event.t === 'BookSnapshot') {
        waits = this.#look(event.body.inst, rx) || waits;
      } else if (event.t === 'Funding') {
        if (pushed) this.#watch.mark(event.body.inst, rx);
      } else if (event.t === 'Instrument') {
        waits = this.#look(event.body.instrumentId, rx) || waits;
      } else if (event.t === 'Session') this.#session(event.body, rx);
    }
    return waits;
  }

  #look(inst: string, rx: number): boolean {
    const symbol = this.#wanted.symbolOf(inst);
    return symbol !== null && this.#books.observe(symbol, rx);
  }

  #session(body: SessionBody, rx: number): void {
    const { code, details, inst, kind } = body;
    if (kind === 'disconnected' || code === 'QL_FEED_RESTARTED') {
      const symbols = inst === null ? this.symbols() : [this.#wanted.symbolOf(inst) ?? ''];
      for (const symbol of symbols) {
        this.#books.stopped(symbol);
        this.#books.observe(symbol, rx);
      }
      this.#changed = true;
    } else if (code === 'QL_VENUE_CLOCK_OFFSET') {
      const { offsetUs } = details;
      if (typeof offsetUs === 'number') this.#polls.measured(offsetUs);
    }
  }

  #fact({ body, rx }: RawFact): void {
    const { code, details, kind } = body;
    const { closed, conn, key } = details;
    if (kind === 'disconnected' && typeof conn === 'number') this.#subscriptions.closed(conn);
    if (code === 'QL_FEED_HANDOVER' && typeof closed === 'number') {
      this.#subscriptions.closed(closed);
    }
    // A snapshot without any answer counts as one that did not help.
    if (code === 'QL_FEED_REQUEST' && typeof key === 'string' && key.startsWith(DEPTH_KEY)) {
      this.#books.answered(key.slice(DEPTH_KEY.length), rx);
    }
  }

  #answer({ rx, status, url }: RawAnswer): FeedCommand[] {
    const { market } = this.#plan;
    const { what, symbol } = requestKind(url);
    if (status === 403 || status === 451) {
      return [{ t: 'fail', error: blocked(market, status, url.split('?', 1)[0] as string) }];
    }
    if (status === 200) this.#polls.answered(what, symbol);
    if (what === 'depth') {
      this.#books.answered(symbol, rx);
      return this.#snapshots(rx);
    }
    if (what !== 'exchangeInfo') return [];
    return this.#listed(url, status, rx);
  }

  #listed(url: string, status: number, rx: number): FeedCommand[] {
    const outcome = this.#listing.answer(url, status, rx);
    for (const symbol of outcome.missing) {
      for (const stream of this.#wanted.streams(symbol)) this.#forget(stream);
    }
    const ready = outcome.listed.flatMap((symbol) => this.#wanted.streams(symbol));
    return [...outcome.commands, ...this.#place(ready)];
  }

  #control(conn: number, control: ControlMessage): FeedCommand[] {
    const link = this.#subscriptions.linkOf(conn);
    if (link === null) return [];
    if (control.t === 'shutdown') {
      return [{ t: 'renew', link, reason: 'the venue is about to shut down' }];
    }
    const { again, refused } = this.#subscriptions.reply(conn, control);
    this.#changed = true;
    const commands: FeedCommand[] = again.map((data) => ({ t: 'send', link, data }));
    for (const name of refused) {
      const stream = this.#links.share(link)?.streams.get(name);
      if (stream === undefined || this.#refused.has(name)) continue;
      this.#refused.add(name);
      if (isDiffDepth(stream.kind)) this.#books.drop(stream.symbol);
      const error = control.error ?? { code: -1, message: '' };
      commands.push({ t: 'fact', body: refusedFact(this.#plan.market, stream, error) });
    }
    return commands;
  }

  /** Which depth streams flow: those of connections whose messages are all answered. */
  #flows(nowUs: number): void {
    this.#changed = false;
    for (const { id, streams } of this.#links.shares) {
      if (!this.#subscriptions.flowing(id)) continue;
      for (const { kind, symbol } of streams.values()) {
        if (isDiffDepth(kind)) this.#books.flows(symbol, nowUs);
      }
    }
  }

  #snapshots(nowUs: number): FeedCommand[] {
    return this.#books.due(nowUs).map((symbol) => ({
      t: 'request',
      request: this.#requests.depth(symbol, this.#plan.depthLimit),
    }));
  }
}
