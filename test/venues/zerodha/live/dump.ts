/** Dumps of instruments that are made, not recorded. */
import { encodeUtf8 } from 'quantlaxmi/core';

const HEADER =
  'instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,tick_size,' +
  'lot_size,instrument_type,segment,exchange';

/** Token of the n-th future of {@link dumpOf}: its low byte says NFO. */
export const tokenOf = (n: number): number => n * 256 + 2;

/** Id of the n-th future of {@link dumpOf}. */
export const idOf = (n: number): string => `NSE:FO:X${n}26AUGFUT`;

/** A dump of `count` futures, numbered from 1. */
export const dumpOf = (count: number): Uint8Array => {
  const rows = [HEADER];
  for (let n = 1; n <= count; n += 1) {
    rows.push(`${tokenOf(n)},${n},X${n}26AUGFUT,X${n},0,2026-08-25,0,0.05,65,FUT,NFO-FUT,NFO`);
  }
  return encodeUtf8(`${rows.join('\n')}\n`);
};
