/**
 * Zerodha Kite: ticker frames, instruments and answers to events, recordings to sessions.
 * @module
 */
export { ZERODHA_SOURCE } from './market.js';
