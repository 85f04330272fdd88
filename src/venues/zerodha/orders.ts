/**
 * Orders of Kite: postbacks (webhook bodies and order updates on the ticker) and `GET /orders`.
 * Sources: kite.trade/docs/connect/v3/postbacks, .../orders.
 * @module
 */
import { type JsonValue, parseStrictJson, type Secret, sha256Hex } from '../../core/index.js';
import type {
  InstrumentBody,
  OrderBody,
  OrderState,
  Side,
  TimeInForce,
} from '../../events/index.js';
import { parseMantissa } from '../../fixed-point/index.js';
import { JsonRow, refuseJson } from './internal/json-row.js';

/** An order as the venue reports it. Prices are decimal text, times µs since the epoch. */
export interface KiteOrder {
  readonly orderId: string;
  readonly exchangeOrderId: string | null;
  readonly parentOrderId: string | null;
  /** The venue's word: `OPEN`, `COMPLETE`, `TRIGGER PENDING`, ... */
  readonly status: string;
  readonly statusMessage: string | null;
  /** When the order was registered at the venue; its text is {@link KiteOrder.orderTimestamp}. */
  readonly orderTime: number | null;
  /** `yyyy-mm-dd hh:mm:ss` as sent: part of the checksum. Empty when there is none. */
  readonly orderTimestamp: string;
  readonly exchangeTime: number | null;
  readonly exchangeUpdateTime: number | null;
  readonly variety: string;
  readonly exchange: string;
  readonly symbol: string;
  readonly token: number;
  /** `MARKET`, `LIMIT`, `SL`, `SL-M`. */
  readonly orderType: string;
  readonly side: Side;
  /** `DAY`, `IOC`, `TTL`. */
  readonly validity: string;
  readonly product: string;
  readonly qty: number;
  readonly disclosedQty: number;
  readonly filledQty: number;
  readonly pendingQty: number;
  readonly cancelledQty: number;
  readonly price: string;
  readonly triggerPrice: string;
  /** Average of what was filled; `0` when nothing was. */
  readonly averagePrice: string;
  /** The caller's own mark, up to 20 characters. */
  readonly tag: string | null;
  readonly placedBy: string | null;
  /** Of postbacks only. */
  readonly userId: string | null;
  /** Of postbacks only; see {@link isKitePostback}. */
  readonly checksum: string | null;
}

const SIDES: ReadonlyMap<string, Side> = /* @__PURE__ */ new Map([
  ['BUY', 'buy'],
  ['SELL', 'sell'],
]);

/** @throws QL_KITE_TEXT for a side that is neither BUY nor SELL */
export function sideOf(row: JsonRow): Side {
  const name = 'transaction_type';
  return SIDES.get(row.text(name)) ?? row.refuse(name, 'BUY or SELL');
}

/**
 * Reads one order: `data` of an order update on the ticker, an item of `GET /orders`.
 *
 * @param data - JSON in which each number is its digits (`parseStrictJson` with `numbers: 'text'`)
 * @param place - what errors call it
 * @returns the order; O(fields)
 * @throws QuantlaxmiError QL_KITE_TEXT naming the field
 */
export function decodeOrder(data: JsonValue, place = 'order'): KiteOrder {
  const row = new JsonRow(data, place);
  return {
    orderId: row.text('order_id'),
    exchangeOrderId: row.textOrNull('exchange_order_id'),
    parentOrderId: row.textOrNull('parent_order_id'),
    status: row.text('status'),
    statusMessage: row.textOrNull('status_message'),
    orderTime: row.timeOrNull('order_timestamp'),
    orderTimestamp: row.textOrNull('order_timestamp') ?? '',
    exchangeTime: row.timeOrNull('exchange_timestamp'),
    exchangeUpdateTime: row.timeOrNull('exchange_update_timestamp'),
    variety: row.text('variety'),
    exchange: row.text('exchange'),
    symbol: row.text('tradingsymbol'),
    token: row.count('instrument_token'),
    orderType: row.text('order_type'),
    side: sideOf(row),
    validity: row.text('validity'),
    product: row.text('product'),
    qty: row.count('quantity'),
    disclosedQty: row.count('disclosed_quantity'),
    filledQty: row.count('filled_quantity'),
    pendingQty: row.count('pending_quantity'),
    cancelledQty: row.count('cancelled_quantity'),
    price: row.decimal('price'),
    triggerPrice: row.decimal('trigger_price'),
    averagePrice: row.decimal('average_price'),
    tag: row.textOrNull('tag'),
    placedBy: row.textOrNull('placed_by'),
    userId: row.textOrNull('user_id'),
    checksum: row.textOrNull('checksum'),
  };
}

/**
 * Reads the orders of `GET /orders` and `GET /orders/:id`.
 *
 * @param data - `data` of the answer, each number its digits
 * @throws QuantlaxmiError QL_KITE_TEXT
 */
export function decodeOrders(data: JsonValue): KiteOrder[] {
  if (!Array.isArray(data)) return refuseJson('orders', 'found no array');
  return (data as readonly JsonValue[]).map((one, i) => decodeOrder(one, `orders, item ${i}`));
}

