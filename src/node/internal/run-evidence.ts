/** What came of a run, read back from its own log. */
import type { Event, FillBody, InstrumentBody } from '../../events/index.js';
import { rationalToBig, type Rational, addRational, rational } from '../../fixed-point/index.js';
import type { DecisionsBinding, MoneyBinding, ResultBinding } from '../../manifest/index.js';
import { createPortfolio, MONEY_EXPONENT } from '../../portfolio/index.js';
import { createTrace, ENGINE_SOURCE, type Trace } from '../../strategy/index.js';
import { nodeSha256 } from '../sha256.js';

/** The decision trace and the counts of a run's log, built up batch by batch. */
export class RunEvidence {
  /** Highest `cause` of any record: the last session event that left a mark. */
  cause = 0;
  readonly #trace: Trace;
  readonly #portfolio = createPortfolio();
  readonly #instruments: ReadonlyMap<string, InstrumentBody>;
  readonly #currencies = new Map<string, Rational>();
  #booked = true;
  #decisions = 0;
  #fills = 0;
  #orders = 0;

  constructor(configHash: string, instruments: readonly InstrumentBody[]) {
    this.#trace = createTrace(configHash, nodeSha256);
    this.#instruments = new Map(instruments.map((body) => [body.instrumentId, body]));
  }

  add(batch: readonly Event[]): void {
    for (const event of batch) {
      const cause = this.#causeOf(event);
      if (event.src === ENGINE_SOURCE) this.#trace.add(event, { cause, seq: event.seq });
      if (event.t === 'Decision') this.#decisions += 1;
      else if (event.t === 'Fill') this.#fill(event.body);
      else if (event.t === 'Order' && event.body.state === 'submitted') this.#orders += 1;
    }
  }

  #causeOf(event: Event): number {
    const body = event.body as { cause?: unknown; details?: { cause?: unknown } };
    const cause = body.cause ?? body.details?.cause;
    if (typeof cause === 'number' && cause > this.cause) this.cause = cause;
    return typeof cause === 'number' ? cause : this.cause;
  }

  #fill(fill: FillBody): void {
    this.#fills += 1;
    const instrument = this.#instruments.get(fill.inst);
    if (instrument === undefined || !this.#booked) {
      this.#booked = false;
      return;
    }
    try {
      this.#portfolio.applyFill(fill, instrument);
      for (const currency of [instrument.settle, fill.feeCurrency]) {
        if (!this.#currencies.has(currency)) this.#currencies.set(currency, rational(0n));
      }
    } catch {
      // The engine halted on this fill too and said so in the log; its PnL cannot be stated.
      this.#booked = false;
    }
  }

  decisions(): Omit<DecisionsBinding, 'log'> {
    return {
      checkpoints: this.#trace.checkpoints(),
      count: this.#decisions,
      outputs: this.#trace.count,
      traceHash: this.#trace.hash(),
    };
  }

  /** PnL is left out when a fill could not be booked against the session's instruments. */
  result(finalStateHash: string | null): ResultBinding {
    const pnl = this.#booked ? this.#money() : [];
    return { fills: this.#fills, finalStateHash, orders: this.#orders, pnl };
  }

  #money(): MoneyBinding[] {
    const realised = new Map(this.#currencies);
    for (const inst of this.#portfolio.instruments()) {
      const position = this.#portfolio.position(inst);
      if (position === null) continue;
      const before = realised.get(position.currency) ?? rational(0n);
      realised.set(position.currency, addRational(before, position.realised));
    }
    return [...realised.keys()].sort().map((currency) => ({
      currency,
      exponent: MONEY_EXPONENT,
      fees: this.#portfolio.fees(currency).toString(),
      realized: rationalToBig(
        realised.get(currency) as Rational,
        MONEY_EXPONENT,
        'halfEven',
      ).toString(),
    }));
  }
}
