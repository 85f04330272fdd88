/**
 * What the capture of a live feed is made with: stated in the head of the raw record, so that the
 * events can be made again from it.
 * @module
 */
import { QuantlaxmiError } from '../../../core/index.js';
import type { BinanceMarket } from '../market.js';
import type { BinancePlan } from './options.js';
import { isDiffDepth, type StreamOf } from './streams.js';

/** Settings as JSON; also options of `createBinanceCapture`. */
export type CaptureSettings = {
  readonly market: BinanceMarket;
  readonly symbols: readonly string[];
  readonly aggTrades: boolean;
  readonly partialDepth: readonly string[];
  readonly marks: boolean;
  readonly finerDigits: 'redeclare';
};

/** A stream of the best levels only. */
export function isPartialDepth(kind: string): boolean {
  return kind.startsWith('depth') && !isDiffDepth(kind);
}

export function captureSettings(plan: BinancePlan, streams: readonly StreamOf[]): CaptureSettings {
  const whole = new Set(streams.filter((one) => isDiffDepth(one.kind)).map((one) => one.symbol));
  const partial = streams.filter((one) => isPartialDepth(one.kind) && !whole.has(one.symbol));
  const marked = streams.some((one) => one.kind.startsWith('markPrice'));
  return {
    market: plan.market,
    symbols: [...new Set(streams.map((one) => one.symbol))],
    // Of `trade` and `aggTrade` a symbol has one at most, so none is recorded twice.
    aggTrades: true,
    partialDepth: [...new Set(partial.map((one) => one.symbol))],
    marks: marked || plan.premiumIndexEveryUs !== null || plan.fundingHistory > 0,
    finerDigits: 'redeclare',
  };
}

/**
 * The capture is told beforehand whose book comes as partial depth, so it cannot begin later.
 *
 * @throws QL_BAD_INPUT naming the stream
 */
export function refuseLatePartial(
  streams: readonly StreamOf[],
  partialDepth: readonly string[],
): void {
  const whole = new Set(streams.filter((one) => isDiffDepth(one.kind)).map((one) => one.symbol));
  for (const { kind, name, symbol } of streams) {
    if (!isPartialDepth(kind) || whole.has(symbol) || partialDepth.includes(symbol)) continue;
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `subscribe, ${name}: partial depth without depth@100ms can only be asked for at the start. ` +
        'Name it in the options of the feed, or take depth@100ms.',
      { context: { stream: name } },
    );
  }
}
