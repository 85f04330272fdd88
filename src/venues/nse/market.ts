/** Name in the envelope's `src` of what was read from files of the exchange. @module */

/** Name in the envelope's `src` and first part of instrument ids. */
export const NSE_VENUE = 'NSE';
