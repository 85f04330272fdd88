/**
 * The runner: log, make durable, then act.
 * @module
 */
import { QuantlaxmiError, sha256Pure } from '../core/index.js';
import type { Event, EventInput } from '../events/index.js';
import { NO_EFFECTS, type VenueEffects } from '../execution/index.js';
import { heldBack, KILL_SWITCH_REASON } from './internal/held-back.js';
import { RUN_RESUMED } from './internal/operator.js';
import { Rebuilder, sendTo } from './internal/rebuilder.js';
import { type TimerOwner, TimerHeap } from './internal/timer-heap.js';
import type { ResumePoint, Runner, RunnerOptions, RunSummary } from './runner-types.js';
import { createStep } from './step.js';
import { createTrace, runConfigHash, type Trace } from './trace.js';
import {
  ENGINE_TIMER_SOURCE,
  type SendAction,
  type Step,
  type StepAction,
  TIMER_SOURCE,
} from './types.js';

/** Reason of what a guard that threw, or gave no answer, holds back. */
const GUARD_FAILED = 'QL_SEND_GUARD_FAILED';
/** Reason of a request whose cancels were held back before it. */
const CANCEL_HELD_BACK = 'QL_SEND_CANCEL_HELD_BACK';

class LoggedRunner<S, C> implements Runner {
  readonly step: Step;
  readonly trace: Trace;
  failure: unknown = null;
  readonly #options: RunnerOptions<S, C>;
  readonly #timers = new TimerHeap();
  readonly #effects: VenueEffects[] = [];
  #tail: Promise<void> = Promise.resolve();
  #nowUs = 0;
  #decisions = 0;
  #orders = 0;
  #fills = 0;
  /** Records were added since the log was last asked whether it has room. */
  #crowded = false;
  /** `seq` of the last record an order must not overtake. */
  #lastSeq = 0;

  constructor(options: RunnerOptions<S, C>) {
    this.#options = options;
    this.step = createStep(options);
    this.trace = createTrace(runConfigHash(options), options.hasher ?? sha256Pure);
  }

