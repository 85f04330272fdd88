import type { EventInput, SessionBody } from 'quantlaxmi/events';
import {
  type BinanceMarket,
  type BinanceProtocol,
  type BinanceProtocolOptions,
  binanceProtocol,
} from 'quantlaxmi/venues/binance';
import type { FeedCommand, FeedRequest, RawRecord } from 'quantlaxmi/venues/feed';
import { utf8 } from '../messages.js';

export const START = 1_780_000_000_000_000;

const PREFIX = { spot: '/api/v3', usdm: '/fapi/v1', coinm: '/dapi/v1' } as const;

/** An exchangeInfo answer: price 2 decimals, quantity 3. */
export function exchangeInfo(symbols: readonly string[]): string {
  const rows = symbols.map((symbol) => ({
    symbol,
    status: 'TRADING',
    contractStatus: 'TRADING',
    contractType: 'PERPETUAL',
    contractSize: 100,
    baseAsset: symbol.slice(0, 3),
    quoteAsset: 'USDT',
    marginAsset: 'USDT',
    deliveryDate: 4_133_404_800_000,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: '0.01', maxPrice: '1000000', tickSize: '0.01' },
      { filterType: 'LOT_SIZE', minQty: '0.001', maxQty: '9000', stepSize: '0.001' },
    ],
  }));
  return JSON.stringify({ timezone: 'UTC', serverTime: START / 1000, symbols: rows });
}

export interface Sent {
  readonly method: string;
  readonly params: readonly string[];
  readonly id: number;
}

/** Plays the feed's part for a protocol: no socket, no clock, nothing by itself. */
export class Driver {
  readonly protocol: BinanceProtocol;
  readonly market: BinanceMarket;
  readonly events: EventInput[] = [];
  now = START;
  #conn = 0;

  constructor(options: Partial<BinanceProtocolOptions> = {}) {
    this.market = options.market ?? 'spot';
    this.protocol = binanceProtocol({
      market: this.market,
      sessionId: 's',
      symbols: ['BTCUSDT'],
      ...options,
    });
  }

  record(record: RawRecord): FeedCommand[] {
    const events = this.protocol.capture.record(record);
    this.events.push(...events);
    return [...this.protocol.after(record, events)];
  }

  frame(conn: number, text: string): FeedCommand[] {
    const rx = this.now;
    return this.record({ kind: 'frame', rx, conn, binary: false, bytes: utf8(text) });
  }

  answer(url: string, body: string, status = 200, tookUs = 0): FeedCommand[] {
    const rx = this.now;
    return this.record({ kind: 'answer', rx, tookUs, status, url, bytes: utf8(body) });
  }

  fact(body: Partial<SessionBody>): FeedCommand[] {
    const whole: SessionBody = { kind: 'config', code: '', inst: null, details: {}, ...body };
    return this.record({ kind: 'fact', rx: this.now, body: whole });
  }

  /** Records the facts among the commands, as the feed does, and gives all commands back. */
  run(commands: readonly FeedCommand[]): FeedCommand[] {
    const more = commands.flatMap((one) => (one.t === 'fact' ? this.fact(one.body) : []));
    return [...commands, ...more];
  }

  tick(laterUs = 250_000): FeedCommand[] {
    this.now += laterUs;
    return [...this.protocol.tick(this.now)];
  }

  /** Answers the opening requests. */
  open(listed: readonly string[] = this.protocol.symbols()): FeedCommand[] {
    return this.protocol.opening().flatMap(({ recordedUrl }) => {
      if (recordedUrl.endsWith('/time')) {
        return this.answer(recordedUrl, `{"serverTime":${Math.floor(this.now / 1000)}}`);
      }
      return this.answer(recordedUrl, exchangeInfo(listed));
    });
  }

  /** Opens a connection; what the protocol sends on it first. */
  connect(link = '0', code = ''): { conn: number; sent: Sent[] } {
    this.#conn += 1;
    const conn = this.#conn;
    const sent = this.protocol.greet(link, conn).map((data) => JSON.parse(String(data)) as Sent);
    this.fact({ kind: 'connected', code, details: { attempt: 1, conn, link } });
    return { conn, sent };
  }

  /** Opens a connection whose messages are all acknowledged. */
  live(link = '0'): number {
    const { conn, sent } = this.connect(link);
    for (const { id } of sent) this.frame(conn, `{"result":null,"id":${id}}`);
    return conn;
  }

  /** Starts and opens all connections; answers all messages. */
  start(): number[] {
    this.open();
    return this.protocol.links().map(({ id }) => this.live(id));
  }

  depth(conn: number, symbol: string, ids: readonly [number, number, number?]): FeedCommand[] {
    return this.frame(conn, depthUpdate(symbol, ids));
  }

  snapshot(symbol: string, lastUpdateId: number, status = 200): FeedCommand[] {
    const limit = /limit=(\d+)/.exec(this.depthUrl(symbol))?.[1];
    const url = `${PREFIX[this.market]}/depth?symbol=${symbol}&limit=${limit}`;
    const body = `{"lastUpdateId":${lastUpdateId},"bids":[["1.00","1.000"]],"asks":[]}`;
    return this.answer(url, status === 200 ? body : '{"code":-1003,"msg":"no"}', status);
  }

  depthUrl(symbol: string): string {
    return `${PREFIX[this.market]}/depth?symbol=${symbol}&limit=1000`;
  }
}

export function depthData(
  symbol: string,
  ids: readonly [number, number, number?],
  bids: readonly (readonly [string, string])[],
): string {
  const [first, last, prev] = ids;
  const pu = prev === undefined ? '' : `,"pu":${prev}`;
  const data =
    `{"e":"depthUpdate","E":${START / 1000},"s":"${symbol}","U":${first},"u":${last}${pu},` +
    `"b":${JSON.stringify(bids)},"a":[]}`;
  return `{"stream":"${symbol.toLowerCase()}@depth@100ms","data":${data}}`;
}

export function depthUpdate(symbol: string, ids: readonly [number, number, number?]): string {
  return depthData(symbol, ids, [['1.00', '2.000']]);
}

export function requestsOf(commands: readonly FeedCommand[]): FeedRequest[] {
  return commands.flatMap((one) => (one.t === 'request' ? [one.request] : []));
}

export function urlsOf(commands: readonly FeedCommand[]): string[] {
  return requestsOf(commands).map((one) => one.recordedUrl);
}

export function sentOf(commands: readonly FeedCommand[]): Sent[] {
  return commands.flatMap((one) =>
    one.t === 'send' ? [JSON.parse(String(one.data)) as Sent] : [],
  );
}

export function factsOf(commands: readonly FeedCommand[]): SessionBody[] {
  return commands.flatMap((one) => (one.t === 'fact' ? [one.body] : []));
}
