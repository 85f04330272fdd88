import type {
  CashFlowBody,
  EventInputOf,
  FundingBody,
  InstrumentBody,
} from '../../events/index.js';
import type { TimerRequest, VenueFact } from '../../execution/index.js';
import { formatBig } from '../../fixed-point/index.js';
import { contractValue } from '../../portfolio/index.js';
import type { SimReason } from '../reasons.data.js';
import { type Account, FLOW_EXPONENT, flowAmount } from './account.js';
import type { LastPrices } from './last-prices.js';

/** The next funding of an instrument, as last announced. */
interface Due {
  atUs: number;
  mark: number;
  rateE8: number;
  /** Position before the instant, once an execution at or after it would change it. */
  held: number | null;
  settled: boolean;
}

/** Parts of the venue that settlements read and write. */
export interface SettlementParts {
  readonly id: string;
  readonly account: Account;
  readonly prices: LastPrices;
  /** The last declaration of an instrument. */
  readonly instrument: (inst: string) => InstrumentBody | null;
}

const RATE_UNIT = 100_000_000n;
const NO_FACTS: readonly VenueFact[] = Object.freeze([]);

/** Funding and expiry: what moves cash without an execution. */
export class Settlements {
  readonly #parts: SettlementParts;
  readonly #due = new Map<string, Due>();
  readonly #expiries = new Map<string, number>();
  readonly #timers = new Map<string, readonly ['funding' | 'expiry', string, number]>();
  #wanted: TimerRequest[] = [];
  #flows = 0;

  constructor(parts: SettlementParts) {
    this.#parts = parts;
  }

