/**
 * What a comparison with the venue takes and gives.
 * @module
 */
import type { InstrumentBody } from '../events/index.js';
import type { ReconcileSpec } from '../risk/index.js';
import type { OrderStore } from './order-store.js';
import type { VenueFact } from './venue.js';

/**
 * What differs. `incomplete`: the answer is cut off, or contradicts itself, so that nothing follows
 * from what it does not say.
 */
export type DifferenceKind =
  | 'incomplete'
  | 'foreignOrder'
  | 'missingOrder'
  | 'orderState'
  | 'position'
  | 'balance';

/** One thing that this run and the venue know differently. Plain JSON, for the log. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** What this run knows, as text. */
  readonly expected: string;
  /** What the venue says, as text. */
  readonly found: string;
  /** Instrument concerned; empty where it is about none. */
  readonly inst: string;
  /** Own order id, the venue's id of a foreign order, or a currency; empty where there is none. */
  readonly id: string;
}

/** What the policy says to do about a difference. */
export type ReconcileAction =
  /** Stop trading: `why` is the kind of the difference. */
  | { readonly kind: 'halt'; readonly why: DifferenceKind }
  /** Cancel an order of the account that this run does not know. */
  | {
      readonly kind: 'cancelForeign';
      readonly clientOrderId: string;
      readonly inst: string;
      readonly venueOrderId: string;
    }
  /** The venue no longer has this own order: it is over, with what is filled. */
  | { readonly kind: 'adoptOrder'; readonly orderId: string }
  /** Take the venue's position over; signed mantissa of the instrument, entry price as text. */
  | {
      readonly kind: 'adoptPosition';
      readonly entryPrice: string;
      readonly inst: string;
      readonly qty: number;
    }
  /** Take the venue's balance over; decimal text. */
  | { readonly kind: 'adoptBalance'; readonly currency: string; readonly total: string };

/** Both sides of the comparison. */
export interface ReconcileInput {
  /** Own orders, the facts already applied. */
  readonly orders: Pick<OrderStore, 'byClientOrderId' | 'get' | 'snapshot'>;
  /** Own positions, mantissas; those that are 0 may be left out. */
  readonly positions: readonly {
    readonly inst: string;
    readonly qty: number;
    readonly qtyExponent: number;
  }[];
  /** Own cash: currency → decimal text. */
  readonly cash: Readonly<Record<string, string>>;
  /** Instrument as declared; null when nobody declared it. */
  instrument(inst: string): InstrumentBody | null;
  /** Facts from the request to the marker that ends the answer, in order of arrival. */
  readonly facts: readonly VenueFact[];
  readonly spec: ReconcileSpec;
}

/** The outcome of a comparison. */
export interface ReconcileResult {
  /** True when the answer is whole: its marker came, and it does not contradict itself. */
  readonly complete: boolean;
  readonly differences: readonly Difference[];
  /** One for each difference, in the same order. */
  readonly actions: readonly ReconcileAction[];
}
