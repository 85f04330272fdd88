import { canonicalIntegerJson, QuantlaxmiError } from '../../core/index.js';
import type { Event, EventInput } from '../../events/index.js';
import {
  NO_EFFECTS,
  type Venue,
  type VenueEffects,
  type VenueFact,
} from '../../execution/index.js';
import type { Trace } from '../trace.js';
import { ENGINE_SOURCE, type SendAction, type Step, type StepAction } from '../types.js';
import { EventCursor, type EventStream } from './event-cursor.js';
import type { TimerHeap } from './timer-heap.js';

/** What a run was when it was killed, as far as its log tells. */
export interface Rebuilt {
  /** Engine's records of the interrupted call that the log lost; they were never acted on. */
  readonly lost: readonly EventInput[];
  /** What the interrupted call wanted, in order; nothing of it was sent. */
  readonly unsent: readonly StepAction[];
  /** Facts of a rebuilt venue that the log lost. */
  readonly untold: readonly VenueFact[];
  readonly nowUs: number;
  readonly decisions: number;
  readonly orders: number;
  readonly fills: number;
}

/** Parts of a {@link Rebuilder}. */
export interface RebuildParts {
  readonly step: Step;
  readonly trace: Trace;
  readonly timers: TimerHeap;
  /** The venue where it is rebuilt along; null for one that lived on outside the process. */
  readonly venue: Venue | null;
  readonly venueId: string;
}

function causeOf(record: EventInput, fallback: number): number {
  const body = record.body as { cause?: unknown; details?: { cause?: unknown } };
  const cause = record.t === 'Session' ? body.details?.cause : body.cause;
  return typeof cause === 'number' ? cause : fallback;
}

function diverged(cause: number, found: string, expected: string): QuantlaxmiError {
  return new QuantlaxmiError(
    'QL_RESUME_DIVERGED',
    `At session event ${cause} the log holds ${found}, the step made ${expected}; the run cannot ` +
      'go on with this code, configuration or session. Give those it was started with.',
    { context: { cause } },
  );
}

/** Says whether a record is what the guard left in place of a request it held back. */
function isHeld(record: EventInput, pending: readonly SendAction[]): boolean {
  if (record.src !== 'OPERATOR') return false;
  if (record.t === 'Session') return record.body.details['by'] === 'killSwitch';
  if (record.t !== 'Order') return false;
  const { orderId } = record.body;
  return pending.some((action) => 'order' in action && action.order.orderId === orderId);
}

/**
 * Feeds a new step the session and the recorded facts, as a replay does, holds its records against
 * the log's, and keeps along what a runner keeps: pending timers, counts, the rebuilt venue.
 */
export class Rebuilder {
  readonly #parts: RebuildParts;
  #due: EventInput[] = [];
  #actions: readonly StepAction[] = [];
  /** Requests of finished calls, until it is seen which of them were held back. */
  #pending: SendAction[] = [];
  #untold: VenueFact[] = [];
  #nowUs = 0;
  #decisions = 0;
  #orders = 0;
  #fills = 0;

  constructor(parts: RebuildParts) {
    this.#parts = parts;
  }

