import type { OwnOrder } from '../../execution/index.js';
import {
  haltLadder,
  type LadderChange,
  type LadderStep,
  observeLadder,
  rearmLadder,
  stepLadder,
} from '../../risk/index.js';
import type { EngineState } from './engine-state.js';
import type { Flattener } from './flattener.js';
import type { Journal } from './journal.js';
import type { Judge } from './judge.js';
import { heldIn, isScope } from './scopes.js';

/** Id of the timer that looks where nothing else happens. */
const TIMER = 'ladder/look';

/** The timer's firings are logged, so it fires at most this often however often facts are due. */
const TIMER_MIN_US = 1_000_000;

/** Code of the records of level changes. */
const LADDER_CHANGED = 'QL_LADDER_CHANGED';

/** Looks at the metrics, writes each change of a level down, and does what HALT asks for. */
export class LadderKeeper {
  readonly #engine: EngineState;
  readonly #journal: Journal;
  #lookedUs = -1;
  /** When what still works at HALT was cancelled last. */
  #cancelledUs = -1;
  /** Time of the timer that is to come; -1 while there is none. */
  #timerUs = -1;
  judge: Judge | null = null;
  flattener: Flattener | null = null;

  constructor(engine: EngineState, journal: Journal) {
    this.#engine = engine;
    this.#journal = journal;
  }

