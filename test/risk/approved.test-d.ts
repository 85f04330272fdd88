/**
 * Type checks of the brand; `tsc` fails when an expected error does not occur. Nothing here runs.
 */
import type { Venue } from 'quantlaxmi/execution';
import type { Approved, CancelOrder, PlaceOrder } from 'quantlaxmi/risk';

declare const venue: Venue;
declare const plain: PlaceOrder;
declare const approved: Approved<PlaceOrder>;
declare const cancel: Approved<CancelOrder>;

export function onlyApprovedOrdersAreSent(): void {
  venue.submit(approved, 0);
  venue.cancel(cancel, 0);
  // @ts-expect-error a plain order is not approved
  venue.submit(plain, 0);
  // @ts-expect-error a spread of an approved order lost its approval
  venue.submit({ ...approved }, 0);
  // @ts-expect-error so did a changed copy
  venue.submit({ ...approved, qty: 1_000_000 }, 0);
  // @ts-expect-error an approved cancel is no approved order
  venue.submit(cancel, 0);
  // @ts-expect-error a literal cannot carry the brand
  const forged: Approved<PlaceOrder> = { ...plain, approved: true };
  // @ts-expect-error an approved order cannot be changed in place
  approved.qty = 1_000_000;
  void forged;
}
