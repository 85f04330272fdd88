import { canonicalJson, isQuantlaxmiError, parseStrictJson } from '../../core/index.js';
import type { EventInputOf, SessionBody } from '../../events/index.js';
import { parseRiskPolicy } from '../../risk/index.js';
import type { EngineState } from './engine-state.js';
import type { Flattener } from './flattener.js';
import type { Journal } from './journal.js';
import type { LadderKeeper } from './ladder-keeper.js';
import type { OrderWatch } from './order-watch.js';
import type { Reconciler } from './reconciler.js';

/** Fact of a runner that goes on where a killed one stopped. */
export const RUN_RESUMED = 'QL_RUN_RESUMED';

/** Size of a time in µs; null for what is none. */
function readUs(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? Math.abs(value) : null;
}

/** Parts that facts from outside the market act on. */
export interface OperatorParts {
  readonly engine: EngineState;
  readonly journal: Journal;
  readonly ladder: LadderKeeper;
  readonly flattener: Flattener;
  readonly reconciler: Reconciler;
  readonly watch: OrderWatch;
}

/**
 * Session facts of people and of the run's own surroundings: kill switch, re-arming, policies, the
 * health of the log, clock error, connections. What has no name in `by` is not obeyed.
 */
export class Operator {
  readonly #parts: OperatorParts;

  constructor(parts: OperatorParts) {
    this.#parts = parts;
  }

  /** A Session fact of the session log. */
  onInput(event: EventInputOf<'Session'>): void {
    const { engine } = this.#parts;
    engine.feeds.onSession(event.src, event.body);
    this.#common(event.body);
  }

  /** A Session fact of the run: of its venue, its log or an operator. */
  onVenue(event: EventInputOf<'Session'>): void {
    const { engine, reconciler, watch } = this.#parts;
    const { code, kind } = event.body;
    this.#common(event.body);
    if (kind === 'stop') engine.closed = true;
    else if (kind === 'connected' || kind === 'disconnected') reconciler.onConnection(kind);
    else if (kind === 'resync') reconciler.onSession(event);
    else if (kind === 'config' && code === RUN_RESUMED) {
      watch.doubtAll(RUN_RESUMED);
      reconciler.ask();
    }
  }

  #common(body: SessionBody): void {
    const { engine, reconciler } = this.#parts;
    switch (body.kind) {
      case 'killSwitch':
        engine.setKillSwitch(body);
        if (engine.killSwitch === 'released' && engine.reconcile === 'differs') reconciler.ask();
        break;
      case 'config':
        this.#logHealth(body.code);
        break;
      case 'clock':
        this.#clock(body.details);
        break;
      case 'operator':
        this.#order(body);
        break;
      default:
    }
  }

  #logHealth(code: string): void {
    const { engine } = this.#parts;
    if (code === 'QL_WAL_POISONED') engine.log = 'poisoned';
    // A poisoned log never flows again.
    if (engine.log === 'poisoned') return;
    if (code === 'QL_WAL_STALLED') engine.log = 'stalled';
    if (code === 'QL_WAL_FLOWING') engine.log = 'ok';
  }

  #clock(details: SessionBody['details']): void {
    const { engine } = this.#parts;
    const { backUs, errorUs, offsetUs, roundTripUs } = details;
    let error: number | null = null;
    if (errorUs !== undefined) error = readUs(errorUs);
    else if (offsetUs !== undefined || roundTripUs !== undefined) {
      // The venue's clock was read somewhere inside the round trip.
      const trip = readUs(roundTripUs);
      const offset = readUs(offsetUs);
      if (trip !== null && offset !== null && Number(roundTripUs) >= 0) {
        error = offset + Math.ceil(trip / 2);
      }
    } else if (backUs !== undefined) {
      // A step back is no measurement: it makes the error larger and no newer.
      const back = readUs(backUs);
      if (back !== null) engine.clock.stepped(back, engine.nowUs);
      else engine.clock.measured(null, engine.nowUs);
      return;
    }
    engine.clock.measured(error, engine.nowUs);
  }

  #order({ code, details }: SessionBody): void {
    const { by, policy, scope } = details;
    if (typeof by !== 'string' || by === '') return this.#refuse(code, 'no name in "by"');
    const { engine, flattener, ladder } = this.#parts;
    switch (code) {
      case 'QL_OPERATOR_REARM':
        if (!ladder.rearm(String(scope ?? ''), by)) this.#refuse(code, 'no such scope to re-arm');
        return;
      case 'QL_OPERATOR_HALT':
        if (!ladder.halt(String(scope ?? ''), by)) this.#refuse(code, 'no such scope to halt');
        return;
      case 'QL_OPERATOR_FLATTEN':
        if (!flattener.start(String(scope ?? ''))) {
          this.#refuse(code, 'the policy names no way to flatten, or the scope is none');
        }
        return;
      case 'QL_OPERATOR_PEAK':
        if (!engine.rebasePeak()) this.#refuse(code, 'no equity is known to base the peak on');
        return;
      case 'QL_OPERATOR_POLICY':
        return this.#policy(policy);
      default:
        this.#refuse(code, 'no such code');
    }
  }

  #policy(text: unknown): void {
    const { engine, journal, ladder, reconciler } = this.#parts;
    try {
      const before = engine.policy.reconcile;
      const { account } = engine.policy;
      const policy = parseRiskPolicy(parseStrictJson(typeof text === 'string' ? text : ''));
      if (canonicalJson(policy.account) !== canonicalJson(account)) {
        this.#refuse('QL_OPERATOR_POLICY', 'what money is counted in changes with a new run only');
        return;
      }
      engine.setPolicy(policy);
      ladder.onPolicy();
      journal.say('config', 'QL_RISK_POLICY', { details: { hash: policy.hash } });
      if (before === null && policy.reconcile !== null) reconciler.ask();
    } catch (error) {
      if (!isQuantlaxmiError(error)) throw error;
      this.#refuse('QL_OPERATOR_POLICY', error.message);
    }
  }

  #refuse(asked: string, why: string): void {
    this.#parts.journal.say('operator', 'QL_OPERATOR_REFUSED', { details: { asked, why } });
  }
}
