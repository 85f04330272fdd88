import type { EngineState } from './engine-state.js';
import type { Journal } from './journal.js';
import type { Judge } from './judge.js';
import { isScope } from './scopes.js';

const TIMER = 'flatten/';

/** Closes positions of a scope in slices, by the policy's limits, prices and pace. */
export class Flattener {
  readonly #engine: EngineState;
  readonly #journal: Journal;
  readonly #judge: Judge;
  /** Scopes under way → instrument → orders sent. */
  readonly #scopes = new Map<string, Map<string, number>>();

  constructor(engine: EngineState, journal: Journal, judge: Judge) {
    this.#engine = engine;
    this.#journal = journal;
    this.#judge = judge;
  }

  /** False where the policy names no way to flatten, or there is no such scope. */
  start(scope: string): boolean {
    if (this.#engine.policy.flatten === null || !isScope(this.#engine, scope)) return false;
    if (this.#scopes.has(scope)) return true;
    this.#scopes.set(scope, new Map());
    this.#journal.timer(`${TIMER}${scope}`, this.#engine.nowUs);
    return true;
  }

  /** True when the timer is one of this. */
  onTimer(id: string): boolean {
    return id.startsWith(TIMER) && this.#judge !== null;
  }

  snapshot(): unknown {
    return [...this.#scopes].map(([scope, sent]) => [scope, [...sent]]);
  }
}
