/**
 * F&O bhavcopy in UDiFF (Unified Distilled File Formats, SEBI and the exchanges; NSE serves
 * `BhavCopy_NSE_FO_0_0_0_yyyymmdd_F_0000.csv` since 2024-07-08). Columns are found by name.
 * @module
 */
import { type Contract, contractName, isMonthlyByWeekday } from './contract.js';
import { Refusal } from './internal/facts.js';
import type { Columns } from './internal/header.js';
import { readRows, type Row } from './internal/csv-file.js';
import { type Day, startOfDay } from './internal/ist.js';
import { type ContractItem, type Item, NO_STATS, type Reading } from './internal/reading.js';
import {
  priceOrNull,
  readCount,
  readDay,
  readPrice,
  readStrike,
  readSymbol,
  readTurnover,
} from './internal/values.js';

const NEEDED = [
  'TradDt',
  'Sgmt',
  'Src',
  'FinInstrmTp',
  'TckrSymb',
  'XpryDt',
  'FininstrmActlXpryDt',
  'StrkPric',
  'OptnTp',
  'FinInstrmNm',
  'OpnPric',
  'HghPric',
  'LwPric',
  'ClsPric',
  'LastPric',
  'UndrlygPric',
  'SttlmPric',
  'OpnIntrst',
  'ChngInOpnIntrst',
  'TtlTradgVol',
  'TtlTrfVal',
  'NewBrdLotQty',
] as const;
type Name = (typeof NEEDED)[number];
type BhavcopyRow = Row<Name>;

/** Columns of the format. */
export const BHAVCOPY_COLUMNS: Columns<Name> = {
  needed: NEEDED,
  known: [
    'BizDt',
    'FinInstrmId',
    'ISIN',
    'SctySrs',
    'PrvsClsgPric',
    'TtlNbOfTxsExctd',
    'SsnId',
    'Rmks',
    'Rsvd1',
    'Rsvd2',
    'Rsvd3',
    'Rsvd4',
  ],
};

/** Types of contracts: index or stock, option or future. */
const TYPES: Readonly<Record<string, { readonly isIndex: boolean; readonly isOption: boolean }>> = {
  IDF: { isIndex: true, isOption: false },
  IDO: { isIndex: true, isOption: true },
  STF: { isIndex: false, isOption: false },
  STO: { isIndex: false, isOption: true },
};

const refuse = (value: string, expected: string): never => {
  throw new Refusal('QL_NSE_ROW', value, expected);
};

function contractOf(row: BhavcopyRow, isOption: boolean): Contract {
  const underlying = readSymbol(row.get('TckrSymb'));
  const expiry = readDay(row.get('FininstrmActlXpryDt'));
  const right = row.get('OptnTp');
  if (!isOption) {
    if (row.get('StrkPric') !== '' || right !== '') refuse(right, 'no strike and right: a future');
    return { underlying, expiry, strike: null, right: null };
  }
  if (right !== 'CE' && right !== 'PE') refuse(right, 'OptnTp CE or PE');
  const strike = readStrike(row.get('StrkPric'));
  return { underlying, expiry, strike, right: right === 'CE' ? 'call' : 'put' };
}

/** The name a row gives, which must be that of its own fields: damage of either is refused. */
function nameOf(row: BhavcopyRow, contract: Contract): string {
  const name = row.get('FinInstrmNm');
  const monthly = isMonthlyByWeekday(contract.expiry);
  if (name === contractName(contract, monthly) || name === contractName(contract, !monthly)) {
    return name;
  }
  return refuse(name, `FinInstrmNm ${contractName(contract, monthly)}, as its other fields say`);
}

interface Prices {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly last: number;
  readonly close: number;
}

function checkPrices({ open, high, low, last, close }: Prices): void {
  const inside = (price: number): boolean => price >= low && price <= high;
  if (low === 0 || !inside(open) || !inside(last) || !inside(close)) {
    refuse(`${open} ${high} ${low} ${close} ${last}`, 'open, close and last from low to high');
  }
}

/** Turnover counts the strike of an option: it lies between all units at low and at high. */
function checkTurnover(paise: bigint, units: bigint, bounds: readonly [number, number]): void {
  const [low, high] = bounds;
  if (paise < units * BigInt(low) || paise > units * BigInt(high)) {
    refuse(String(paise), `turnover of ${units} units between low and high, in paise`);
  }
}

