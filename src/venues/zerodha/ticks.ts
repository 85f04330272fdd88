/**
 * Binary ticker frames → ticks of exact integers.
 * Sources: kite.trade/docs/connect/v3/websocket (packet structures); the parsers of the official
 * clients (kiteconnectjs, pykiteconnect).
 * @module
 */
import {
  checkFrame,
  isHeartbeat,
  readI32,
  readU16,
  readU32,
  refuseFrame,
} from './internal/frame.js';
import { KITE_INDICES, type KiteExponent, kiteSegment } from './segments.js';

/** What is streamed of an instrument: last price, prices and volumes, or all with five levels. */
export type KiteMode = 'ltp' | 'quote' | 'full';

/** One level of the depth. An empty one is all zeros. */
export interface KiteDepthLevel {
  readonly price: number;
  readonly qty: number;
  /** Number of orders in it. */
  readonly orders: number;
}

/**
 * One packet. Prices are mantissas at {@link KiteTick.exponent}; what the packet's layout does not
 * hold is null.
 */
export interface KiteTick {
  readonly token: number;
  /** Exponent of all prices, told by the token's segment. */
  readonly exponent: KiteExponent;
  /** False for an index. */
  readonly tradable: boolean;
  readonly mode: KiteMode;
  readonly last: number;
  readonly lastQty: number | null;
  /** Average price of the day's trades. */
  readonly averagePrice: number | null;
  readonly volume: number | null;
  /** Quantity of all buy orders. */
  readonly buyQty: number | null;
  /** Quantity of all sell orders. */
  readonly sellQty: number | null;
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  /** Close of the trading day before. */
  readonly close: number | null;
  /** Change against the close as the venue says it; of an index only. */
  readonly change: number | null;
  /** Time of the last trade, s since the epoch; null when the venue says 0 (none). */
  readonly lastTradeTime: number | null;
  readonly openInterest: number | null;
  readonly openInterestHigh: number | null;
  readonly openInterestLow: number | null;
  /** Time of the exchange, s since the epoch; null when the venue says 0 (none). */
  readonly exchangeTime: number | null;
  /** Five levels, best first. */
  readonly bids: readonly KiteDepthLevel[] | null;
  /** Five levels, best first. */
  readonly asks: readonly KiteDepthLevel[] | null;
}

/** Length of a packet by its layout. */
export const KITE_PACKET_BYTES = {
  ltp: 8,
  indexQuote: 28,
  indexFull: 32,
  quote: 44,
  full: 184,
} as const;

const LEVELS = 5;
const LEVEL_BYTES = 12;

function timeOrNull(bytes: Uint8Array, at: number): number | null {
  const seconds = readU32(bytes, at);
  return seconds === 0 ? null : seconds;
}

function readSide(bytes: Uint8Array, at: number): KiteDepthLevel[] {
  const levels: KiteDepthLevel[] = [];
  for (let i = 0; i < LEVELS; i++) {
    const from = at + i * LEVEL_BYTES;
    // Two bytes of padding end a level.
    levels.push({
      price: readI32(bytes, from + 4),
      qty: readU32(bytes, from),
      orders: readU16(bytes, from + 8),
    });
  }
  return levels;
}

function lastPrice(bytes: Uint8Array, at: number, exponent: KiteExponent): KiteTick {
  const token = readU32(bytes, at);
  return {
    token,
    exponent,
    tradable: (token & 0xff) !== KITE_INDICES,
    mode: 'ltp',
    last: readI32(bytes, at + 4),
    lastQty: null,
    averagePrice: null,
    volume: null,
    buyQty: null,
    sellQty: null,
    open: null,
    high: null,
    low: null,
    close: null,
    change: null,
    lastTradeTime: null,
    openInterest: null,
    openInterestHigh: null,
    openInterestLow: null,
    exchangeTime: null,
    bids: null,
    asks: null,
  };
}

function index(bytes: Uint8Array, at: number, full: boolean): KiteTick {
  return {
    token: readU32(bytes, at),
    exponent: -2,
    tradable: false,
    mode: full ? 'full' : 'quote',
    last: readI32(bytes, at + 4),
    lastQty: null,
    averagePrice: null,
    volume: null,
    buyQty: null,
    sellQty: null,
    open: readI32(bytes, at + 16),
    high: readI32(bytes, at + 8),
    low: readI32(bytes, at + 12),
    close: readI32(bytes, at + 20),
    change: readI32(bytes, at + 24),
    lastTradeTime: null,
    openInterest: null,
    openInterestHigh: null,
    openInterestLow: null,
    exchangeTime: full ? timeOrNull(bytes, at + 28) : null,
    bids: null,
    asks: null,
  };
}