  /** Timers asked for since the last call. */
  wanted(): readonly TimerRequest[] {
    if (this.#wanted.length === 0) return this.#wanted;
    const wanted = this.#wanted;
    this.#wanted = [];
    return wanted;
  }

  /** A funding announcement; settles the one before it where its instant has passed by it. */
  onFunding(event: Pick<EventInputOf<'Funding'>, 'body' | 'rx' | 'ts'>): readonly VenueFact[] {
    const { body, rx, ts } = event;
    const due = this.#due.get(body.inst);
    let facts = NO_FACTS;
    if (due !== undefined && !due.settled) {
      // A venue that names the next instant has passed this one, though the log's clock may lag.
      const passed = body.nextFundingTs !== due.atUs && (ts ?? rx) >= due.atUs;
      if (passed || rx >= due.atUs) facts = this.#fund(body.inst, due, rx);
    }
    this.#announce(due, body, rx);
    return facts;
  }

  /** Keeps the position as it was before an instant that an execution now comes after. */
  beforeFill(inst: string, nowUs: number): void {
    const due = this.#due.get(inst);
    if (due === undefined || due.settled || due.held !== null || nowUs < due.atUs) return;
    due.held = this.#parts.account.qty(inst);
  }

  /** Mantissas of other exponents are other marks: the next announcement says it anew. */
  onUnits(inst: string): void {
    const due = this.#due.get(inst);
    if (due === undefined) return;
    due.mark = 0;
    due.held = null;
  }

  /** Notes when a contract expires. */
  onDeclared({ expiry, instrumentId: inst }: InstrumentBody, nowUs: number): void {
    if (expiry === null) {
      this.#expiries.delete(inst);
      return;
    }
    if (this.#expiries.get(inst) === expiry) return;
    this.#expiries.set(inst, expiry);
    this.#want('expiry', inst, { atUs: expiry, nowUs });
  }

  /** The instrument that expires by a timer, or null when it is none of expiry, or overtaken. */
  expiring(id: string): string | null {
    const timer = this.#timers.get(id);
    if (timer?.[0] !== 'expiry') return null;
    this.#timers.delete(id);
    const [, inst, atUs] = timer;
    return this.#expiries.get(inst) === atUs ? inst : null;
  }

  /** A timer of funding is due. */
  onTimer(id: string, nowUs: number): readonly VenueFact[] {
    const timer = this.#timers.get(id);
    if (timer === undefined) return NO_FACTS;
    this.#timers.delete(id);
    const [, inst, atUs] = timer;
    const due = this.#due.get(inst);
    if (due === undefined || due.settled || due.atUs !== atUs) return NO_FACTS;
    return this.#fund(inst, due, nowUs);
  }

  /** Closes the position of a contract that expired. */
  settle(inst: string, nowUs: number): readonly VenueFact[] {
    const { account, prices } = this.#parts;
    const instrument = this.#parts.instrument(inst);
    const held = account.qty(inst);
    if (instrument === null || held === 0) return NO_FACTS;
    const price = prices.settlement(instrument, held);
    if (price === null || (instrument.inverse && price <= 0)) {
      return [this.#refusal('QL_SIM_NO_SETTLEMENT', inst, nowUs)];
    }
    const amount =
      instrument.class === 'option'
        ? this.#value(instrument, price, held)
        : account.result(instrument, price);
    return [this.#flow({ amount, held, instrument, kind: 'settlement', price }, nowUs)];
  }

  #announce(before: Due | undefined, body: FundingBody, rx: number): void {
    const { inst, mark, nextFundingTs: atUs, rateE8 } = body;
    if (before !== undefined && before.atUs === atUs) {
      if (before.settled) return;
      before.mark = mark;
      before.rateE8 = rateE8;
      return;
    }
    // An instant that lies behind was settled, or nothing is known of the position before it.
    if (atUs === null || atUs <= rx || (before?.settled === true && atUs <= before.atUs)) return;
    this.#due.set(inst, { atUs, mark, rateE8, held: null, settled: false });
    this.#want('funding', inst, { atUs, nowUs: rx });
  }

  #fund(inst: string, due: Due, nowUs: number): readonly VenueFact[] {
    due.settled = true;
    const { account } = this.#parts;
    const instrument = this.#parts.instrument(inst);
    const held = due.held ?? account.qty(inst);
    if (instrument === null || held === 0 || due.rateE8 === 0) return NO_FACTS;
    if (due.mark <= 0) return [this.#refusal('QL_SIM_NO_MARK', inst, nowUs)];
    const unit = this.#parts.account.unitOf(instrument);
    const value = contractValue(
      { ...unit, priceExponent: instrument.priceExponent },
      due.mark,
      held,
    );
    const amount = flowAmount(value.num * -BigInt(due.rateE8), value.den * RATE_UNIT);
    return [this.#flow({ amount, held, instrument, kind: 'funding', price: due.mark }, nowUs)];
  }

  #value(instrument: InstrumentBody, price: number, held: number): bigint {
    const unit = this.#parts.account.unitOf(instrument);
    const priced = { ...unit, priceExponent: instrument.priceExponent };
    const { num, den } = contractValue(priced, price, held);
    return flowAmount(num, den);
  }

  #flow(
    paid: {
      readonly amount: bigint;
      readonly held: number;
      readonly instrument: InstrumentBody;
      readonly kind: 'funding' | 'settlement';
      readonly price: number;
    },
    nowUs: number,
  ): VenueFact {
    const { account, id } = this.#parts;
    const { amount, held, instrument, kind, price } = paid;
    this.#flows += 1;
    const body: CashFlowBody = {
      amount: formatBig(amount, FLOW_EXPONENT),
      cause: 0,
      currency: instrument.settle,
      flowId: `${id}-C${this.#flows}`,
      inst: instrument.instrumentId,
      kind,
      price,
      qty: mantissaOf(held, account.unitOf(instrument).qtyExponent, instrument.qtyExponent),
    };
    account.flow(body, instrument);
    return { t: 'CashFlow', sv: 1, rx: 0, ts: nowUs, src: id, body };
  }

  #refusal(code: SimReason, inst: string, nowUs: number): VenueFact {
    const { account, id } = this.#parts;
    const details = { qty: account.qty(inst) };
    const body = { code, details, inst, kind: 'config' } as const;
    return { t: 'Session', sv: 1, rx: 0, ts: nowUs, src: id, body };
  }

  #want(
    kind: 'funding' | 'expiry',
    inst: string,
    when: { readonly atUs: number; readonly nowUs: number },
  ): void {
    const id = `${this.#parts.id}/${kind}/${inst}/${when.atUs}`;
    if (this.#timers.has(id)) return;
    this.#timers.set(id, [kind, inst, when.atUs]);
    this.#wanted.push({ id, dueUs: Math.max(when.atUs, when.nowUs) });
  }
}

/** A quantity at another exponent; null when it lies between its mantissas. */
function mantissaOf(qty: number, from: number, to: number): number | null {
  const unit = 10n ** BigInt(to - from);
  return BigInt(qty) % unit === 0n ? Number(BigInt(qty) / unit) : null;
}
