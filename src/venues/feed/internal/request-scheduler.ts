/**
 * Makes requests within the venue's budget of weight.
 * @module
 */
import { isQuantlaxmiError, QuantlaxmiError } from '../../../core/index.js';
import { Backoff } from '../backoff.js';
import type { HttpAnswer } from '../ports.js';
import type { FeedRequest } from '../protocol.js';
import type { FeedHost } from './host.js';
import { RateWindow } from './rate-window.js';
import { isRefusedForRate, retryAfterUs } from './retry-after.js';

/** Requests under way at the same time. */
const IN_FLIGHT_MAX = 4;

/** Told what became of requests. */
export interface RequestSink {
  answered(request: FeedRequest, answer: HttpAnswer, tookUs: number): void;
  /** No answer came; `again` when it will be made again. */
  unanswered(request: FeedRequest, reason: string, again: boolean): void;
}

interface Entry {
  readonly request: FeedRequest;
  readonly backoff: Backoff;
  dueUs: number;
}

/** Requests in the order in which they were asked for; see the module. */
export class RequestScheduler {
  readonly #host: FeedHost;
  readonly #sink: RequestSink;
  readonly #budget: RateWindow;
  readonly #waiting: Entry[] = [];
  /** Keys waiting or in flight. */
  readonly #keys = new Set<string>();
  #inFlight = 0;
  #heldUntilUs = 0;
  #cancelTimer: (() => void) | null = null;
  #ended = false;

  constructor(host: FeedHost, sink: RequestSink) {
    this.#host = host;
    this.#sink = sink;
    this.#budget = new RateWindow('requests', host.protocol.limits.requests);
  }

  /** @throws QuantlaxmiError QL_BAD_INPUT when its weight is above the whole budget */
  add(request: FeedRequest): void {
    if (this.#ended || this.#keys.has(request.key)) return;
    const { count } = this.#host.protocol.limits.requests;
    if (!(request.weight >= 0 && request.weight <= count)) {
      throw new QuantlaxmiError(
        'QL_BAD_INPUT',
        `request ${request.key}: weight ${request.weight}; expected 0 to the limit of ${count}`,
        { context: { key: request.key, weight: request.weight, count } },
      );
    }
    this.#keys.add(request.key);
    const { options, ports, time } = this.#host;
    const backoff = new Backoff(options.backoff, ports.rng);
    this.#waiting.push({ request, backoff, dueUs: time.elapsedUs() });
    this.#pump();
  }

  end(): void {
    this.#ended = true;
    this.#waiting.length = 0;
    this.#cancelTimer?.();
  }

  /** Starts what may start now, and comes back when more may. */
  #pump(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    while (!this.#ended && this.#inFlight < IN_FLIGHT_MAX && this.#waiting.length > 0) {
      const now = this.#host.time.elapsedUs();
      const entry = this.#first(now);
      let waitUs = Math.max(entry.dueUs, this.#heldUntilUs) - now;
      // The first that is due waits for the budget; lighter ones behind it do not overtake.
      if (waitUs <= 0) waitUs = this.#budget.waitUs(now, entry.request.weight);
      if (waitUs > 0) {
        this.#cancelTimer = this.#host.timers.after(waitUs, () => this.#pump());
        return;
      }
      this.#waiting.splice(this.#waiting.indexOf(entry), 1);
      this.#start(entry, now);
    }
  }

  /** The first that is due, or the one that is due soonest. */
  #first(now: number): Entry {
    let soonest = this.#waiting[0] as Entry;
    for (const entry of this.#waiting) {
      if (entry.dueUs <= now) return entry;
      if (entry.dueUs < soonest.dueUs) soonest = entry;
    }
    return soonest;
  }

  #start(entry: Entry, now: number): void {
    this.#budget.take(now, entry.request.weight);
    this.#inFlight += 1;
    this.#host.ports.http.request(entry.request).then(
      (answer) => this.#host.enter(() => this.#answered(entry, answer, now)),
      (error: unknown) => this.#host.enter(() => this.#unanswered(entry, error)),
    );
  }

  #answered(entry: Entry, answer: HttpAnswer, startedUs: number): void {
    this.#inFlight -= 1;
    if (this.#ended) return;
    const { protocol, time } = this.#host;
    const now = time.elapsedUs();
    const used = protocol.usedWeight(answer.headers);
    if (used !== null) this.#budget.reconcile(now, used);
    if (isRefusedForRate(answer.status)) {
      const waitUs = retryAfterUs(answer, protocol.limits.requests.perUs);
      this.#heldUntilUs = Math.max(this.#heldUntilUs, now + waitUs);
    }
    this.#settle(entry, entry.request.retry && answer.status !== 200);
    this.#sink.answered(entry.request, answer, now - startedUs);
    this.#pump();
  }

  #unanswered(entry: Entry, error: unknown): void {
    this.#inFlight -= 1;
    if (this.#ended) return;
    this.#settle(entry, entry.request.retry);
    this.#sink.unanswered(entry.request, reasonOf(error), entry.request.retry);
    this.#pump();
  }

  /** Puts it back with a growing wait, or gives its key free. */
  #settle(entry: Entry, again: boolean): void {
    if (!again) {
      this.#keys.delete(entry.request.key);
      return;
    }
    entry.dueUs = this.#host.time.elapsedUs() + entry.backoff.next();
    this.#waiting.push(entry);
  }
}

/** Only what the port says of itself: an address in a foreign message may hold a key. */
function reasonOf(error: unknown): string {
  return isQuantlaxmiError(error) ? error.message : 'no answer';
}
