import { flattenIntents, type FlattenSpec } from '../../risk/index.js';
import type { EngineState } from './engine-state.js';
import type { Journal } from './journal.js';
import type { Judge } from './judge.js';
import { heldIn, isScope } from './scopes.js';

const TIMER = 'flatten/';

/** Strategy id of the decisions that close positions. */
export const FLATTEN_STRATEGY = 'flatten';

interface Progress {
  sent: number;
  lastUs: number | null;
  gaveUp: boolean;
}

/**
 * Closes positions of a scope in slices, by the policy's limits, prices and pace. Each order is a
 * decision of its own that risk judges like any other.
 */
export class Flattener {
  readonly #engine: EngineState;
  readonly #journal: Journal;
  readonly #judge: Judge;
  /** Scopes under way → instrument → how far it came. */
  readonly #scopes = new Map<string, Map<string, Progress>>();
  /** Counts intents over the run: their ids are used once. */
  #intents = 0;

  constructor(engine: EngineState, journal: Journal, judge: Judge) {
    this.#engine = engine;
    this.#journal = journal;
    this.#judge = judge;
  }

  /** False where the policy names no way to flatten, there is no such scope, or the run stopped. */
  start(scope: string): boolean {
    if (this.#engine.closed) return false;
    if (this.#engine.policy.flatten === null || !isScope(this.#engine, scope)) return false;
    if (this.#scopes.has(scope)) return true;
    this.#scopes.set(scope, new Map());
    this.#journal.timer(`${TIMER}${scope}`, this.#engine.nowUs);
    return true;
  }

  /** True when the timer is one of this. */
  onTimer(id: string): boolean {
    if (!id.startsWith(TIMER)) return false;
    const { closed, nowUs, policy } = this.#engine;
    const scope = id.slice(TIMER.length);
    const progress = this.#scopes.get(scope);
    if (progress === undefined) return true;
    if (policy.flatten === null || closed || !this.#slices(policy.flatten, scope, progress)) {
      this.#scopes.delete(scope);
      return true;
    }
    this.#journal.timer(id, nowUs + policy.flatten.everyUs);
    return true;
  }

  snapshot(): unknown {
    const scopes = [...this.#scopes].map(([scope, progress]) => [scope, [...progress]]);
    return { intents: this.#intents, scopes };
  }

  /** The next slice of each instrument; false once there is nothing more to do. */
  #slices(spec: FlattenSpec, scope: string, progress: Map<string, Progress>): boolean {
    let more = false;
    for (const inst of heldIn(this.#engine, scope)) {
      const own = progress.get(inst) ?? { sent: 0, lastUs: null, gaveUp: false };
      const intentId = `${FLATTEN_STRATEGY}-${this.#intents + 1}`;
      const next = flattenIntents(spec, this.#engine, { ...own, inst, intentId });
      if (next.hold === 'flat' || own.gaveUp) continue;
      if (next.hold === 'ordersMax') {
        progress.set(inst, { ...own, gaveUp: true });
        const details = { orders: own.sent, scope };
        this.#journal.say('ladder', 'QL_FLATTEN_GAVE_UP', { details, inst });
        continue;
      }
      more = true;
      if (next.intents.length === 0) continue;
      this.#intents += 1;
      progress.set(inst, { ...own, sent: own.sent + 1, lastUs: this.#engine.nowUs });
      const parts = { features: {}, profile: '', regime: '', strategyId: FLATTEN_STRATEGY };
      this.#judge.decide(next.intents, parts);
    }
    return more;
  }
}
