/**
 * State of an account at Kite: positions, holdings, margins. Money and prices are decimal text.
 * Sources: kite.trade/docs/connect/v3/portfolio, .../user ("Funds and margins").
 * @module
 */
import type { JsonValue } from '../../core/index.js';
import { JsonRow, refuseJson } from './internal/json-row.js';

/** A position, of the day or net of what was held overnight. */
export interface KitePosition {
  readonly symbol: string;
  readonly exchange: string;
  readonly token: number;
  readonly product: string;
  /** Below zero when more was sold than bought. */
  readonly qty: number;
  readonly overnightQty: number;
  /** Units of the underlying per unit of quantity: the size that no instruments dump tells. */
  readonly multiplier: string;
  readonly averagePrice: string;
  readonly closePrice: string;
  readonly lastPrice: string;
  readonly value: string;
  readonly pnl: string;
  readonly m2m: string;
  readonly unrealised: string;
  readonly realised: string;
  readonly buyQty: number;
  readonly buyPrice: string;
  readonly buyValue: string;
  readonly sellQty: number;
  readonly sellPrice: string;
  readonly sellValue: string;
}

function positionOf(value: JsonValue, place: string): KitePosition {
  const row = new JsonRow(value, place);
  return {
    symbol: row.text('tradingsymbol'),
    exchange: row.text('exchange'),
    token: row.count('instrument_token'),
    product: row.text('product'),
    qty: row.integer('quantity'),
    overnightQty: row.integer('overnight_quantity'),
    multiplier: row.decimal('multiplier'),
    averagePrice: row.decimal('average_price'),
    closePrice: row.decimal('close_price'),
    lastPrice: row.decimal('last_price'),
    value: row.decimal('value'),
    pnl: row.decimal('pnl'),
    m2m: row.decimal('m2m'),
    unrealised: row.decimal('unrealised'),
    realised: row.decimal('realised'),
    buyQty: row.count('buy_quantity'),
    buyPrice: row.decimal('buy_price'),
    buyValue: row.decimal('buy_value'),
    sellQty: row.count('sell_quantity'),
    sellPrice: row.decimal('sell_price'),
    sellValue: row.decimal('sell_value'),
  };
}

/**
 * Reads `GET /portfolio/positions`.
 *
 * @param data - `data` of the answer, each number its digits
 * @returns positions of the day, and net of those held overnight
 * @throws QuantlaxmiError QL_KITE_TEXT naming item and field
 */
export function decodePositions(data: JsonValue): {
  readonly net: readonly KitePosition[];
  readonly day: readonly KitePosition[];
} {
  const row = new JsonRow(data, 'positions');
  const side = (name: string): KitePosition[] =>
    row.list(name).map((one, i) => positionOf(one, `positions, "${name}" ${i}`));
  return { net: side('net'), day: side('day') };
}

/** Shares held in the depository account. */
export interface KiteHolding {
  readonly symbol: string;
  readonly exchange: string;
  readonly token: number;
  readonly isin: string;
  readonly product: string;
  readonly qty: number;
  readonly usedQty: number;
  /** Bought, not yet delivered. */
  readonly t1Qty: number;
  readonly collateralQty: number;
  readonly averagePrice: string;
  readonly lastPrice: string;
  readonly closePrice: string;
  readonly pnl: string;
}

/**
 * Reads `GET /portfolio/holdings`.
 *
 * @param data - `data` of the answer, each number its digits
 * @throws QuantlaxmiError QL_KITE_TEXT naming item and field
 */
export function decodeHoldings(data: JsonValue): KiteHolding[] {
  if (!Array.isArray(data)) return refuseJson('holdings', 'found no array');
  return (data as readonly JsonValue[]).map((one, i) => {
    const row = new JsonRow(one, `holdings, item ${i}`);
    return {
      symbol: row.text('tradingsymbol'),
      exchange: row.text('exchange'),
      token: row.count('instrument_token'),
      isin: row.text('isin'),
      product: row.text('product'),
      qty: row.integer('quantity'),
      usedQty: row.count('used_quantity'),
      t1Qty: row.count('t1_quantity'),
      collateralQty: row.count('collateral_quantity'),
      averagePrice: row.decimal('average_price'),
      lastPrice: row.decimal('last_price'),
      closePrice: row.decimal('close_price'),
      pnl: row.decimal('pnl'),
    };
  });
}

/** Funds of one segment, in rupees. */
export interface KiteMargins {
  readonly enabled: boolean;
  readonly net: string;
  /** `cash`, `opening_balance`, `collateral`, ... by the venue's names. */
  readonly available: Readonly<Record<string, string>>;
  /** `debits`, `span`, `exposure`, ... by the venue's names. */
  readonly utilised: Readonly<Record<string, string>>;
}

function amounts(row: JsonRow): Record<string, string> {
  return Object.fromEntries(row.names().map((name) => [name, row.decimal(name)]));
}

/**
 * Reads one segment of `GET /user/margins`, or the answer of `GET /user/margins/:segment`.
 *
 * @param data - the segment, each number its digits
 * @throws QuantlaxmiError QL_KITE_TEXT naming the field
 */
export function decodeMargins(data: JsonValue): KiteMargins {
  const row = new JsonRow(data, 'margins');
  return {
    enabled: row.flag('enabled'),
    net: row.decimal('net'),
    available: amounts(row.row('available')),
    utilised: amounts(row.row('utilised')),
  };
}
