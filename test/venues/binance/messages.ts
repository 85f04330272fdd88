import { isQuantlaxmiError } from 'quantlaxmi/core';
import type { InstrumentBody } from 'quantlaxmi/events';
import {
  type BinanceCapture,
  binanceFrameDecoder,
  createBinanceCapture,
  type DecodedFrame,
  type FrameDecoder,
  inferredInstrument,
} from 'quantlaxmi/venues/binance';

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export const SPOT_BTC: InstrumentBody = inferredInstrument({
  market: 'spot',
  symbol: 'BTCUSDT',
  priceDecimals: 2,
  qtyDecimals: 8,
});
export const USDM_BTC: InstrumentBody = inferredInstrument({
  market: 'usdm',
  symbol: 'BTCUSDT',
  priceDecimals: 1,
  qtyDecimals: 3,
});

export function decoderOf(...instruments: InstrumentBody[]): FrameDecoder {
  return binanceFrameDecoder({ instruments, aggTrades: true });
}

export function decode(
  decoder: FrameDecoder,
  text: string,
  symbol: string | null = null,
): DecodedFrame {
  const bytes = utf8(text);
  return decoder.decode({ bytes, start: 0, end: bytes.length, rx: 5, symbol });
}

/** The code thrown, or `nothing thrown`. */
export function codeOf(run: () => unknown): string {
  try {
    run();
    return 'nothing thrown';
  } catch (error) {
    return isQuantlaxmiError(error) ? error.code : String(error);
  }
}

export function spotCapture(
  options: { aggTrades?: boolean; factLimit?: number } = {},
): BinanceCapture {
  return createBinanceCapture({
    market: 'spot',
    sessionId: 's',
    instruments: [SPOT_BTC],
    ...options,
  });
}

export const RX = 1_723_161_254_087_891;

/** A recording line of a message, received `later` µs after {@link RX}. */
export function line(message: string, later = 0): Uint8Array {
  return utf8(`${RX + later}000 ${message}`);
}