function traded(bytes: Uint8Array, at: number, exponent: KiteExponent, full: boolean): KiteTick {
  return {
    token: readU32(bytes, at),
    exponent,
    tradable: true,
    mode: full ? 'full' : 'quote',
    last: readI32(bytes, at + 4),
    lastQty: readU32(bytes, at + 8),
    averagePrice: readI32(bytes, at + 12),
    volume: readU32(bytes, at + 16),
    buyQty: readU32(bytes, at + 20),
    sellQty: readU32(bytes, at + 24),
    open: readI32(bytes, at + 28),
    high: readI32(bytes, at + 32),
    low: readI32(bytes, at + 36),
    close: readI32(bytes, at + 40),
    change: null,
    lastTradeTime: full ? timeOrNull(bytes, at + 44) : null,
    openInterest: full ? readU32(bytes, at + 48) : null,
    openInterestHigh: full ? readU32(bytes, at + 52) : null,
    openInterestLow: full ? readU32(bytes, at + 56) : null,
    exchangeTime: full ? timeOrNull(bytes, at + 60) : null,
    bids: full ? readSide(bytes, at + 64) : null,
    asks: full ? readSide(bytes, at + 64 + LEVELS * LEVEL_BYTES) : null,
  };
}

/**
 * Reads the packet in bytes[at, at + length); `packet` counts from 1.
 *
 * @throws QL_KITE_FRAME
 */
export function readPacket(
  bytes: Uint8Array,
  at: number,
  length: number,
  packet: number,
): KiteTick {
  if (length < KITE_PACKET_BYTES.ltp) {
    refuseFrame(packet, at, `found a length of ${length}, expected 8, 28, 32, 44 or 184`);
  }
  const token = readU32(bytes, at);
  const segment = kiteSegment(token);
  if (segment === null) {
    return refuseFrame(packet, at, `found token ${token} of an unknown segment ${token & 0xff}`);
  }
  const isIndex = segment.code === KITE_INDICES;
  switch (length) {
    case KITE_PACKET_BYTES.ltp:
      return lastPrice(bytes, at, segment.exponent);
    case KITE_PACKET_BYTES.indexQuote:
    case KITE_PACKET_BYTES.indexFull:
      if (!isIndex) break;
      return index(bytes, at, length === KITE_PACKET_BYTES.indexFull);
    case KITE_PACKET_BYTES.quote:
    case KITE_PACKET_BYTES.full:
      if (isIndex) break;
      return traded(bytes, at, segment.exponent, length === KITE_PACKET_BYTES.full);
    default:
  }
  const expected = isIndex ? '8, 28 or 32' : '8, 44 or 184';
  const wrong = `found a length of ${length} for token ${token}, expected ${expected}`;
  return refuseFrame(packet, at, wrong);
}

/**
 * Reads one packet without the frame around it.
 *
 * @param packet - the packet's bytes
 * @returns the tick; O(1)
 * @throws QuantlaxmiError QL_KITE_FRAME when its length does not fit its token's segment
 * @example
 * ```ts
 * import { decodePacket } from 'quantlaxmi/venues/zerodha';
 *
 * const packet = Uint8Array.of(0x00, 0x06, 0x3a, 0x01, 0x00, 0x02, 0x66, 0x83);
 * [decodePacket(packet).token, decodePacket(packet).last]; // => [408065, 157315]
 * ```
 */
export function decodePacket(packet: Uint8Array): KiteTick {
  return readPacket(packet, 0, packet.length, 1);
}

/**
 * Reads a binary ticker frame: a count of packets, then each packet after its length. A heartbeat
 * (one byte) holds none. Prices are the integers on the wire; nothing is divided.
 *
 * @param bytes - the whole frame
 * @returns its ticks, in order; O(bytes)
 * @throws QuantlaxmiError QL_KITE_FRAME with packet and byte, when any part of the frame is not as
 * documented: no tick of it is used then
 * @example
 * ```ts
 * import { decodeTicks } from 'quantlaxmi/venues/zerodha';
 *
 * const frame = Uint8Array.of(0, 1, 0, 8, 0x00, 0x06, 0x3a, 0x01, 0x00, 0x02, 0x66, 0x83);
 * decodeTicks(frame).map((tick) => [tick.token, tick.mode, tick.last, tick.exponent]);
 * // => [[408065, 'ltp', 157315, -2]]
 * decodeTicks(Uint8Array.of(0)); // => []
 * ```
 */
export function decodeTicks(bytes: Uint8Array): KiteTick[] {
  const ticks: KiteTick[] = [];
  if (isHeartbeat(bytes)) return ticks;
  const count = checkFrame(bytes);
  let at = 2;
  for (let packet = 1; packet <= count; packet++) {
    const length = readU16(bytes, at);
    ticks.push(readPacket(bytes, at + 2, length, packet));
    at += 2 + length;
  }
  return ticks;
}