  /** Looks when it is time again: for facts that are not our own. */
  lookLater(): void {
    if (this.#due()) this.look();
  }

  /**
   * Looks when it is time again, before an input brings fresh prices: what it ends, a gap say, is
   * not seen after it. True when the look after it is due as well.
   */
  lookBefore(): boolean {
    if (!this.#due()) return false;
    if (this.#lookedUs >= 0) this.look();
    return true;
  }

  /** True when the timer is the one of this. */
  onTimer(id: string): boolean {
    if (id !== TIMER) return false;
    this.#timerUs = -1;
    return true;
  }

  /** Keeps a timer going while anything is at stake: a feed that fell silent brings no fact. */
  watch(): void {
    const { closed, nowUs, policy } = this.#engine;
    if (closed || policy.ladder === null || this.#timerUs >= 0) return;
    if (this.#engine.held().length === 0) return;
    this.#timerUs = nowUs + Math.max(policy.ladder.everyUs, TIMER_MIN_US);
    this.#journal.timer(TIMER, this.#timerUs);
  }

  /** Looks now; `inst` is that of an intent in hand. */
  look(inst?: string): void {
    const engine = this.#engine;
    const { feeds, incidents, nowUs, policy } = engine;
    if (policy.ladder === null || engine.closed) return;
    this.#lookedUs = nowUs;
    const facts = {
      feedBroken: feeds.broken,
      denials: (sinceUs: number) => incidents.denials(sinceUs),
      rejects: (sinceUs: number) => incidents.rejects(sinceUs),
      insts: inst === undefined || !engine.instruments.has(inst) ? [] : [inst],
    };
    const observations = observeLadder(policy.ladder, engine, facts);
    this.#apply(stepLadder(policy.ladder, engine.ladder, { observations, nowUs }));
    if (policy.ladder.haltCancels) this.#cancelLeft(policy.ladder.everyUs);
  }

  /**
   * HALT by a named person; false when there is no such scope. Where the scope stands there, what
   * HALT does is done again: something was left over, or nobody would ask.
   */
  halt(scope: string, by: string): boolean {
    const { ladder, nowUs } = this.#engine;
    if (!isScope(this.#engine, scope)) return false;
    if (!this.#apply(haltLadder(ladder, { scope, by, nowUs }))) this.#stop(scope);
    return true;
  }

  /** Out of HALT by a named person; false when the scope does not stand there. */
  rearm(scope: string, by: string): boolean {
    const { ladder, nowUs, policy } = this.#engine;
    if (policy.ladder !== null) {
      return this.#apply(rearmLadder(policy.ladder, ladder, { scope, by, nowUs }));
    }
    // Without a ladder nobody looks, so that no cool-down would ever end.
    return ladder[scope]?.level === 'halt' && this.#leave([scope]);
  }

  /** After another policy: levels below HALT go with the ladder that set and could end them. */
  onPolicy(): void {
    const { ladder, policy } = this.#engine;
    if (policy.ladder !== null) return;
    this.#leave(Object.keys(ladder).filter((scope) => ladder[scope]?.level !== 'halt'));
  }

  snapshot(): unknown {
    return { cancelledUs: this.#cancelledUs, lookedUs: this.#lookedUs, timerUs: this.#timerUs };
  }

  #leave(scopes: readonly string[]): boolean {
    const { ladder } = this.#engine;
    const changes = scopes.map((scope): LadderChange => {
      const from = ladder[scope]?.level ?? 'normal';
      return { scope, from, to: 'normal', trigger: 'operator', observed: '', limit: '' };
    });
    const kept = Object.entries(ladder).filter(([scope]) => !scopes.includes(scope));
    return this.#apply({ changes, state: Object.fromEntries(kept) });
  }

  /** True when a level changed. */
  #apply({ changes, state }: LadderStep): boolean {
    this.#engine.ladder = state;
    for (const change of changes) this.#change(change);
    return changes.length > 0;
  }

  #change({ scope, from, to, trigger, observed, limit }: LadderChange): void {
    const details = { scope, from, to, trigger, observed, limit };
    const inst = scope.startsWith('instrument:') ? scope.slice('instrument:'.length) : null;
    this.#journal.say('ladder', LADDER_CHANGED, { details, inst });
    if (to === 'halt') this.#stop(scope);
  }

  #due(): boolean {
    const { closed, nowUs, policy } = this.#engine;
    if (closed || policy.ladder === null) return false;
    return this.#lookedUs < 0 || nowUs - this.#lookedUs >= policy.ladder.everyUs;
  }

  #stop(scope: string): void {
    const { closed, policy } = this.#engine;
    const { ladder } = policy;
    if (closed || ladder === null) return;
    if (ladder.haltCancels) this.#cancelAll(scope);
    if (ladder.haltFlattens) this.flattener?.start(scope);
  }

  #cancelAll(scope: string): void {
    const { orders } = this.#engine;
    const open = heldIn(this.#engine, scope).flatMap((inst) => orders.open(inst));
    this.#cancelledUs = this.#engine.nowUs;
    this.judge?.cancel(open.filter(cancellable), 'ladder');
  }

  /** What a venue or a guard did not let be cancelled is cancelled again, in time. */
  #cancelLeft(everyUs: number): void {
    const { ladder, nowUs, orders } = this.#engine;
    if (this.#cancelledUs >= 0 && nowUs - this.#cancelledUs < everyUs) return;
    const left = new Set<OwnOrder>();
    for (const [scope, { level }] of Object.entries(ladder)) {
      if (level !== 'halt') continue;
      for (const inst of heldIn(this.#engine, scope)) {
        for (const order of orders.open(inst)) if (this.#isLeft(order)) left.add(order);
      }
    }
    if (left.size === 0) return;
    this.#cancelledUs = nowUs;
    this.judge?.cancel([...left], 'ladder');
  }

  /** Asked about it already, or on its way to a smaller position: not again. */
  #isLeft(order: OwnOrder): boolean {
    if (!cancellable(order) || order.state === 'unknown') return false;
    if (order.reduceOnly) return false;
    const position = this.#engine.position(order.inst);
    const working = this.#engine.working(order.inst);
    if (position === null || working === null) return true;
    return order.side === 'buy' ? position + working.buyQty > 0 : position - working.sellQty < 0;
  }
}

/** Orders of which no cancel is under way. One whose state is unknown may still be there. */
function cancellable({ state }: OwnOrder): boolean {
  return state !== 'cancelRequested';
}
