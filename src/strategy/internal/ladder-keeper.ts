import type { OwnOrder } from '../../execution/index.js';
import {
  haltLadder,
  type LadderChange,
  type LadderSpec,
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

/** Levels by hand in a policy without a ladder: nothing raises them, nothing holds them. */
const NO_TRIGGERS: LadderSpec = Object.freeze({
  triggers: [],
  throttleSizePpm: 1_000_000,
  throttleRatePpm: 1_000_000,
  coolDownUs: 0,
  everyUs: 1,
  haltCancels: false,
  haltFlattens: false,
});

/** Code of the records of level changes. */
const LADDER_CHANGED = 'QL_LADDER_CHANGED';

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
    if (policy.ladder === null) return;
    if (this.#lookedUs >= 0 && nowUs - this.#lookedUs < policy.ladder.everyUs) return;
    this.look();
  }

  /** Looks now; `inst` is that of an intent in hand. */
  look(inst?: string): void {
    const engine = this.#engine;
    const { feeds, incidents, nowUs, policy } = engine;
    if (policy.ladder === null) return;
    this.#lookedUs = nowUs;
    const facts = {
      feedBroken: feeds.broken,
      denials: (sinceUs: number) => incidents.denials(sinceUs),
      rejects: (sinceUs: number) => incidents.rejects(sinceUs),
      insts: inst === undefined || !engine.instruments.has(inst) ? [] : [inst],
    };
    const observations = observeLadder(policy.ladder, engine, facts);
    this.#apply(stepLadder(policy.ladder, engine.ladder, { observations, nowUs }));
  }

  /** HALT by a named person; false when there is no such scope, or it stands there. */
  halt(scope: string, by: string): boolean {
    const { ladder, nowUs } = this.#engine;
    if (!isScope(this.#engine, scope)) return false;
    return this.#apply(haltLadder(ladder, { scope, by, nowUs }));
  }

  /** Out of HALT by a named person; false when the scope does not stand there. */
  rearm(scope: string, by: string): boolean {
    const { ladder, nowUs, policy } = this.#engine;
    return this.#apply(rearmLadder(policy.ladder ?? NO_TRIGGERS, ladder, { scope, by, nowUs }));
  }

  snapshot(): unknown {
    return { lookedUs: this.#lookedUs };
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
    const { ladder } = this.#engine.policy;
    if (to !== 'halt' || this.#engine.closed || ladder === null) return;
    if (ladder.haltCancels) this.#cancelAll(scope);
    if (ladder.haltFlattens) this.flattener?.start(scope);
  }

  #cancelAll(scope: string): void {
    const { orders } = this.#engine;
    const open = heldIn(this.#engine, scope).flatMap((inst) => orders.open(inst));
    this.judge?.cancel(open.filter(cancellable), 'ladder');
  }
}

/** Orders of which no cancel is under way. One whose state is unknown may still be there. */
function cancellable({ state }: OwnOrder): boolean {
  return state !== 'cancelRequested';
}
