import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { crc32c, encodeUtf8, fromHex, sha256Hex, sha256Pure, toHex } from 'quantlaxmi/core';
import { describe, expect, test } from 'vitest';
import { codeOf } from './codes.js';

/** The definition: one bit at a time. */
function crcByBits(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc = (crc ^ byte) >>> 0;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = (crc & 1) === 1 ? ((crc >>> 1) ^ 0x82f63b78) >>> 0 : crc >>> 1;
    }
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const hex8 = (value: number) => value.toString(16).padStart(8, '0');

describe('CRC-32C', () => {
  const ramp = Uint8Array.from({ length: 32 }, (_, i) => i);
  // RFC 3720 B.4 prints each result byte by byte, lowest first.
  const iscsiRead = fromHex(
    '01c00000000000000000000000000000140000000000040000000014000000182800000000000000' +
      '0200000000000000',
  );

  test.each([
    ['"123456789"', encodeUtf8('123456789'), 'e3069283'],
    ['nothing', new Uint8Array(0), '00000000'],
    ['32 zeros', new Uint8Array(32), '8a9136aa'],
    ['32 ones', new Uint8Array(32).fill(255), '62a8ab43'],
    ['0 to 31', ramp, '46dd794e'],
    ['31 to 0', ramp.slice().reverse(), '113fdb5c'],
    ['an iSCSI SCSI Read (10) command', iscsiRead, 'd9963a56'],
  ])('CORE-4: RFC 3720 known answer, %s', (_, bytes, expected) => {
    expect(hex8(crc32c(bytes))).toBe(expected);
  });

  test('CORE-4: equals the bitwise definition on any part of any buffer', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 80 }),
        fc.nat({ max: 80 }),
        fc.nat({ max: 80 }),
        (bytes, a, b) => {
          const start = Math.min(a, b, bytes.length);
          const end = Math.min(Math.max(a, b), bytes.length);
          expect(crc32c(bytes, start, end)).toBe(crcByBits(bytes.subarray(start, end)));
          expect(crc32c(bytes)).toBe(crcByBits(bytes));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('CORE-4: goes on from the result over the bytes before', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat({ max: 60 }), (bytes, at) => {
        const cut = Math.min(at, bytes.length);
        const first = crc32c(bytes, 0, cut);
        expect(crc32c(bytes, cut, bytes.length, first)).toBe(crc32c(bytes));
      }),
    );
  });

  test('CORE-4: any changed bit of a line changes it', () => {
    const line = encodeUtf8('{"k":"E","seq":123,"t":"Quote","sv":1}');
    const before = crc32c(line);
    for (let bit = 0; bit < line.length * 8; bit += 1) {
      const changed = line.slice();
      changed[bit >>> 3] = (changed[bit >>> 3] as number) ^ (1 << (bit & 7));
      expect(crc32c(changed)).not.toBe(before);
    }
  });
});

describe('SHA-256', () => {
  test.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
    ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ])('CORE-5: NIST example %#', (text, expected) => {
    expect(sha256Hex(text)).toBe(expected);
    expect(sha256Hex(encodeUtf8(text))).toBe(expected);
  });

  test('CORE-5: in any pieces it equals the native hash of the whole', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 6 }), (pieces) => {
        const ours = sha256Pure();
        const native = createHash('sha256');
        for (const piece of pieces) {
          ours.update(piece);
          native.update(piece);
        }
        expect(toHex(ours.digest())).toBe(native.digest('hex'));
      }),
    );
  });
});

describe('hex', () => {
  test('both ways', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
        expect(fromHex(toHex(bytes))).toEqual(bytes);
      }),
    );
  });

  test.each(['0', 'AB', '0g', ' 0', '0x', 'é0', '000'])('%j has one spelling only', (text) => {
    expect(codeOf(() => fromHex(text))).toBe('QL_BAD_INPUT');
  });
});
