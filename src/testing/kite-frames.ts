/**
 * Kite ticker frames from ticks: the other direction of `decodeTicks`, for tests and local venues.
 * @module
 */
import { QuantlaxmiError } from '../core/index.js';
import {
  KITE_INDICES,
  KITE_PACKET_BYTES,
  type KiteDepthLevel,
  type KiteTick,
} from '../venues/zerodha/index.js';

/** Heartbeat of Kite's ticker: a frame of one byte. */
export function kiteHeartbeat(): Uint8Array {
  return Uint8Array.of(0);
}

class PacketWriter {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
  }

  u32(at: number, name: string, value: number | null): void {
    if (value === null || !Number.isInteger(value) || value < 0 || value > 0xffffffff) {
      refuse(name, value, 'an integer of 32 bits that is not negative');
    } else this.#view.setUint32(at, value);
  }

  i32(at: number, name: string, value: number | null): void {
    if (value === null || value !== (value | 0)) refuse(name, value, 'a signed integer of 32 bits');
    else this.#view.setInt32(at, value);
  }

  side(at: number, name: string, levels: readonly KiteDepthLevel[] | null): void {
    if (levels === null || levels.length !== 5) return refuse(name, levels?.length, 'five levels');
    levels.forEach((level, i) => {
      this.u32(at + i * 12, `${name} qty`, level.qty);
      this.i32(at + i * 12 + 4, `${name} price`, level.price);
      if (!(level.orders >= 0 && level.orders <= 0xffff)) {
        refuse(`${name} orders`, level.orders, 'an integer of 16 bits that is not negative');
      }
      this.#view.setUint16(at + i * 12 + 8, level.orders);
    });
  }
}

function refuse(name: string, found: unknown, expected: string): never {
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `Kite tick, ${name}: found ${String(found)}, expected ${expected}.`,
    { context: { name } },
  );
}

function indexPacket(tick: KiteTick): Uint8Array {
  const full = tick.mode === 'full';
  const packet = new PacketWriter(
    full ? KITE_PACKET_BYTES.indexFull : KITE_PACKET_BYTES.indexQuote,
  );
  packet.u32(0, 'token', tick.token);
  packet.i32(4, 'last', tick.last);
  packet.i32(8, 'high', tick.high);
  packet.i32(12, 'low', tick.low);
  packet.i32(16, 'open', tick.open);
  packet.i32(20, 'close', tick.close);
  packet.i32(24, 'change', tick.change);
  if (full) packet.u32(28, 'exchangeTime', tick.exchangeTime ?? 0);
  return packet.bytes;
}

function tradedPacket(tick: KiteTick): Uint8Array {
  const full = tick.mode === 'full';
  const packet = new PacketWriter(full ? KITE_PACKET_BYTES.full : KITE_PACKET_BYTES.quote);
  packet.u32(0, 'token', tick.token);
  packet.i32(4, 'last', tick.last);
  packet.u32(8, 'lastQty', tick.lastQty);
  packet.i32(12, 'averagePrice', tick.averagePrice);
  packet.u32(16, 'volume', tick.volume);
  packet.u32(20, 'buyQty', tick.buyQty);
  packet.u32(24, 'sellQty', tick.sellQty);
  packet.i32(28, 'open', tick.open);
  packet.i32(32, 'high', tick.high);
  packet.i32(36, 'low', tick.low);
  packet.i32(40, 'close', tick.close);
  if (!full) return packet.bytes;
  packet.u32(44, 'lastTradeTime', tick.lastTradeTime ?? 0);
  packet.u32(48, 'openInterest', tick.openInterest);
  packet.u32(52, 'openInterestHigh', tick.openInterestHigh);
  packet.u32(56, 'openInterestLow', tick.openInterestLow);
  packet.u32(60, 'exchangeTime', tick.exchangeTime ?? 0);
  packet.side(64, 'bids', tick.bids);
  packet.side(124, 'asks', tick.asks);
  return packet.bytes;
}

/**
 * The packet of a tick, without the frame around it: 8 bytes for `ltp`, 28 or 32 for an index, 44
 * or 184 for anything that trades.
 *
 * @param tick - a tick with all values that its mode holds
 * @throws QuantlaxmiError QL_BAD_INPUT when a value is absent or does not fit its field
 * @example
 * ```ts
 * import { encodeTick } from 'quantlaxmi/testing';
 * import { decodePacket } from 'quantlaxmi/venues/zerodha';
 *
 * const packet = Uint8Array.of(0x00, 0x06, 0x3a, 0x01, 0x00, 0x02, 0x66, 0x83);
 * encodeTick(decodePacket(packet)).join() === packet.join(); // => true
 * ```
 */
export function encodeTick(tick: KiteTick): Uint8Array {
  if (tick.mode === 'ltp') {
    const packet = new PacketWriter(KITE_PACKET_BYTES.ltp);
    packet.u32(0, 'token', tick.token);
    packet.i32(4, 'last', tick.last);
    return packet.bytes;
  }
  return (tick.token & 0xff) === KITE_INDICES ? indexPacket(tick) : tradedPacket(tick);
}

/**
 * A frame around packets: their count, then each after its length.
 *
 * @param packets - at most 65,535 packets
 * @example
 * ```ts
 * import { kiteFrame } from 'quantlaxmi/testing';
 *
 * kiteFrame([Uint8Array.of(1, 2)]).join(); // => '0,1,0,2,1,2'
 * ```
 */
export function kiteFrame(packets: readonly Uint8Array[]): Uint8Array {
  const frame = new Uint8Array(packets.reduce((sum, packet) => sum + 2 + packet.length, 2));
  const view = new DataView(frame.buffer);
  view.setUint16(0, packets.length);
  let at = 2;
  for (const packet of packets) {
    view.setUint16(at, packet.length);
    frame.set(packet, at + 2);
    at += 2 + packet.length;
  }
  return frame;
}
