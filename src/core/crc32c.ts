/** Castagnoli polynomial, reflected (RFC 3720 appendix B.4). */
const POLYNOMIAL = 0x82f63b78;

/** Eight tables of 256 in one array: table k advances a byte by k further bytes. */
function buildTables(): Int32Array {
  const tables = new Int32Array(2048);
  for (let n = 0; n < 256; n += 1) {
    let crc = n;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[n] = crc;
  }
  for (let i = 256; i < 2048; i += 1) {
    const before = tables[i - 256] as number;
    tables[i] = (before >>> 8) ^ (tables[before & 255] as number);
  }
  return tables;
}

const TABLES = /* @__PURE__ */ buildTables();

/**
 * CRC-32C (Castagnoli), slicing-by-8. Finds accidents, not edits.
 *
 * @param bytes - the bytes
 * @param start - first byte, default 0
 * @param end - after the last byte, default the length
 * @param crc - result over the bytes before, to go on with; default 0
 * @returns unsigned 32-bit value
 * @example
 * ```ts
 * import { crc32c, encodeUtf8 } from 'quantlaxmi/core';
 *
 * crc32c(encodeUtf8('123456789')).toString(16); // => 'e3069283'
 * ```
 */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length, crc = 0): number {
  const t = TABLES;
  let c = ~crc;
  let i = start;
  for (const last = end - 7; i < last; i += 8) {
    // Each byte is folded on its own: putting a 32-bit word together first costs half the speed.
    // Sixteen tables, one array per table, and two lanes joined every 64 bytes are no faster.
    const head =
      (t[1792 + ((c ^ (bytes[i] as number)) & 255)] as number) ^
      (t[1536 + (((c >>> 8) ^ (bytes[i + 1] as number)) & 255)] as number) ^
      (t[1280 + (((c >>> 16) ^ (bytes[i + 2] as number)) & 255)] as number) ^
      (t[1024 + ((c >>> 24) ^ (bytes[i + 3] as number))] as number);
    const tail =
      (t[768 + (bytes[i + 4] as number)] as number) ^
      (t[512 + (bytes[i + 5] as number)] as number) ^
      (t[256 + (bytes[i + 6] as number)] as number) ^
      (t[bytes[i + 7] as number] as number);
    c = head ^ tail;
  }
  for (; i < end; i += 1) c = (c >>> 8) ^ (t[(c ^ (bytes[i] as number)) & 255] as number);
  return ~c >>> 0;
}
