/**
 * Requests made again and again: the venue's clock, instruments, premium index, open interest.
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

export class Polls {
  readonly #plan: BinancePlan;
  readonly #requests: BinanceRequests;
  readonly #polls = new Map<string, Poll>();
  /** Requests made once, as soon as there is a clock. */
  readonly #once: ((nowUs: number) => FeedRequest)[] = [];
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
      this.#once.push((nowUs) =>
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
    if (fundingHistory > 0) this.#once.push(() => requests.fundingRate(symbol, fundingHistory));
  }

  remove(symbol: string): void {
    this.#polls.delete(`premiumIndex ${symbol}`);
    this.#polls.delete(`openInterest ${symbol}`);
  }

  /** Requests due now, in the order in which they were added. O(polls). */
  due(nowUs: number): FeedRequest[] {
    const requests = this.#once.splice(0).map((make) => make(nowUs));
    for (const [name, poll] of this.#polls) {
      // Symbols start at once; the clock and the instruments were asked for at the opening.
      if (poll.dueAt === 0) poll.dueAt = name.includes(' ') ? nowUs : nowUs + poll.everyUs;
      if (nowUs < poll.dueAt) continue;
      poll.dueAt = nowUs + poll.everyUs;
      requests.push(poll.make(nowUs));
    }
    return requests;
  }

  #every(name: string, everyUs: number | null, make: (nowUs: number) => FeedRequest): void {
    if (everyUs !== null) this.#polls.set(name, { everyUs, dueAt: 0, make });
  }
}