/**
 * Reads the body of a postback (webhook). It proves nothing of its sender until
 * {@link isKitePostback} says so.
 *
 * @param body - raw body of the POST request
 * @throws QuantlaxmiError QL_KITE_TEXT, or what `parseStrictJson` throws
 * @example
 * ```ts
 * import { encodeUtf8 } from 'quantlaxmi/core';
 * import { decodePostback } from 'quantlaxmi/venues/zerodha';
 *
 * const order = decodePostback(encodeUtf8(
 *   '{"order_id":"1","status":"COMPLETE","order_timestamp":"2022-03-03 09:24:25",' +
 *     '"variety":"regular","exchange":"NSE","tradingsymbol":"SBIN","instrument_token":779521,' +
 *     '"order_type":"LIMIT","transaction_type":"BUY","validity":"DAY","product":"CNC",' +
 *     '"quantity":1,"disclosed_quantity":0,"price":470.10,"trigger_price":0,' +
 *     '"average_price":470,"filled_quantity":1,"pending_quantity":0,"cancelled_quantity":0}',
 * ));
 * [order.price, order.filledQty, order.side]; // => ['470.10', 1, 'buy']
 * ```
 */
export function decodePostback(body: Uint8Array): KiteOrder {
  return decodeOrder(parseStrictJson(body, { numbers: 'text' }), 'postback');
}

/**
 * True when a postback carries the checksum that only the venue and the owner of the API secret can
 * make: SHA-256 of order id, order time and secret. All 64 digits are always compared.
 *
 * @param order - the decoded postback
 * @param apiSecret - secret of the app
 */
export function isKitePostback(order: KiteOrder, apiSecret: Secret<string>): boolean {
  const expected = sha256Hex(order.orderId + order.orderTimestamp + apiSecret.reveal());
  const found = order.checksum ?? '';
  let differ = found.length ^ expected.length;
  for (let i = 0; i < expected.length; i++) differ |= expected.charCodeAt(i) ^ found.charCodeAt(i);
  return differ === 0;
}

const STATES: ReadonlyMap<string, OrderState> = /* @__PURE__ */ new Map([
  ['PUT ORDER REQ RECEIVED', 'submitted'],
  ['AMO REQ RECEIVED', 'submitted'],
  ['VALIDATION PENDING', 'submitted'],
  ['OPEN PENDING', 'submitted'],
  ['OPEN', 'acked'],
  ['UPDATE', 'acked'],
  ['MODIFIED', 'acked'],
  ['MODIFY PENDING', 'acked'],
  ['MODIFY VALIDATION PENDING', 'acked'],
  ['MODIFY AMO REQ RECEIVED', 'acked'],
  ['TRIGGER PENDING', 'acked'],
  ['CANCEL PENDING', 'cancelRequested'],
  ['CANCELLED', 'cancelled'],
  ['CANCELLED AMO', 'cancelled'],
  ['COMPLETE', 'filled'],
  ['REJECTED', 'rejected'],
  ['EXPIRED', 'expired'],
  ['LAPSED', 'expired'],
]);

/**
 * State of an order from the venue's word for it. Words that are not documented are `unknown`,
 * which stops whoever trades on it; an open order of which a part was filled is `partiallyFilled`.
 *
 * @param order - status and filled quantity
 * @example
 * ```ts
 * import { kiteOrderState } from 'quantlaxmi/venues/zerodha';
 *
 * kiteOrderState({ status: 'OPEN', filledQty: 0 }); // => 'acked'
 * kiteOrderState({ status: 'OPEN', filledQty: 25 }); // => 'partiallyFilled'
 * kiteOrderState({ status: 'SLEEPING', filledQty: 0 }); // => 'unknown'
 * ```
 */
export function kiteOrderState(order: Pick<KiteOrder, 'status' | 'filledQty'>): OrderState {
  const state = STATES.get(order.status) ?? 'unknown';
  return state === 'acked' && order.filledQty > 0 ? 'partiallyFilled' : state;
}

const VALIDITY: ReadonlyMap<string, TimeInForce> = /* @__PURE__ */ new Map([
  ['DAY', 'gtc'],
  ['TTL', 'gtc'],
  ['IOC', 'ioc'],
]);
const PRICED: ReadonlyMap<string, boolean> = /* @__PURE__ */ new Map([
  ['LIMIT', true],
  ['SL', true],
  ['MARKET', false],
  ['SL-M', false],
]);

/**
 * The Order event's body of an order. `DAY` and `TTL` orders are `gtc`: they stand until the venue
 * ends them. The tag stands as client order id; no risk decision of this package is claimed.
 *
 * @param order - the order
 * @param instrument - instrument of its token
 * @returns the body, with `cause` 0
 * @throws QuantlaxmiError QL_KITE_TEXT for a validity or order type that is not documented;
 * QL_FIXED_INEXACT when the price is finer than the instrument
 */
export function kiteOrderBody(order: KiteOrder, instrument: InstrumentBody): OrderBody {
  const { orderId, orderType, price, qty, filledQty, validity } = order;
  const tif = VALIDITY.get(validity);
  const priced = PRICED.get(orderType);
  const place = `order ${orderId.slice(0, 40)}`;
  if (tif === undefined) return refuseJson(place, `found validity "${validity.slice(0, 40)}"`);
  if (priced === undefined) return refuseJson(place, `found type "${orderType.slice(0, 40)}"`);
  if (filledQty > qty) return refuseJson(place, `found ${filledQty} filled of ${qty}`);
  return {
    cause: 0,
    clientOrderId: order.tag ?? '',
    inst: instrument.instrumentId,
    orderId,
    price: priced ? parseMantissa(price, instrument.priceExponent) : null,
    qty,
    reason: order.statusMessage ?? '',
    remaining: qty - filledQty,
    riskDecisionId: '',
    side: order.side,
    state: kiteOrderState(order),
    tif,
    type: priced ? 'limit' : 'market',
    venueOrderId: order.exchangeOrderId ?? '',
  };
}
