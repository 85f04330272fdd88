/** One random life of a run, checked after each command by what must hold by definition. */
import { createRng, type Rng, streamIdOf } from 'quantlaxmi/core';
import type { EventInput } from 'quantlaxmi/events';
import type { RiskPolicy } from 'quantlaxmi/risk';
import type { Step } from 'quantlaxmi/strategy';
import { Engine, readyEngine } from '../engine.js';
import { BTC, limitBuy } from '../known-view.js';
import { LateVenue } from './venue.js';

export interface WorldOptions {
  readonly policy: RiskPolicy;
  /** The limit the policy names, as the model knows it. */
  readonly limit: bigint;
  /** The gross exposure the policy names, in 1/10,000 of its currency. */
  readonly grossLimit?: bigint;
  readonly seed: number;
  readonly wrap?: (step: Step) => Step;
  /** Changes what the strategy wants behind the model's back. */
  readonly bend?: (intent: Record<string, unknown>) => Record<string, unknown>;
}

export interface Counts {
  commands: number;
  placed: number;
  denied: number;
  amends: number;
  fills: number;
  halts: number;
}

class Broken extends Error {}

const holds = (condition: boolean, what: string): void => {
  if (!condition) throw new Broken(what);
};

const timerFact = (id: string, due: number): EventInput => ({
  t: 'Timer',
  sv: 1,
  rx: 0,
  ts: null,
  src: 'ENGINE',
  body: { cause: 0, due, id },
});

