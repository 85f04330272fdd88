/**
 * Requests made again and again: the venue's clock, instruments, premium index, open interest; and
 * those made until they are answered.
 * @module
 */
import type { FeedRequest } from '../../feed/index.js';
import type { BinancePlan } from './options.js';
import type { BinanceRequests } from './requests.js';

interface Poll {
  readonly everyUs: number;
  /** When it is due next, µs. */
  dueAt: number;
  readonly make: (nowUs: number) => FeedRequest;
}

/** A request made until it is answered. */
interface Once {
  dueAt: number;
  /** Until it is made again, µs. */
  waitUs: number;
  readonly make: (nowUs: number) => FeedRequest;
}

/** Until a request without answer is made again: doubled each time, up to the most, µs. */
const AGAIN_US = 5_000_000;
const AGAIN_MAX_US = 600_000_000;
const BRACKETS = 'leverageBracket';

export class Polls {
  readonly #plan: BinancePlan;
  readonly #requests: BinanceRequests;
  readonly #polls = new Map<string, Poll>();
  /**
   * Requests that need one answer, by key, from when there is a clock. They are made afresh each
   * time: a signature is good for a few seconds. While one is under way the feed makes no other.
   */
  readonly #once = new Map<string, Once>();
  #offsetUs = 0;

  /** @param symbols - symbols wanted at the time of asking */
  constructor(plan: BinancePlan, requests: BinanceRequests, symbols: () => readonly string[]) {
    this.#plan = plan;
    this.#requests = requests;
    this.#every('time', plan.timeEveryUs, () => requests.time('time', false));
    this.#every('exchangeInfo', plan.instrumentsEveryUs, () =>
      requests.exchangeInfo('exchangeInfo', symbols(), false),
    );
    const { key } = plan;
    if (key !== null) {
      this.#until(BRACKETS, (nowUs) =>
        requests.leverageBracket(key, Math.floor((nowUs + this.#offsetUs) / 1000)),
      );
    }
  }

  /** The venue's clock less ours, µs: signed requests carry the venue's time. */
  measured(offsetUs: number): void {
    this.#offsetUs = offsetUs;
  }

  add(symbol: string): void {
    const { fundingHistory, openInterestEveryUs, premiumIndexEveryUs } = this.#plan;
    const requests = this.#requests;
    this.#every(`premiumIndex ${symbol}`, premiumIndexEveryUs, () => requests.premiumIndex(symbol));
    this.#every(`openInterest ${symbol}`, openInterestEveryUs, () => requests.openInterest(symbol));
    if (fundingHistory > 0) {
      this.#until(`fundingRate ${symbol}`, () => requests.fundingRate(symbol, fundingHistory));
    }
  }

  remove(symbol: string): void {
    this.#polls.delete(`premiumIndex ${symbol}`);
    this.#polls.delete(`openInterest ${symbol}`);
    this.#once.delete(`fundingRate ${symbol}`);
  }

  /** An answer of status 200 came: what it is, and of which symbol, if of one. */
  answered(what: string, symbol: string): void {
    this.#once.delete(what === BRACKETS ? what : `${what} ${symbol}`);
  }

  /** Requests due now, in the order in which they were added. O(polls). */
  due(nowUs: number): FeedRequest[] {
    const requests: FeedRequest[] = [];
    for (const once of this.#once.values()) {
      if (nowUs < once.dueAt) continue;
      once.dueAt = nowUs + once.waitUs;
      once.waitUs = Math.min(once.waitUs * 2, AGAIN_MAX_US);
      requests.push(once.make(nowUs));
    }
    for (const [name, poll] of this.#polls) {
      // Symbols start at once; the clock and the instruments were asked for at the opening.
      if (poll.dueAt === 0) poll.dueAt = name.includes(' ') ? nowUs : nowUs + poll.everyUs;
      if (nowUs < poll.dueAt) continue;
      poll.dueAt = nowUs + poll.everyUs;
      requests.push(poll.make(nowUs));
    }
    return requests;
  }

  #until(name: string, make: (nowUs: number) => FeedRequest): void {
    this.#once.set(name, { dueAt: 0, waitUs: AGAIN_US, make });
  }

  #every(name: string, everyUs: number | null, make: (nowUs: number) => FeedRequest): void {
    if (everyUs !== null) this.#polls.set(name, { everyUs, dueAt: 0, make });
  }
}
