/**
 * Binary frames: a count of packets, then each packet after its length; and the numbers in them.
 * Source: kite.trade/docs/connect/v3/websocket, "Message structure".
 * @module
 */
import { QuantlaxmiError } from '../../../core/index.js';

/** Where a fault is: packet (from 1; 0 for the frame itself) and byte of the frame. */
export function refuseFrame(packet: number, byte: number, wrong: string): never {
  const where = packet === 0 ? `byte ${byte}` : `packet ${packet}, byte ${byte}`;
  throw new QuantlaxmiError(
    'QL_KITE_FRAME',
    `Kite frame, ${where}: ${wrong}. Nothing of it is used; compare it with the message ` +
      'structure of kite.trade/docs/connect/v3/websocket.',
    { context: { packet, byte } },
  );
}

/** Signed 32-bit integer, big-endian. */
export function readI32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}

/** Unsigned 32-bit integer, big-endian. */
export function readU32(bytes: Uint8Array, at: number): number {
  return readI32(bytes, at) >>> 0;
}

/** Unsigned 16-bit integer, big-endian. */
export function readU16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

/** A frame of one byte says only that the connection lives. */
export function isHeartbeat(bytes: Uint8Array): boolean {
  return bytes.length === 1;
}

/** Shortest packet there is: a token and a price. */
const PACKET_MIN = 8;

/**
 * Checks that count and lengths of a frame of two bytes or more fill it exactly, before any packet
 * is read.
 *
 * @returns the number of packets
 * @throws QL_KITE_FRAME
 */
export function checkFrame(bytes: Uint8Array): number {
  const size = bytes.length;
  if (size < 2) return refuseFrame(0, 0, `found ${size} bytes, expected a count of packets`);
  const count = readU16(bytes, 0);
  if (2 + count * (2 + PACKET_MIN) > size) {
    refuseFrame(0, 0, `found a count of ${count} packets in ${size} bytes, which is impossible`);
  }
  let at = 2;
  for (let packet = 1; packet <= count; packet++) {
    if (at + 2 > size) refuseFrame(packet, at, 'found the end, expected the length of a packet');
    const length = readU16(bytes, at);
    if (at + 2 + length > size) {
      const left = size - at - 2;
      refuseFrame(packet, at, `found a length of ${length}, expected at most ${left} bytes`);
    }
    at += 2 + length;
  }
  if (at !== size) refuseFrame(count, at, `found ${size - at} bytes after the last packet`);
  return count;
}
