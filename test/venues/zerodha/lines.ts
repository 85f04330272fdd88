import type { EventInput, EventInputOf, EventType } from 'quantlaxmi/events';
import type { RawFact, RawFrame } from 'quantlaxmi/venues/feed';
import { type KiteInstrument, parseInstruments } from 'quantlaxmi/venues/zerodha';

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export const HEAD =
  'instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,' +
  'lot_size,instrument_type,segment,exchange';
export const INFY_ROW = '408065,1594,INFY,INFOSYS,0,,0,0.05,1,EQ,NSE,NSE';
export const NIFTY_ROW = '12683010,49543,NIFTY25DECFUT,NIFTY,0,2025-12-30,0,0.1,75,FUT,NFO-FUT,NFO';
export const INDEX_ROW = '256265,1001,NIFTY 50,NIFTY 50,0,,0,0,0,EQ,INDICES,NSE';
export const CRUDE_ROW =
  '58424839,228222,CRUDEOIL20APRFUT,CRUDEOIL,0,2020-04-20,0,1,1,FUT,MCX-FUT,MCX';

export const dump = (...rows: string[]): Uint8Array => utf8([HEAD, ...rows, ''].join('\n'));

export const instruments = (...rows: string[]): KiteInstrument[] => parseInstruments(dump(...rows));

export const RX = 1_766_992_620_000_000;

export const frame = (bytes: Uint8Array, later = 0, conn = 1): RawFrame => ({
  kind: 'frame',
  rx: RX + later,
  conn,
  binary: true,
  bytes,
});

export const text = (message: string, later = 0, conn = 1): RawFrame => ({
  kind: 'frame',
  rx: RX + later,
  conn,
  binary: false,
  bytes: utf8(message),
});

export const fact = (
  kind: RawFact['body']['kind'],
  code: string,
  details: RawFact['body']['details'],
): RawFact => ({ kind: 'fact', rx: RX, body: { code, details, inst: null, kind } });

export function eventsOf<T extends EventType>(
  events: readonly EventInput[],
  type: T,
): EventInputOf<T>[] {
  return events.filter((event) => event.t === type) as unknown as EventInputOf<T>[];
}

/** Codes of the Session facts, in order; the kind where a fact has no code. */
export function codesOf(events: readonly EventInput[]): string[] {
  return eventsOf(events, 'Session').map(({ body }) => (body.code === '' ? body.kind : body.code));
}
