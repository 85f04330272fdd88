/** Name in the envelope's `src` of what came through Zerodha Kite. @module */

/** Name in the envelope's `src`; instrument ids name the exchange (`NSE:FO:NIFTY26AUGFUT`). */
export const ZERODHA_SOURCE = 'ZERODHA';