/** Statistics of the day. Volume is printed in contracts, open interest in units. */
function statsOf(row: BhavcopyRow, contract: Contract, lot: number): ContractItem['stats'] {
  const prices: Prices = {
    open: readPrice(row.get('OpnPric')),
    high: readPrice(row.get('HghPric')),
    low: readPrice(row.get('LwPric')),
    last: readPrice(row.get('LastPric')),
    close: readPrice(row.get('ClsPric')),
  };
  const volume = readCount(row.get('TtlTradgVol')) * lot;
  const openInterest = readCount(row.get('OpnIntrst'));
  const turnover = readTurnover(row.get('TtlTrfVal'));
  const text = row.get('ChngInOpnIntrst');
  const change = text.startsWith('-') ? -readCount(text.slice(1)) : readCount(text);
  if (openInterest - change < 0) refuse(text, 'a change of open interest from 0 or more');
  const close = prices.close || null;
  if (volume === 0) {
    if (prices.open !== 0 || prices.high !== 0 || prices.low !== 0 || turnover.paise !== 0n) {
      refuse(turnover.text, 'no prices and no turnover where nothing traded');
    }
    return { ...NO_STATS, close, openInterest, turnover: turnover.text, volume };
  }
  if (!Number.isSafeInteger(volume)) refuse(row.get('TtlTradgVol'), 'a volume within 2^53-1');
  checkPrices(prices);
  const strike = contract.strike ?? 0;
  checkTurnover(turnover.paise, BigInt(volume), [strike + prices.low, strike + prices.high]);
  return { ...prices, openInterest, turnover: turnover.text, volume };
}

/** The daily settlement price of a future is its close, at expiry the underlying's. */
function checkSettlement(row: BhavcopyRow, contract: Contract, tradeDay: Day): void {
  const settlement = readPrice(row.get('SttlmPric'));
  const ends = contract.expiry.index === tradeDay.index;
  if (ends && settlement !== readPrice(row.get('UndrlygPric'))) {
    refuse(row.get('SttlmPric'), 'the price of the underlying as settlement at expiry');
  }
}

interface FileState {
  day: Day | null;
  readonly underlyings: Map<string, number | null>;
  readonly names: Set<string>;
}

function* rowItems(row: BhavcopyRow, state: FileState, reading: Reading): Generator<Item, void> {
  const type =
    TYPES[row.get('FinInstrmTp')] ?? refuse(row.get('FinInstrmTp'), Object.keys(TYPES).join(', '));
  if (row.get('Sgmt') !== 'FO') refuse(row.get('Sgmt'), 'Sgmt FO');
  if (row.get('Src') !== 'NSE') refuse(row.get('Src'), 'Src NSE');
  const tradeDay = readDay(row.get('TradDt'));
  state.day ??= tradeDay;
  if (tradeDay.index !== state.day.index) refuse(row.get('TradDt'), 'one trade date in a file');
  if (startOfDay(tradeDay) > reading.file.rx) refuse(row.get('TradDt'), 'a day before the receipt');
  const contract = contractOf(row, type.isOption);
  readDay(row.get('XpryDt'));
  if (contract.expiry.index < tradeDay.index) refuse(row.get('XpryDt'), 'an expiry still to come');
  const name = nameOf(row, contract);
  if (state.names.has(name)) throw new Refusal('QL_NSE_DUPLICATE', name, 'each contract once');
  const lot = readCount(row.get('NewBrdLotQty'));
  if (lot === 0) refuse('0', 'NewBrdLotQty above 0');
  const stats = statsOf(row, contract, lot);
  checkSettlement(row, contract, tradeDay);
  const symbol = contract.underlying;
  const spot = priceOrNull(row.get('UndrlygPric'));
  const before = state.underlyings.get(symbol);
  if (before !== undefined && before !== spot) refuse(row.get('UndrlygPric'), 'one UndrlygPric');
  const common = { place: row.place, ts: null };
  if (before === undefined) {
    const { isIndex } = type;
    state.underlyings.set(symbol, spot);
    const notes =
      spot === null ? [{ code: 'QL_NSE_SPOT' as const, value: '0', expected: 'UndrlygPric' }] : [];
    const close = spot === null ? null : { ...NO_STATS, close: spot };
    yield { t: 'underlying', ...common, symbol, isIndex, stats: close, notes };
  }
  state.names.add(name);
  reading.lots.state(symbol, contract.expiry, lot);
  const stated = { units: lot, stated: true };
  yield { t: 'contract', ...common, contract, name, lot: stated, stats, quote: null, notes: [] };
}

/** Items of a bhavcopy. */
export function* readBhavcopy(reading: Reading): Generator<Item, void> {
  const state: FileState = { day: null, underlyings: new Map(), names: new Set() };
  for (const item of readRows(reading.file, () => BHAVCOPY_COLUMNS)) {
    if (item.t !== 'csv') {
      yield item;
      continue;
    }
    try {
      yield* rowItems(item.row, state, reading);
    } catch (error) {
      yield { t: 'refused', what: 'contract', place: item.row.place, error };
    }
  }
}
