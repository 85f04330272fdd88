/**
 * Writes `fixtures/demo/`: raw Binance USD-M frames of two symbols, made by a seeded order-flow
 * model. The same bytes come out on every machine, because only integers and Philox draws are used.
 *
 * The model, per symbol and per millisecond: a latent value walks in ticks; traders who know it
 * lift or hit the book in self-exciting bursts; others post limit orders with a power-law distance
 * from the opposite best and cancel in proportion to what rests. So the book's imbalance carries
 * some information about the next move, spreads open in bursts and sizes are heavy-tailed.
 *
 * `npm run fixtures` writes, `npm run fixtures -- --check` compares with what is there.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createRng, type Rng } from '../src/core/index.js';

const OUT = fileURLToPath(new URL('../fixtures/demo/', import.meta.url));
const SEED = 20240808n;
const START_MS = 1_723_161_600_000; // 2024-08-09T00:00:00Z
const LENGTH_MS = 45_000;
const LEVELS = 400;
const DEPTH_PERIOD_MS = 100;
const SNAPSHOT_AT_MS = 1_230;

interface SymbolSpec {
  readonly symbol: string;
  readonly base: string;
  readonly mid: number; // ticks
  readonly priceDecimals: number;
  readonly printedPriceDecimals: number;
  readonly qtyDecimals: number;
  readonly typicalLots: number;
  readonly activityPpm: number; // chance of an order-flow event per millisecond
}

const SYMBOLS: readonly SymbolSpec[] = [
  {
    symbol: 'BTCUSDT',
    base: 'BTC',
    mid: 617_000,
    priceDecimals: 1,
    printedPriceDecimals: 2,
    qtyDecimals: 3,
    typicalLots: 40,
    activityPpm: 90_000,
  },
  {
    symbol: 'ETHUSDT',
    base: 'ETH',
    mid: 268_400,
    priceDecimals: 2,
    printedPriceDecimals: 2,
    qtyDecimals: 3,
    typicalLots: 900,
    activityPpm: 60_000,
  },
];

const decimal = (mantissa: number, decimals: number, printed: number): string => {
  const text = String(mantissa).padStart(decimals + 1, '0');
  const cut = text.length - decimals;
  return `${text.slice(0, cut)}.${text.slice(cut)}${'0'.repeat(printed - decimals)}`;
};

interface Frame {
  readonly receiveNs: bigint;
  readonly text: string;
}

/** The order book, the latent value and the sequence numbers of one symbol. */
class Market {
  readonly #spec: SymbolSpec;
  readonly #rng: Rng;
  readonly #bids = new Map<number, number>();
  readonly #asks = new Map<number, number>();
  #touched = new Set<string>();
  #bestBid = 0;
  #bestAsk = 0;
  #value: number;
  #excitation = 0;
  #bias = 0;
  #updateId: number;
  #lastFinal: number;
  #firstId: number;
  #tradeId: number;
  readonly #frames: Frame[];
  readonly #receive: (eventMs: number) => bigint;

  constructor(spec: SymbolSpec, rng: Rng, frames: Frame[], receive: (eventMs: number) => bigint) {
    this.#spec = spec;
    this.#rng = rng;
    this.#frames = frames;
    this.#receive = receive;
    this.#value = spec.mid;
    this.#updateId = 5_123_107_000_000 + rng.below(1_000_000);
    this.#lastFinal = this.#updateId;
    this.#firstId = this.#updateId + 1;
    this.#tradeId = 5_266_000_000 + rng.below(1_000_000);
    for (let d = 1; d <= LEVELS; d++) {
      if (d > 3 && rng.below(100) >= 62) continue;
      this.#bids.set(spec.mid - d, this.#size());
      this.#asks.set(spec.mid + d, this.#size());
    }
    this.#bestBid = spec.mid - 1;
    this.#bestAsk = spec.mid + 1;
  }

  /** Heavy-tailed lots: each doubling is half as likely. */
  #size(): number {
    let scale = 1;
    while (scale < 64 && this.#rng.below(100) < 42) scale *= 2;
    return 1 + this.#rng.below(this.#spec.typicalLots * scale);
  }

  /** Distance in ticks from the opposite best; power-law by repeated doubling. */
  #distance(): number {
    let reach = 1;
    while (reach < 256 && this.#rng.below(100) < 55) reach *= 2;
    return 1 + this.#rng.below(reach);
  }