  async run(inputStream: EventStream, recordStream: EventStream): Promise<Rebuilt> {
    const inputs = new EventCursor(inputStream);
    const recorded = new EventCursor(recordStream);
    try {
      for (let record = await recorded.next(); record !== null; ) {
        if (record.t === 'Session' && record.body.kind === 'recovered') {
          record = await recorded.next();
        } else if (this.#due.length > 0) {
          this.#match(record);
          record = await recorded.next();
        } else if (causeOf(record, this.#cause) <= this.#cause) {
          this.#inject(record);
          record = await recorded.next();
        } else {
          const input = await inputs.next();
          if (input === null) throw diverged(this.#cause, 'more records', 'all of the session');
          this.#input(input);
        }
      }
    } finally {
      await inputs.close();
      await recorded.close();
    }
    const unsent = this.#due.length > 0 ? this.#actions : [];
    if (this.#due.length === 0) this.#finishCall();
    this.#flush();
    return {
      lost: this.#due,
      unsent,
      untold: this.#untold,
      nowUs: this.#nowUs,
      decisions: this.#decisions,
      orders: this.#orders,
      fills: this.#fills,
    };
  }

  get #cause(): number {
    return this.#parts.step.cause;
  }

  #input(input: Event): void {
    this.#flush();
    const { step, venue } = this.#parts;
    this.#nowUs = Math.max(this.#nowUs, input.rx);
    if (venue !== null) this.#take(venue.onMarket(input));
    this.#begin(step.onInput(input));
  }

  #inject(record: Event): void {
    const { step, timers, venue, venueId } = this.#parts;
    if (record.src === ENGINE_SOURCE) {
      throw diverged(this.#cause, `${record.t} at seq ${record.seq}`, 'nothing');
    }
    if (isHeld(record, this.#pending)) {
      const orderId = record.t === 'Order' ? record.body.orderId : '';
      const held = (action: SendAction) => 'order' in action && action.order.orderId === orderId;
      this.#pending = this.#pending.filter((action) => !held(action));
    } else this.#flush();
    this.#nowUs = Math.max(this.#nowUs, record.rx);
    if (record.t === 'Fill') this.#fills += 1;
    if (record.t === 'Timer') timers.drop(record.body.id, record.body.due);
    else if (venue !== null && record.src === venueId) this.#told(record);
    this.#begin(step.onVenue(record));
    if (record.t === 'Timer' && record.src === venueId && venue !== null) {
      // What it says then is the next in the log, or was lost with its tail.
      this.#take(venue.onTimer(record.body.id, this.#nowUs));
    }
  }

  /** A fact of the rebuilt venue is the next it was to tell. */
  #told(record: Event): void {
    const next = this.#untold.shift();
    if (next?.t === record.t) return;
    throw diverged(this.#cause, `${record.t} of the venue at seq ${record.seq}`, next?.t ?? 'none');
  }

  #begin(records: readonly EventInput[]): void {
    this.#due.push(...records);
    this.#actions = this.#parts.step.actions();
    if (this.#due.length === 0) this.#finishCall();
  }

  #match(record: Event): void {
    const [due] = this.#due as [EventInput];
    const same =
      record.src === ENGINE_SOURCE &&
      record.t === due.t &&
      canonicalIntegerJson(record.body) === canonicalIntegerJson(due.body);
    if (!same) throw diverged(this.#cause, `${record.t} at seq ${record.seq}`, `another ${due.t}`);
    this.#parts.trace.add(due, { cause: this.#cause, seq: record.seq });
    if (due.t === 'Decision') this.#decisions += 1;
    this.#due.shift();
    if (this.#due.length === 0) this.#finishCall();
  }

  /** All records of a call are in the log: its timers stand, its requests may have gone out. */
  #finishCall(): void {
    for (const action of this.#actions) {
      if (action.kind === 'timer') {
        this.#parts.timers.push({ ...action.timer, owner: action.owner });
      } else this.#pending.push(action);
    }
    this.#actions = [];
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    const pending = this.#pending;
    this.#pending = [];
    for (const action of pending) {
      if (action.kind === 'submit') this.#orders += 1;
      const { venue } = this.#parts;
      if (venue !== null) this.#take(sendTo(venue, action, this.#nowUs));
    }
  }

  #take(effects: VenueEffects): void {
    if (effects === NO_EFFECTS) return;
    for (const { id, dueUs } of effects.timers) {
      this.#parts.timers.push({ dueUs, owner: 'venue', id });
    }
    this.#untold.push(...effects.events);
  }
}

/** Hands a request to a venue. */
export function sendTo(venue: Venue, action: SendAction, nowUs: number): VenueEffects {
  switch (action.kind) {
    case 'query':
      return venue.query(action.order, nowUs);
    case 'reconcile':
      return venue.reconcile(nowUs, action.question);
    case 'amend':
      return venue.amend(action.order, nowUs);
    case 'cancel':
      return venue.cancel(action.order, nowUs);
    case 'submit':
      return venue.submit(action.order, nowUs);
  }
}
