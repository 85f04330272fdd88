/** The captures that heads of raw records ask for. @module */
import { QuantlaxmiError } from '../../core/index.js';
import {
  type BinanceCapture,
  type BinanceCaptureOptions,
  type BinanceMarket,
  createBinanceCapture,
} from '../../venues/binance/index.js';
import type { RawHead } from '../../venues/feed/index.js';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isFlag: Check = (value) => typeof value === 'boolean';
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);

/** Settings of a Binance capture. One that is not known would mean another capture. */
const BINANCE_SETTINGS: Readonly<Record<string, Check>> = {
  aggTrades: isFlag,
  finerDigits: (value) => value === 'refuse' || value === 'redeclare',
  market: (value) => value === 'spot' || value === 'usdm' || value === 'coinm',
  marks: isFlag,
  partialDepth: isTexts,
  symbols: isTexts,
};

const refuse = (head: RawHead, found: string, expected: string): never => {
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `raw record of ${head.venue} ${head.sessionId}: ${found}; expected ${expected}`,
    { context: { venue: head.venue, sessionId: head.sessionId } },
  );
};

/**
 * The capture that recorded a raw record of Binance.
 *
 * @param head - head of one of its parts
 * @param market - the market that is expected
 * @throws QuantlaxmiError QL_BAD_INPUT when it is of another market or venue, or its settings are
 * not those of a Binance capture
 */
export const binanceCaptureOf = (head: RawHead, market: BinanceMarket): BinanceCapture => {
  if (head.venue !== `binance-${market}` || head.settings['market'] !== market) {
    refuse(head, 'another market', `market ${market}; give the market that was recorded`);
  }
  for (const [name, value] of Object.entries(head.settings)) {
    const check = Object.hasOwn(BINANCE_SETTINGS, name) ? BINANCE_SETTINGS[name] : undefined;
    if (check?.(value) !== true) refuse(head, `setting ${name}`, 'settings of a Binance capture');
  }
  const settings = head.settings as unknown as BinanceCaptureOptions;
  return createBinanceCapture({ ...settings, sessionId: head.sessionId });
};
