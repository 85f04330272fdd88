/**
 * A venue that misbehaves on a script, over one that does not.
 * @module
 */
import { createRng, type Rng, streamIdOf } from '../core/index.js';
import type { Event, EventInput, SessionKind } from '../events/index.js';
import {
  NO_EFFECTS,
  type OrderQuery,
  RECONCILED_CODE,
  type TimerRequest,
  type Venue,
  type VenueEffects,
  type VenueFact,
} from '../execution/index.js';
import type { AmendOrder, Approved, CancelOrder, PlaceOrder } from '../risk/index.js';
import { cutShort, dropped, endedAgain, invented, lied } from './internal/bad-facts.js';
import { VENUE_FAULTS, type VenueFaultKind } from './venue-faults.data.js';

/** One line of the script of a {@link badVenue}. */
export interface VenueFaultRule {
  readonly kind: VenueFaultKind;
  /** First group of facts, or first request, that it happens to; 1 by default. */
  readonly from?: number;
  /** How many in a row it may happen to; all of them by default. */
  readonly count?: number;
  /** Chance of each, parts per million, drawn from the seed; certain by default. */
  readonly ppm?: number;
  /** Delay of faults that delay, µs; 1,000 by default. */
  readonly delayUs?: number;
}

/** A venue that misbehaves; see {@link badVenue}. */
export interface BadVenue extends Venue {
  /** From now on nothing goes wrong any more; what is delayed still comes. */
  heal(): void;
  /** How often each fault happened. */
  readonly happened: Readonly<Partial<Record<VenueFaultKind, number>>>;
}

/** Parts of a bad venue. */
export interface BadVenueOptions {
  /** The venue that does the work, the simulated one for instance. */
  readonly inner: Venue;
  readonly script: readonly VenueFaultRule[];
  /** Decides chances and orders. */
  readonly seed: bigint;
}

const DELAY_US = 1_000;

class ScriptedVenue implements BadVenue {
  readonly id: string;
  readonly happened: Partial<Record<VenueFaultKind, number>> = {};
  readonly #inner: Venue;
  readonly #script: readonly VenueFaultRule[];
  readonly #rng: Rng;
  readonly #held = new Map<string, readonly VenueFact[]>();
  #healed = false;
  #groups = 0;
  #requests = 0;
  #timers = 0;
  #downUntilUs = -1;

  constructor({ inner, script, seed }: BadVenueOptions) {
    this.id = inner.id;
    this.#inner = inner;
    this.#script = script;
    this.#rng = createRng(seed, streamIdOf('badVenue'));
  }

  heal(): void {
    this.#healed = true;
  }

  submit(order: Approved<PlaceOrder>, nowUs: number): VenueEffects {
    return this.#request(() => this.#inner.submit(order, nowUs), nowUs);
  }

  cancel(order: Approved<CancelOrder>, nowUs: number): VenueEffects {
    return this.#request(() => this.#inner.cancel(order, nowUs), nowUs);
  }

  amend(order: Approved<AmendOrder>, nowUs: number): VenueEffects {
    return this.#request(() => this.#inner.amend(order, nowUs), nowUs);
  }

  query(order: OrderQuery, nowUs: number): VenueEffects {
    return this.#request(() => this.#inner.query(order, nowUs), nowUs);
  }

  reconcile(nowUs: number, question: number): VenueEffects {
    return this.#request(() => this.#inner.reconcile(nowUs, question), nowUs);
  }

  onMarket(event: Event | EventInput): VenueEffects {
    return this.#say(this.#inner.onMarket(event), event.rx);
  }

  onTimer(id: string, nowUs: number): VenueEffects {
    const held = this.#held.get(id);
    if (held === undefined) return this.#say(this.#inner.onTimer(id, nowUs), nowUs);
    this.#held.delete(id);
    return { events: held.map((fact) => ({ ...fact, rx: nowUs })), timers: [] };
  }

  /** The rule of a kind that is in force for the n-th of its things. */
  #now(kind: VenueFaultKind, n: number): VenueFaultRule | null {
    if (this.#healed) return null;
    for (const rule of this.#script) {
      const from = rule.from ?? 1;
      if (rule.kind !== kind || n < from || n >= from + (rule.count ?? Infinity)) continue;
      if (rule.ppm !== undefined && this.#rng.below(1_000_000) >= rule.ppm) continue;
      return rule;
    }
    return null;
  }

  #count(kind: VenueFaultKind): void {
    this.happened[kind] = (this.happened[kind] ?? 0) + 1;
  }

