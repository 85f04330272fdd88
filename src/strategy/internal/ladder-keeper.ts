import { isOpenState } from '../../execution/index.js';
import type { LadderChange } from '../../risk/index.js';
import type { EngineState } from './engine-state.js';
import type { Flattener } from './flattener.js';
import type { Journal } from './journal.js';
import type { Judge } from './judge.js';
import { heldIn, isScope } from './scopes.js';

/** Trigger of a level that a person set. */
const BY_HAND = 'operator';

/** Looks at the metrics, writes each change of a level down, and does what HALT asks for. */
export class LadderKeeper {
  readonly #engine: EngineState;
  readonly #journal: Journal;
  #lookedUs = -1;
  judge: Judge | null = null;
  flattener: Flattener | null = null;

  constructor(engine: EngineState, journal: Journal) {
    this.#engine = engine;
    this.#journal = journal;
  }

  /** Looks when it is time again: for facts that are not our own. */
  lookLater(): void {
    const { nowUs, policy } = this.#engine;
    if (policy.ladder === null || nowUs - this.#lookedUs < policy.ladder.everyUs) return;
    this.look();
  }

  look(): void {
    const { nowUs, policy } = this.#engine;
    if (policy.ladder === null) return;
    this.#lookedUs = nowUs;
  }

  /** HALT by a named person; false when there is no such scope. */
  halt(scope: string): boolean {
    const engine = this.#engine;
    if (!isScope(engine, scope)) return false;
    const from = engine.ladder[scope]?.level ?? 'normal';
    const rung = { level: 'halt', trigger: BY_HAND, clearSinceUs: -1, latched: true } as const;
    engine.ladder = sorted({ ...engine.ladder, [scope]: rung });
    this.#change({ scope, from, to: 'halt', trigger: BY_HAND, observed: '', limit: '' });
    return true;
  }

  /** Back to normal by a named person; false when the scope is there already. */
  rearm(scope: string): boolean {
    const engine = this.#engine;
    const rung = engine.ladder[scope];
    if (rung === undefined) return false;
    const { [scope]: _, ...rest } = engine.ladder;
    engine.ladder = rest;
    const to = 'normal';
    this.#change({ scope, from: rung.level, to, trigger: BY_HAND, observed: '', limit: '' });
    return true;
  }

  snapshot(): unknown {
    return { lookedUs: this.#lookedUs };
  }

  #change({ scope, from, to, trigger, observed, limit }: LadderChange): void {
    const { ladder } = this.#engine.policy;
    const details = { scope, from, to, trigger, observed, limit };
    const inst = scope.startsWith('instrument:') ? scope.slice('instrument:'.length) : null;
    this.#journal.say('ladder', 'QL_LADDER_CHANGE', { details, inst });
    if (to !== 'halt' || from === 'halt' || this.#engine.closed) return;
    if (ladder?.haltCancels === true) this.#cancelAll(scope);
    if (ladder?.haltFlattens === true) this.flattener?.start(scope);
  }

  #cancelAll(scope: string): void {
    const { orders } = this.#engine;
    const open = heldIn(this.#engine, scope).flatMap((inst) => orders.open(inst));
    const waiting = open.filter(
      ({ state }) => isOpenState(state) && state !== 'cancelRequested' && state !== 'unknown',
    );
    this.judge?.cancel(waiting, 'ladder');
  }
}

function sorted<V>(record: Readonly<Record<string, V>>): Readonly<Record<string, V>> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
