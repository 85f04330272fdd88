/**
 * Trades of Kite (`GET /trades`, `GET /orders/:id/trades`) → fills.
 * Source: kite.trade/docs/connect/v3/orders, "Retrieving trades".
 * @module
 */
import type { JsonValue } from '../../core/index.js';
import type { FillBody, InstrumentBody, Side } from '../../events/index.js';
import { parseMantissa } from '../../fixed-point/index.js';
import { JsonRow, refuseJson } from './internal/json-row.js';
import { sideOf } from './orders.js';

/** An execution as the venue reports it. */
export interface KiteTrade {
  readonly tradeId: string;
  readonly orderId: string;
  readonly exchangeOrderId: string | null;
  readonly exchange: string;
  readonly symbol: string;
  readonly token: number;
  readonly product: string;
  readonly side: Side;
  /** Decimal text. */
  readonly price: string;
  readonly qty: number;
  /** When it was filled, µs. */
  readonly fillTime: number | null;
  /** When the exchange says it was, µs. */
  readonly exchangeTime: number | null;
}

/**
 * Reads trades.
 *
 * @param data - `data` of the answer, each number its digits
 * @throws QuantlaxmiError QL_KITE_TEXT naming item and field
 */
export function decodeTrades(data: JsonValue): KiteTrade[] {
  if (!Array.isArray(data)) return refuseJson('trades', 'found no array');
  return (data as readonly JsonValue[]).map((one, i) => {
    const row = new JsonRow(one, `trades, item ${i}`);
    return {
      tradeId: row.text('trade_id'),
      orderId: row.text('order_id'),
      exchangeOrderId: row.textOrNull('exchange_order_id'),
      exchange: row.text('exchange'),
      symbol: row.text('tradingsymbol'),
      token: row.count('instrument_token'),
      product: row.text('product'),
      side: sideOf(row),
      price: row.decimal('average_price'),
      qty: row.count('quantity'),
      fillTime: row.timeOrNull('fill_timestamp'),
      exchangeTime: row.timeOrNull('exchange_timestamp'),
    };
  });
}

/** What no trade of Kite tells: see {@link kiteFillBody}. */
export interface KiteFillTerms {
  /** Charges, mantissa at {@link KiteFillTerms.feeExponent}, in rupees. */
  readonly fee: number;
  readonly feeExponent: number;
  readonly liquidity: 'maker' | 'taker';
}

/**
 * The Fill event's body of a trade. Kite tells neither charges nor which side waited, so the caller
 * says what it takes them for.
 *
 * @param trade - the trade
 * @param instrument - instrument of its token
 * @param terms - charges and liquidity
 * @returns the body, with `cause` 0
 * @throws QuantlaxmiError QL_FIXED_INEXACT when the price is finer than the instrument
 */
export function kiteFillBody(
  trade: KiteTrade,
  instrument: InstrumentBody,
  terms: KiteFillTerms,
): FillBody {
  return {
    cause: 0,
    fee: terms.fee,
    feeCurrency: 'INR',
    feeExponent: terms.feeExponent,
    fillId: trade.tradeId,
    inst: instrument.instrumentId,
    liquidity: terms.liquidity,
    orderId: trade.orderId,
    price: parseMantissa(trade.price, instrument.priceExponent),
    qty: trade.qty,
    side: trade.side,
  };
}
