/**
 * What is sent to the ticker: kite.trade/docs/connect/v3/websocket, "Request structure".
 * @module
 */
import type { KiteMode } from '../ticks.js';

/** Starts these tokens; the venue streams them as `quote` until a mode is set. */
export const subscribeMessage = (tokens: readonly number[]): string =>
  `{"a":"subscribe","v":[${tokens.join(',')}]}`;

/** Ends these tokens. */
export const unsubscribeMessage = (tokens: readonly number[]): string =>
  `{"a":"unsubscribe","v":[${tokens.join(',')}]}`;

/** Sets what is streamed of these tokens. */
export const modeMessage = (mode: KiteMode, tokens: readonly number[]): string =>
  `{"a":"mode","v":["${mode}",[${tokens.join(',')}]]}`;

/** Modes, the least first: the order in which they are sent. */
export const KITE_MODES: readonly KiteMode[] = ['ltp', 'quote', 'full'];

/**
 * Messages that start tokens in their modes. The mode is always sent, `quote` too: the documents of
 * the clients do not agree on what a new subscription streams.
 */
export const startMessages = (modes: ReadonlyMap<number, KiteMode>): string[] => {
  if (modes.size === 0) return [];
  const messages = [subscribeMessage([...modes.keys()])];
  for (const mode of KITE_MODES) {
    const tokens = [...modes].filter(([, one]) => one === mode).map(([token]) => token);
    if (tokens.length > 0) messages.push(modeMessage(mode, tokens));
  }
  return messages;
};