  /** Takes up where the log of a killed run ends; once, before anything else. */
  async resume(from: ResumePoint): Promise<void> {
    await this.#exclusive(async () => {
      const { step, trace } = this;
      const { id } = this.#options.venue;
      const venue = from.venue === 'rebuilt' ? this.#options.venue : null;
      const parts = { step, trace, timers: this.#timers, venue, venueId: id };
      const rebuilt = await new Rebuilder(parts).run(from.inputs, from.recorded);
      this.#nowUs = rebuilt.nowUs;
      this.#decisions = rebuilt.decisions;
      this.#orders = rebuilt.orders;
      this.#fills = rebuilt.fills;
      if (rebuilt.untold.length > 0) this.#effects.push({ events: rebuilt.untold, timers: [] });
      const { lost, unsent } = rebuilt;
      // An order that never left is asked for like one whose answer was lost: the market went on.
      const mayGo = venue !== null;
      await this.#outputs(lost, mayGo ? unsent : unsent.filter(({ kind }) => kind === 'timer'));
      await this.#settle();
      if (!mayGo) {
        const body = { code: RUN_RESUMED, details: {}, inst: null, kind: 'config' } as const;
        await this.#fact({ t: 'Session', sv: 1, rx: 0, ts: null, src: 'OPERATOR', body });
      }
    });
  }

  push(batch: readonly Event[]): Promise<void> {
    return this.#exclusive(async () => {
      for (const event of batch) {
        const next = this.#timers.peek();
        if (next !== undefined && next.dueUs <= event.rx) await this.#fireUntil(event.rx);
        await this.#input(event);
      }
    });
  }

  advance(nowUs: number): Promise<void> {
    return this.#exclusive(() => this.#fireUntil(nowUs));
  }

  operator(event: EventInput): Promise<void> {
    return this.#exclusive(async () => {
      await this.#fact(event);
      await this.#options.log.durable(this.#lastSeq);
    });
  }

  async finish(): Promise<RunSummary> {
    await this.#exclusive(async () => {
      await this.#fireUntil(this.#nowUs);
      const body = { code: '', details: {}, inst: null, kind: 'stop' } as const;
      await this.#fact({ t: 'Session', sv: 1, rx: 0, ts: null, src: 'OPERATOR', body });
      for (let next = this.#timers.pop(); next !== undefined; next = this.#timers.pop()) {
        if (next.owner === 'venue') await this.#fire(next.owner, next.id, next.dueUs);
      }
      await this.#options.log.durable(this.#lastSeq);
    });
    return {
      traceHash: this.trace.hash(),
      checkpoints: this.trace.checkpoints(),
      records: this.trace.count,
      decisions: this.#decisions,
      orders: this.#orders,
      fills: this.#fills,
      stateHash: this.step.stateHash(),
      cause: this.step.cause,
    };
  }

  /** One at a time; after a failure never again. */
  #exclusive(work: () => Promise<void>): Promise<void> {
    const run = this.#tail.then(async () => {
      if (this.failure !== null) throw this.#halted('refuses to go on');
      try {
        await work();
      } catch (cause) {
        this.failure = cause;
        throw this.#halted('stopped');
      }
    });
    // The next call looks at `failure`, not at the outcome of this one.
    this.#tail = run.catch(() => undefined);
    return run;
  }

  #halted(what: string): QuantlaxmiError {
    const { failure } = this;
    const said = failure instanceof Error ? failure.message : String(failure);
    return new QuantlaxmiError(
      'QL_RUNNER_HALTED',
      `The runner ${what} at session event ${this.step.cause}: ${said} Nothing was sent ` +
        'after it. Find the cause, then start a new run from the log.',
      { cause: failure, context: { cause: this.step.cause, runId: this.#options.runId } },
    );
  }

  async #input(event: Event): Promise<void> {
    if (event.rx > this.#nowUs) this.#nowUs = event.rx;
    // The venue is at its place in the market before our answer to the event can reach it.
    const effects = this.#options.venue.onMarket(event);
    if (effects !== NO_EFFECTS) this.#effects.push(effects);
    const records = this.step.onInput(event);
    if (records.length > 0 || this.step.actions().length > 0) await this.#outputs(records);
    if (this.#effects.length > 0) await this.#settle();
  }

  async #fireUntil(rx: number): Promise<void> {
    for (let next = this.#timers.peek(); next !== undefined; next = this.#timers.peek()) {
      if (next.dueUs > rx) return;
      this.#timers.pop();
      await this.#fire(next.owner, next.id, next.dueUs);
    }
  }

  async #fire(owner: TimerOwner, id: string, dueUs: number): Promise<void> {
    const { venue } = this.#options;
    if (dueUs > this.#nowUs) this.#nowUs = dueUs;
    const src = sourceOf(owner, venue.id);
    const body = { cause: this.step.cause, due: dueUs, id };
    const timer: EventInput = { t: 'Timer', sv: 1, rx: this.#nowUs, ts: null, src, body };
    this.#append(timer);
    await this.#outputs(this.step.onVenue(timer));
    if (owner === 'venue') this.#effects.push(venue.onTimer(id, this.#nowUs));
    await this.#settle();
  }

  /** Delivers what venues said, first said first, with all that follows from it. */
  async #settle(): Promise<void> {
    for (let next = this.#effects.shift(); next !== undefined; next = this.#effects.shift()) {
      for (const { id, dueUs } of next.timers) this.#timers.push({ dueUs, owner: 'venue', id });
      for (const event of next.events) await this.#fact(event, true);
    }
  }

  /** Logs a fact that is not the engine's, stamped with its place, and lets the step see it. */
  async #fact(event: EventInput, inside = false): Promise<void> {
    const rx = Math.max(event.rx, this.#nowUs);
    this.#nowUs = rx;
    const { cause } = this.step;
    // A Session body has no cause of its own, and a replay has to know the place of the fact.
    const body =
      event.t === 'Session'
        ? { ...event.body, details: { ...event.body.details, cause } }
        : { ...event.body, cause };
    const stamped = this.#named({ ...event, rx, body } as EventInput);
    if (stamped.t === 'Fill') this.#fills += 1;
    this.#append(stamped);
    await this.#outputs(this.step.onVenue(stamped));
    if (!inside) await this.#settle();
  }

  /**
   * A report that names no own order is of one of ours by its client order id, or of somebody
   * else's: the log holds no empty ids.
   */
  #named(event: EventInput): EventInput {
    if (event.t !== 'Order' || event.body.orderId !== '') return event;
    const { clientOrderId, venueOrderId } = event.body;
    const own = this.step.openOrders().find((order) => order.clientOrderId === clientOrderId);
    const foreign = `foreign/${venueOrderId === '' ? clientOrderId : venueOrderId}`;
    return { ...event, body: { ...event.body, orderId: own?.orderId ?? foreign } };
  }

  #append(record: EventInput): void {
    this.#lastSeq = this.#options.log.append(record);
    this.#crowded = true;
    this.#options.observer?.(record, this.#lastSeq);
  }

  async #outputs(
    records: readonly EventInput[],
    actions: readonly StepAction[] = this.step.actions(),
  ): Promise<void> {
    const { cause } = this.step;
    for (const record of records) {
      this.#append(record);
      this.trace.add(record, { cause, seq: this.#lastSeq });
      if (record.t === 'Decision') this.#decisions += 1;
    }
    if (this.#crowded) {
      this.#crowded = false;
      await this.#options.log.ready?.();
    }
    if (actions.length === 0) return;
    let sends = false;
    for (const action of actions) {
      if (action.kind === 'timer') {
        this.#timers.push({ ...action.timer, owner: action.owner });
      } else sends = true;
    }
    if (!sends) return;
    if (this.#options.inputs !== undefined) await this.#options.inputs.durable(cause);
    await this.#options.log.durable(this.#lastSeq);
    const stopped = new Set<string>();
    for (const action of actions) {
      const effects = this.#send(action, stopped);
      if (effects !== NO_EFFECTS) this.#effects.push(effects);
    }
  }

  /** `stopped` holds the decisions of which a request was held back: what follows stays as well. */
  #send(action: StepAction, stopped: Set<string>): VenueEffects {
    if (action.kind === 'timer') return NO_EFFECTS;
    const { venue } = this.#options;
    const decision = decisionOf(action);
    // An order that goes only after its cancels does not go without them.
    const reason = stopped.has(decision) ? CANCEL_HELD_BACK : this.#refusal(action);
    if (reason !== '') {
      if (decision !== '') stopped.add(decision);
      const { orderId } = 'order' in action ? action.order : { orderId: '' };
      const own = this.step.openOrders().find((order) => order.orderId === orderId);
      return heldBack(action, reason, own ?? null);
    }
    if (action.kind === 'submit') this.#orders += 1;
    return sendTo(venue, action, this.#nowUs);
  }

  /** Why the request must not go; empty when it may. Who cannot answer holds it back. */
  #refusal(action: SendAction): string {
    const { guard, killSwitch } = this.#options;
    const adds = action.kind === 'submit' || action.kind === 'amend';
    try {
      if (adds && killSwitch !== undefined && killSwitch.engaged() !== false) {
        return KILL_SWITCH_REASON;
      }
      const answer: unknown = guard?.check(action, { nowUs: this.#nowUs, cause: this.step.cause });
      if (guard === undefined || answer === '') return '';
      return typeof answer === 'string' ? answer : GUARD_FAILED;
    } catch {
      return GUARD_FAILED;
    }
  }
}

/** Decision of risk that let the request out; empty where none was asked for. */
function decisionOf(action: SendAction): string {
  return 'order' in action && 'riskDecisionId' in action.order ? action.order.riskDecisionId : '';
}

function sourceOf(owner: TimerOwner, venueId: string): string {
  if (owner === 'venue') return venueId;
  return owner === 'engine' ? ENGINE_TIMER_SOURCE : TIMER_SOURCE;
}

/**
 * Makes a runner over a new step. For every session event it fires the timers due before it, lets
 * the venue and the step see it, logs what the step decided, waits until that is durable, and only
 * then sends orders. What a venue tells is logged before the step sees it. A failure of any part
 * halts the runner for good; no fact is skipped.
 *
 * Timers due at or before an event's receive time fire before it, the venue's before the
 * strategy's, then in order of scheduling. How events are cut into batches changes nothing.
 *
 * @param options - step options, venue and log
 * @throws QL_STRATEGY_CONFIG, QL_STRATEGY_FAILED
 * @example
 * ```ts
 * import { NO_EFFECTS } from 'quantlaxmi/execution';
 * import { quoteAge, riskPolicy } from 'quantlaxmi/risk';
 * import { createRunner, defineStrategy } from 'quantlaxmi/strategy';
 *
 * let seq = 0;
 * const runner = createRunner({
 *   strategy: defineStrategy({
 *     id: 'idle', version: '1', parseConfig: () => null, init: () => null, onEvent: () => null,
 *   }),
 *   config: null,
 *   risk: riskPolicy({ checks: [quoteAge({ ageMaxUs: 1_000_000 })] }),
 *   runId: 'run-1',
 *   seed: 0n,
 *   venue: {
 *     id: 'NONE', submit: () => NO_EFFECTS, cancel: () => NO_EFFECTS,
 *     amend: () => NO_EFFECTS, query: () => NO_EFFECTS, reconcile: () => NO_EFFECTS,
 *     onMarket: () => NO_EFFECTS, onTimer: () => NO_EFFECTS,
 *   },
 *   log: { append: () => (seq += 1), durable: async () => {} },
 * });
 * const summary = await runner.finish();
 * summary.decisions;
 * // => 0
 * ```
 */
export function createRunner<S, C>(options: RunnerOptions<S, C>): Runner {
  return new LoggedRunner(options);
}

/**
 * Makes a runner that goes on where a killed one stopped. A new step is fed the session and the
 * recorded facts, and every record it makes is held against the log. Then push the session events
 * behind `runner.step.cause`.
 *
 * With a venue outside the process, orders that were waiting for an answer are `unknown` from here
 * on and asked for, and where the policy reconciles, that is done before any new order. Nothing is
 * sent a second time.
 *
 * @param options - as for {@link createRunner}; the log is the run's own, open to go on
 * @param from - both logs, and where the venue was
 * @throws QL_RUNNER_HALTED over QL_RESUME_DIVERGED when the step decides otherwise than recorded
 * @example
 * ```ts
 * import { NO_EFFECTS } from 'quantlaxmi/execution';
 * import { quoteAge, riskPolicy } from 'quantlaxmi/risk';
 * import { defineStrategy, resumeRunner } from 'quantlaxmi/strategy';
 *
 * const nothing = async function* () {};
 * let seq = 0;
 * const runner = await resumeRunner(
 *   {
 *     strategy: defineStrategy({
 *       id: 'idle', version: '1', parseConfig: () => null, init: () => null, onEvent: () => null,
 *     }),
 *     config: null,
 *     risk: riskPolicy({ checks: [quoteAge({ ageMaxUs: 1_000_000 })] }),
 *     runId: 'run-1',
 *     seed: 0n,
 *     venue: {
 *       id: 'NONE', submit: () => NO_EFFECTS, cancel: () => NO_EFFECTS,
 *       amend: () => NO_EFFECTS, query: () => NO_EFFECTS, reconcile: () => NO_EFFECTS,
 *       onMarket: () => NO_EFFECTS, onTimer: () => NO_EFFECTS,
 *     },
 *     log: { append: () => (seq += 1), durable: async () => {} },
 *   },
 *   { inputs: nothing(), recorded: nothing(), venue: 'outside' },
 * );
 * runner.step.cause;
 * // => 0
 * ```
 */
export async function resumeRunner<S, C>(
  options: RunnerOptions<S, C>,
  from: ResumePoint,
): Promise<Runner> {
  const runner = new LoggedRunner(options);
  await runner.resume(from);
  return runner;
}