export class World {
  readonly engine: Engine;
  readonly venue = new LateVenue();
  readonly counts: Counts = { commands: 0, placed: 0, denied: 0, amends: 0, fills: 0, halts: 0 };
  readonly #rng: Rng;
  readonly #options: WorldOptions;
  readonly #reduceOnly = new Set<string>();
  readonly #seenFills = new Set<string>();
  readonly #told = new Map<string, { filled: bigint; over: boolean }>();
  readonly #halted = new Set<string>();
  #timers: { id: string; dueUs: number }[] = [];
  #position = 0n;
  #killed = false;
  #synced = true;
  #pending = false;
  #rearms = '';
  #n = 0;
  #bid = 1_000;
  #bookSeq = 1;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.#rng = createRng(BigInt(options.seed), streamIdOf('test/risk-model'));
    const { policy, wrap } = options;
    this.engine = readyEngine(wrap === undefined ? { policy } : { policy, wrap });
    this.#after();
  }

  /** Runs `count` commands; throws where something does not hold. */
  run(count: number): Counts {
    for (let i = 0; i < count; i += 1) {
      this.#rearms = '';
      this.#command();
      this.counts.commands += 1;
    }
    return this.counts;
  }

  #command(): void {
    if (this.#rng.below(5) === 0 && this.#resume()) return;
    const draw = this.#rng.below(100);
    if (draw < 42) this.#want();
    else if (draw < 55) this.#pick((held) => this.venue.act(held, this.#rng));
    else if (draw < 75) this.#deliver();
    else if (draw < 83) this.#move();
    else if (draw < 87) this.#pass(1 + this.#rng.below(1_500_000));
    else if (draw < 89) this.#kill(this.#rng.below(5) === 0);
    else if (draw < 90) this.#gap();
    else if (draw < 91) this.#tell(this.#rng.below(2) === 0 ? 'disconnected' : 'connected', '');
    else if (draw < 92) this.#policy();
    else this.#operator();
  }

  /** Ends one thing that keeps orders from going out; a run that stands still shows little. */
  #resume(): boolean {
    const [halted] = this.#halted;
    if (this.#pending) this.#tell('connected', '');
    else if (this.#killed) this.#kill(false);
    else if (!this.#synced) this.#move();
    else if (halted !== undefined) {
      this.#rearms = halted;
      this.#tell('operator', 'QL_OPERATOR_REARM', { by: 'A. Person', scope: halted });
    } else return false;
    return true;
  }

  /** A named person puts the same policy into force again; a nameless one may not. */
  #policy(): void {
    const by = this.#rng.below(3) === 0 ? '' : 'A. Person';
    const policy = JSON.stringify(this.#options.policy.spec);
    this.#tell('operator', 'QL_OPERATOR_POLICY', { by, policy });
  }

  #pick(act: (held: LateVenue['held'][number]) => void): void {
    const open = this.venue.open();
    const held = open[this.#rng.below(Math.max(1, open.length))];
    if (held !== undefined) act(held);
    this.#exposure();
  }

  #intent(): Record<string, unknown> {
    const rng = this.#rng;
    this.#n += 1;
    const side = rng.below(2) === 0 ? 'buy' : 'sell';
    const price = this.#bid - 20 + rng.below(40);
    const tif = (['gtc', 'gtc', 'ioc', 'fok'] as const)[rng.below(4)];
    const qty = 1 + rng.below(50);
    const reduceOnly = rng.below(5) === 0;
    const place = { ...limitBuy, intentId: `i${this.#n}`, side, price, qty, reduceOnly, tif };
    const kind = rng.below(20);
    if (kind === 0) return { ...place, qty: [Number.NaN, 0.5, -3, 1e300][rng.below(4)] };
    if (kind === 1) return { ...place, inst: 'NOT:THERE' };
    if (kind === 2) return { ...place, type: 'market', price: null, tif: 'ioc' };
    const held = this.venue.held[this.venue.held.length - 1 - rng.below(6)];
    if (held === undefined || kind > 8) return place;
    const { intentId, reduceOnly: reduces, side: own } = held.order;
    if (kind < 6) return { ...place, action: 'amend', intentId, side: own, reduceOnly: reduces };
    return { ...place, action: 'cancel', intentId, side: own, price: null, qty: 0 };
  }

  #want(): void {
    const wanted = Array.from({ length: 1 + this.#rng.below(2) }, () => this.#intent());
    for (const { action, intentId, reduceOnly } of wanted) {
      if (action === 'place' && reduceOnly === true) this.#reduceOnly.add(String(intentId));
    }
    const { bend } = this.#options;
    this.engine.want(...(bend === undefined ? wanted : wanted.map(bend)));
    this.#after();
  }

  #deliver(): void {
    const waiting = this.venue.held.filter((held) => held.waiting.length > 0);
    const held = waiting[this.#rng.below(Math.max(1, waiting.length))];
    const fact = held?.waiting.shift();
    if (fact === undefined) return;
    this.#fact(fact);
    // A venue says things twice.
    if (this.#rng.below(5) === 0) this.#fact(fact);
  }

  #fact(fact: EventInput): void {
    this.#note(fact);
    this.engine.venue(fact);
    this.#after();
  }

  /** What the run has been told, kept by its own rules: fills by id, ends by state. */
  #note(fact: EventInput): void {
    if (fact.t === 'Fill') {
      const { fillId, orderId, qty, side } = fact.body;
      if (this.#seenFills.has(fillId)) return;
      this.#seenFills.add(fillId);
      this.counts.fills += 1;
      this.#position += side === 'buy' ? BigInt(qty) : -BigInt(qty);
      this.#toldOf(orderId).filled += BigInt(qty);
    } else if (fact.t === 'Order') {
      const { orderId, state } = fact.body;
      if (['filled', 'cancelled', 'rejected', 'expired'].includes(state)) {
        this.#toldOf(orderId).over = true;
      }
    }
  }

  #toldOf(orderId: string) {
    const told = this.#told.get(orderId) ?? { filled: 0n, over: false };
    this.#told.set(orderId, told);
    return told;
  }

  #move(): void {
    this.#bid = Math.min(1_100, Math.max(900, this.#bid - 8 + this.#rng.below(17)));
    this.#bookSeq += 1;
    const asks = [0, 1, 2].map((i) => [this.#bid + 1 + i, 200]);
    const bids = [0, 1, 2].map((i) => [this.#bid - i, 200]);
    this.#synced = true;
    const body = { asks, bids, inst: BTC, venueSeq: this.#bookSeq };
    this.engine.input('BookSnapshot', body, this.#rng.below(5_000));
    this.#after();
    const tradeId = `${this.#bookSeq}`;
    const trade = { aggressor: 'buy', inst: BTC, price: this.#bid + 1, qty: 1, tradeId };
    this.engine.input('Trade', { ...trade, venueSeq: this.#bookSeq });
    this.#after();
  }

  #gap(): void {
    this.#bookSeq += 100;
    const seqs = { firstSeq: this.#bookSeq, lastSeq: this.#bookSeq, prevSeq: null };
    this.#synced = false;
    this.engine.input('BookDelta', { asks: [], bids: [[this.#bid, 3]], inst: BTC, ...seqs });
    this.#after();
  }

  #pass(us: number): void {
    const until = this.engine.rx + us;
    for (;;) {
      this.#timers.sort((a, b) => a.dueUs - b.dueUs);
      const [next] = this.#timers;
      if (next === undefined || next.dueUs > until) break;
      this.#timers.shift();
      this.engine.rx = Math.max(this.engine.rx, next.dueUs);
      this.engine.venue(timerFact(next.id, next.dueUs));
      this.#after();
    }
    this.engine.rx = until;
  }

  #kill(engaged: boolean): void {
    this.#killed = engaged;
    this.#tell('killSwitch', 'QL_TEST', { by: 'A. Person', engaged: engaged ? 1 : 0 });
  }

  #tell(kind: string, code: string, details: Record<string, string | number> = {}): void {
    if (kind === 'connected' || kind === 'disconnected') this.#pending = true;
    this.engine.session(kind, code, details);
    this.#after();
  }

  #operator(): void {
    const scope = ['all', 'strategy:s', 'account:A', `instrument:${BTC}`][this.#rng.below(4)] ?? '';
    const draw = this.#rng.below(12);
    const by = draw === 0 ? '' : 'A. Person';
    if (draw < 11) this.#rearms = by === '' ? '' : scope;
    this.#tell('operator', draw < 11 ? 'QL_OPERATOR_REARM' : 'QL_OPERATOR_HALT', { by, scope });
  }

  /** Looks at what came out, sends it on, and checks. */
  #after(): void {
    const { engine } = this;
    for (const record of engine.last) {
      if (record.t === 'Risk' && record.body.verdict !== 'allow') this.counts.denied += 1;
      if (record.t === 'Session' && record.body.kind === 'ladder') this.#level(record.body.details);
      if (record.t === 'Session' && record.body.kind === 'killSwitch') {
        throw new Broken(`truthful facts stopped trading: ${record.body.code}`);
      }
    }
    let asked = 0;
    for (const action of engine.step.actions()) {
      if (action.kind === 'submit') {
        this.#stopped('an order');
        this.#gross(action.order);
        this.venue.submit(action.order);
        this.counts.placed += 1;
        this.#reduces(action.order);
      } else if (action.kind === 'amend') {
        this.venue.amend(action.order);
        this.counts.amends += 1;
      } else if (action.kind === 'cancel') {
        const held = this.venue.of(action.order.orderId);
        if (held !== undefined && !held.ended && this.#rng.below(4) > 0) {
          this.venue.end(held, 'cancelled');
        }
      } else if (action.kind === 'query') {
        const held = this.venue.of(action.order.orderId);
        if (held !== undefined && this.#rng.below(3) > 0) this.venue.report(held);
      } else if (action.kind === 'reconcile') asked = action.question;
      else if (action.kind === 'timer' && action.owner === 'engine')
        this.#timers.push(action.timer);
    }
    this.#exposure();
    if (asked > 0 && engine.seq > 6) this.#answer(asked);
  }

  /** The whole answer to a reconciliation: all that was said, then the account. */
  #answer(question: number): void {
    for (const held of this.venue.held) {
      // What was executed and not told comes first; a silent venue would leave the run pending.
      for (let fact = held.waiting.shift(); fact !== undefined; fact = held.waiting.shift()) {
        this.#fact(fact);
      }
      if (held.ended) continue;
      this.venue.report(held);
      for (let fact = held.waiting.shift(); fact !== undefined; fact = held.waiting.shift()) {
        this.#fact(fact);
      }
    }
    const cash = this.engine.step.portfolio().snapshot().cash['USDT'] ?? '0';
    const balances = [{ currency: 'USDT', free: cash, total: cash }];
    const qty = (Number(this.#position) / 1_000).toFixed(3);
    const positions = this.#position === 0n ? [] : [{ entryPrice: '0', inst: BTC, qty }];
    const body = { account: 'A', balances, cause: 0, margin: {}, positions };
    this.engine.venue({ t: 'Account', sv: 1, rx: 0, ts: null, src: 'SIM', body } as EventInput);
    this.#after();
    this.#pending = false;
    const orders = this.venue.open().length;
    this.engine.session('resync', 'QL_VENUE_RECONCILED', { orders, question });
    this.#after();
  }

  #level({ from, scope, to }: Readonly<Record<string, number | string>>): void {
    const key = String(scope);
    if (from === 'halt') {
      holds(this.#rearms === key, `HALT of ${key} was left by itself`);
      this.#halted.delete(key);
    }
    if (to !== 'halt') return;
    this.#halted.add(key);
    this.counts.halts += 1;
  }

  #stopped(what: string): void {
    holds(!this.#killed, `${what} went out with the kill switch engaged`);
    holds(this.#synced, `${what} went out over a book out of sequence`);
    holds(!this.#pending, `${what} went out before the venue was asked`);
  }

  /** At HALT, and for reduce-only orders: |worst case| may not grow, nor the position turn. */
  #reduces({ intentId, orderId, qty, side }: LateVenue['held'][number]['order']): void {
    if (this.#halted.size === 0 && !this.#reduceOnly.has(intentId)) return;
    let working = 0n;
    for (const held of this.venue.held) {
      const told = this.#toldOf(held.order.orderId);
      if (held.order.side !== side || told.over || held.order.orderId === orderId) continue;
      const most = Math.max(held.terms.qty, ...held.asked.map((terms) => terms.qty));
      const left = BigInt(most) - told.filled;
      if (left > 0n) working += left;
    }
    const signed = side === 'buy' ? -this.#position : this.#position;
    const why = this.#halted.size > 0 ? 'an order at HALT' : 'a reduce-only order';
    holds(signed >= working + BigInt(qty), `${why} could open or turn the position`);
  }

  /**
   * An order that adds to the worst case keeps its value within the limit, here at the lowest price
   * it could be valued at: independent of which reference the engine takes.
   */
  #gross({ price, qty, side }: LateVenue['held'][number]['order']): void {
    const { grossLimit } = this.#options;
    if (grossLimit === undefined) return;
    let lowest = Math.min(this.#bid, 1_000, price ?? this.#bid);
    const working = { buy: 0n, sell: 0n };
    for (const { asked, order, terms } of this.venue.held) {
      const told = this.#toldOf(order.orderId);
      if (told.over) continue;
      const left = BigInt(Math.max(terms.qty, ...asked.map((one) => one.qty))) - told.filled;
      if (left > 0n) working[order.side] += left;
      for (const one of [terms, ...asked]) lowest = Math.min(lowest, one.price ?? lowest);
    }
    const size = (n: bigint): bigint => (n < 0n ? -n : n);
    const more = (a: bigint, b: bigint): bigint => (a > b ? a : b);
    const worst = () =>
      more(size(this.#position + working.buy), size(this.#position - working.sell));
    const before = worst();
    working[side] += BigInt(qty);
    if (worst() <= before) return;
    const value = worst() * BigInt(lowest);
    holds(value <= grossLimit, `gross exposure ${value} passes ${grossLimit}`);
  }

  /** The truth at the venue, told or not: no set of executions may pass the limit. */
  #exposure(): void {
    let position = 0n;
    let buying = 0n;
    let selling = 0n;
    for (const held of this.venue.held) {
      const { executed, order } = held;
      position += order.side === 'buy' ? executed : -executed;
      if (order.side === 'buy') buying += LateVenue.remaining(held);
      else selling += LateVenue.remaining(held);
    }
    const { limit } = this.#options;
    holds(position + buying <= limit, `long ${position} + ${buying} passes ${limit}`);
    holds(position - selling >= -limit, `short ${position} - ${selling} passes -${limit}`);
  }

  /** A second run over the same facts writes the same records and ends in the same state. */
  again(): void {
    const { policy } = this.#options;
    const second = new Engine({ policy });
    for (const fed of this.engine.fed) second.feed(fed);
    const text = (records: readonly EventInput[]) =>
      records.map((r) => JSON.stringify(r)).join('\n');
    holds(text(second.records) === text(this.engine.records), 'a replay wrote other records');
    holds(second.step.stateHash() === this.engine.step.stateHash(), 'a replay ends elsewhere');
  }
}