  #request(send: () => VenueEffects, nowUs: number): VenueEffects {
    this.#requests += 1;
    const down = !this.#healed && nowUs < this.#downUntilUs;
    if (down || this.#now('loseRequest', this.#requests) !== null) {
      this.#count('loseRequest');
      return NO_EFFECTS;
    }
    return this.#say(send(), nowUs);
  }

  #say({ events, timers }: VenueEffects, nowUs: number): VenueEffects {
    if (events.length === 0) return { events, timers };
    this.#groups += 1;
    const later: TimerRequest[] = [...timers];
    if (this.#healed) return { events, timers: later };
    if (nowUs < this.#downUntilUs) return { events: [], timers: later };
    const n = this.#groups;
    const cut = this.#now('disconnect', n);
    if (cut !== null) {
      this.#count('disconnect');
      this.#downUntilUs = nowUs + (cut.delayUs ?? DELAY_US);
      later.push(this.#hold([this.#session('connected', nowUs)], this.#downUntilUs));
      return { events: [this.#session('disconnected', nowUs)], timers: later };
    }
    return { events: this.#timed(this.#spoiled(events, n), n, { nowUs, later }), timers: later };
  }

  /** What is said instead, all of it at once. */
  #spoiled(events: readonly VenueFact[], n: number): readonly VenueFact[] {
    let facts: VenueFact[] = [...events];
    const whole = facts.some((fact) => fact.t === 'Session' && fact.body.code === RECONCILED_CODE);
    const change = (kind: VenueFaultKind, to: (from: VenueFact[]) => VenueFact[]): void => {
      if (this.#now(kind, n) === null) return;
      const before = facts;
      facts = to(before);
      if (facts.length !== before.length || facts.some((f, i) => f !== before[i]))
        this.#count(kind);
    };
    change('lieRemaining', lied);
    if (whole) {
      change('cutAnswer', cutShort);
      return facts;
    }
    change('contradict', endedAgain);
    change('inventFill', (from) => invented(from, `invented-${n}`));
    change('dropAcks', (from) => dropped(from, 'acks'));
    change('dropFills', (from) => dropped(from, 'fills'));
    change('reorder', (from) => this.#rng.shuffle([...from]));
    change('silent', () => []);
    return facts;
  }

  /** Facts to say now; others are held until a timer. */
  #timed(
    facts: readonly VenueFact[],
    n: number,
    at: { readonly nowUs: number; readonly later: TimerRequest[] },
  ): readonly VenueFact[] {
    const delay = (kind: VenueFaultKind, which: readonly VenueFact[]): boolean => {
      const rule = which.length === 0 ? null : this.#now(kind, n);
      if (rule === null) return false;
      this.#count(kind);
      at.later.push(this.#hold(which, at.nowUs + (rule.delayUs ?? DELAY_US)));
      return true;
    };
    if (delay('late', facts)) return [];
    delay('duplicate', facts);
    const fills = facts.filter((fact) => fact.t === 'Fill');
    const rest = facts.filter((fact) => fact.t !== 'Fill');
    return rest.length > 0 && delay('fillsBehindEnd', fills) ? rest : facts;
  }

  #hold(facts: readonly VenueFact[], dueUs: number): TimerRequest {
    this.#timers += 1;
    const id = `${this.id}/held/${this.#timers}`;
    this.#held.set(id, facts);
    return { id, dueUs };
  }

  #session(kind: SessionKind, rx: number): VenueFact {
    const body = { code: '', details: {}, inst: null, kind };
    return { t: 'Session', sv: 1, rx, ts: null, src: this.id, body };
  }
}

/**
 * Wraps a venue and makes it misbehave, on a script or by seeded chance, so that a run can be shown
 * to end with the truth or to stop. What each fault does is said by {@link VENUE_FAULTS}.
 *
 * Facts are counted by groups: what the inner venue says in one answer. Each fault counts on its
 * own; several may happen to one group. The answer to `reconcile` is spoiled by `late`,
 * `duplicate`, `fillsBehindEnd`, `disconnect` and the lies only.
 *
 * @param options - inner venue, script and seed; the same seed gives the same faults
 * @returns the venue; `heal` ends all faults
 * @example
 * ```ts
 * import { constantLatency, makerTakerFees, simVenue } from 'quantlaxmi/sim';
 * import { badVenue, venueContract } from 'quantlaxmi/testing';
 *
 * const inner = () => simVenue({
 *   latency: constantLatency({ entryUs: 10, responseUs: 10 }),
 *   fees: makerTakerFees({ makerPpm: 0, takerPpm: 0, feeExponent: -8 }),
 * });
 * const cases = venueContract(() => ({
 *   venue: badVenue({ inner: inner(), script: [{ kind: 'dropFills' }], seed: 1n }),
 * }));
 * let broken = 0;
 * for (const { run } of cases) await run().catch(() => (broken += 1));
 * broken > 0;
 * // => true
 * ```
 */
export function badVenue(options: BadVenueOptions): BadVenue {
  return new ScriptedVenue(options);
}

/** Faults that say what is not so; the others leave the truth to be found. */
export function isLie(kind: VenueFaultKind): boolean {
  return VENUE_FAULTS[kind].lies;
}