  #set(side: 'b' | 'a', price: number, lots: number): void {
    const levels = side === 'b' ? this.#bids : this.#asks;
    if (lots <= 0) levels.delete(price);
    else levels.set(price, lots);
    this.#touched.add(`${side}${price}`);
    this.#updateId += 1 + this.#rng.below(24);
  }

  #refreshBest(): boolean {
    const bid = this.#bestBid;
    const ask = this.#bestAsk;
    let b = Math.max(bid, ask) + 4;
    while (!this.#bids.has(b)) b--;
    let a = Math.min(bid, ask) - 4;
    while (!this.#asks.has(a)) a++;
    this.#bestBid = b;
    this.#bestAsk = a;
    return b !== bid || a !== ask;
  }

  #frame(eventMs: number, stream: string, data: string): void {
    const text = `{"stream":"${this.#spec.symbol.toLowerCase()}@${stream}","data":${data}}`;
    this.#frames.push({ receiveNs: this.#receive(eventMs), text });
  }

  #price(mantissa: number): string {
    return decimal(mantissa, this.#spec.priceDecimals, this.#spec.printedPriceDecimals);
  }

  #qty(lots: number): string {
    return decimal(lots, this.#spec.qtyDecimals, this.#spec.qtyDecimals);
  }

  #bookTicker(ms: number): void {
    const data =
      `{"e":"bookTicker","u":${this.#updateId},"s":"${this.#spec.symbol}",` +
      `"b":"${this.#price(this.#bestBid)}","B":"${this.#qty(this.#bids.get(this.#bestBid) ?? 0)}",` +
      `"a":"${this.#price(this.#bestAsk)}","A":"${this.#qty(this.#asks.get(this.#bestAsk) ?? 0)}",` +
      `"T":${ms},"E":${ms}}`;
    this.#frame(ms, 'bookTicker', data);
  }

  #trade(ms: number, price: number, lots: number, buyerIsMaker: boolean): void {
    const data =
      `{"e":"trade","E":${ms},"T":${ms},"s":"${this.#spec.symbol}","t":${this.#tradeId++},` +
      `"p":"${this.#price(price)}","q":"${this.#qty(lots)}","X":"MARKET","m":${buyerIsMaker}}`;
    this.#frame(ms, 'trade', data);
  }

  #marketOrder(ms: number, buy: boolean): void {
    let left = 1 + this.#rng.below(Math.max(2, this.#spec.typicalLots));
    if (this.#rng.below(100) < 8) left *= 12;
    for (let walked = 0; left > 0 && walked < 4; walked++) {
      const price = buy ? this.#bestAsk : this.#bestBid;
      const levels = buy ? this.#asks : this.#bids;
      const resting = levels.get(price) ?? 0;
      const done = Math.min(left, resting);
      this.#trade(ms, price, done, !buy);
      this.#set(buy ? 'a' : 'b', price, resting - done);
      left -= done;
      this.#refreshBest();
      this.#bookTicker(ms);
    }
    this.#excitation = Math.min(400_000, this.#excitation + 60_000);
    this.#bias = Math.max(-30, Math.min(30, this.#bias + (buy ? 6 : -6)));
  }

  #limitOrder(): void {
    const lean = this.#value * 2 - (this.#bestBid + this.#bestAsk);
    const buy = this.#rng.below(100) < 50 + Math.max(-22, Math.min(22, lean));
    const distance = this.#distance();
    const price = buy ? this.#bestAsk - distance : this.#bestBid + distance;
    const levels = buy ? this.#bids : this.#asks;
    this.#set(buy ? 'b' : 'a', price, (levels.get(price) ?? 0) + this.#size());
  }

  #cancel(): void {
    const buy = this.#rng.below(2) === 0;
    const levels = buy ? this.#bids : this.#asks;
    const best = buy ? this.#bestBid : this.#bestAsk;
    const price = buy ? best - this.#distance() + 1 : best + this.#distance() - 1;
    const resting = levels.get(price);
    if (resting === undefined || levels.size < 40) return;
    const gone = this.#rng.below(100) < 45 ? resting : 1 + this.#rng.below(resting);
    this.#set(buy ? 'b' : 'a', price, resting - gone);
  }

  step(ms: number): void {
    if (ms % 40 === 0) this.#value += this.#rng.below(3) - 1;
    if (this.#bias !== 0 && ms % 15 === 0) this.#bias += this.#bias > 0 ? -1 : 1;
    this.#excitation -= Math.floor(this.#excitation / 24);
    if (this.#rng.below(1_000_000) >= this.#spec.activityPpm + this.#excitation) return;
    const before = this.#touchState();
    const draw = this.#rng.below(100);
    if (draw < 11) {
      const lean = this.#value * 2 - (this.#bestBid + this.#bestAsk);
      const tilt = Math.max(-35, Math.min(35, lean * 3 + this.#bias));
      this.#marketOrder(ms, this.#rng.below(100) < 50 + tilt);
      return;
    }
    if (draw < 58) this.#limitOrder();
    else this.#cancel();
    this.#refreshBest();
    if (this.#touchState() !== before) this.#bookTicker(ms);
  }

  #touchState(): string {
    const bid = this.#bids.get(this.#bestBid) ?? 0;
    const ask = this.#asks.get(this.#bestAsk) ?? 0;
    return `${this.#bestBid}:${bid}:${this.#bestAsk}:${ask}`;
  }

  #levels(side: 'b' | 'a', prices: readonly number[]): string {
    const levels = side === 'b' ? this.#bids : this.#asks;
    const cells = prices.map((p) => `["${this.#price(p)}","${this.#qty(levels.get(p) ?? 0)}"]`);
    return `[${cells.join(',')}]`;
  }

  depthUpdate(ms: number): void {
    if (this.#touched.size === 0) return;
    const prices = (side: 'b' | 'a'): number[] =>
      [...this.#touched]
        .filter((key) => key.startsWith(side))
        .map((key) => Number.parseInt(key.slice(1), 10))
        .sort((x, y) => x - y);
    const data =
      `{"e":"depthUpdate","E":${ms},"T":${ms - 1},"s":"${this.#spec.symbol}",` +
      `"U":${this.#firstId},"u":${this.#updateId},"pu":${this.#lastFinal},` +
      `"b":${this.#levels('b', prices('b'))},"a":${this.#levels('a', prices('a'))}}`;
    this.#frame(ms, 'depth@100ms', data);
    this.#lastFinal = this.#updateId;
    this.#firstId = this.#updateId + 1;
    this.#touched = new Set();
  }

  snapshot(ms: number): void {
    const bids = [...this.#bids.keys()].sort((x, y) => y - x);
    const asks = [...this.#asks.keys()].sort((x, y) => x - y);
    const text =
      `{"lastUpdateId":${this.#updateId},"E":${ms},"T":${ms},"symbol":"${this.#spec.symbol}",` +
      `"bids":${this.#levels('b', bids)},"asks":${this.#levels('a', asks)}}`;
    this.#frames.push({ receiveNs: this.#receive(ms), text });
  }
}

const filters = (spec: SymbolSpec): string => {
  const step = (decimals: number): string => decimal(1, decimals, decimals);
  return (
    `[{"filterType":"PRICE_FILTER","minPrice":"1.00","maxPrice":"4000000.00",` +
    `"tickSize":"${step(spec.priceDecimals)}"},` +
    `{"filterType":"LOT_SIZE","minQty":"0.001","maxQty":"1000","stepSize":"${step(spec.qtyDecimals)}"},` +
    `{"filterType":"MIN_NOTIONAL","notional":"20"}]`
  );
};

const exchangeInfo = (): string => {
  const symbols = SYMBOLS.map(
    (s) =>
      `{"symbol":"${s.symbol}","pair":"${s.symbol}","contractType":"PERPETUAL",` +
      `"deliveryDate":4133404800000,"onboardDate":1569398400000,"status":"TRADING",` +
      `"baseAsset":"${s.base}","quoteAsset":"USDT","marginAsset":"USDT",` +
      `"pricePrecision":2,"quantityPrecision":3,"filters":${filters(s)}}`,
  );
  return `{"timezone":"UTC","serverTime":${START_MS},"symbols":[${symbols.join(',')}]}\n`;
};

const generate = (): string => {
  const network = createRng(SEED, 1000n);
  const frames: Frame[] = [];
  let lastNs = 0n;
  // One connection is FIFO: a frame cannot overtake the one before it.
  const receive = (eventMs: number): bigint => {
    const latencyNs =
      1_800_000 + network.below(2_600_000) + (network.below(200) === 0 ? 9_000_000 : 0);
    const at = BigInt(eventMs) * 1_000_000n + BigInt(latencyNs);
    lastNs = at > lastNs ? at : lastNs + BigInt(1 + network.below(20_000));
    return lastNs;
  };
  const markets = SYMBOLS.map(
    (spec, i) => new Market(spec, createRng(SEED, BigInt(i)), frames, receive),
  );
  for (let t = 1; t <= LENGTH_MS; t++) {
    const ms = START_MS + t;
    for (const market of markets) market.step(ms);
    if (t % DEPTH_PERIOD_MS === 0) for (const market of markets) market.depthUpdate(ms);
    if (t === SNAPSHOT_AT_MS) for (const market of markets) market.snapshot(ms);
  }
  return frames.map((f) => `${f.receiveNs} ${f.text}\n`).join('');
};

const files: readonly (readonly [string, string])[] = [
  ['usdm_20240809.raw.jsonl', generate()],
  ['usdm_exchange_info.json', exchangeInfo()],
];

if (process.argv.includes('--check')) {
  for (const [name, text] of files) {
    if (readFileSync(OUT + name, 'utf8') !== text) {
      console.error(`${OUT}${name} differs from what the generator writes; run "npm run fixtures"`);
      process.exit(1);
    }
  }
  console.log(`fixtures: ${files.length} files equal what the generator writes`);
} else {
  mkdirSync(OUT, { recursive: true });
  for (const [name, text] of files) writeFileSync(OUT + name, text);
  console.log(
    `fixtures: wrote ${files.map(([name, text]) => `${name} (${text.length} B)`).join(', ')}`,
  );
}
