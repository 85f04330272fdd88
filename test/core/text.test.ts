import { inspect } from 'node:util';
import fc from 'fast-check';
import {
  assertSafePath,
  decodeUtf8,
  deriveId,
  encodeUtf8,
  escapeControl,
  isWellFormed,
  LIMITS,
  Secret,
  sha256Hex,
} from 'quantlaxmi/core';
import { describe, expect, test } from 'vitest';
import { codeOf } from './codes.js';

describe('UTF-8', () => {
  test('CORE-8: equals the platform on well-formed text, both ways', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect([...encodeUtf8(text)]).toEqual([...Buffer.from(text, 'utf8')]);
        expect(decodeUtf8(encodeUtf8(text))).toBe(text);
        expect(isWellFormed(text)).toBe(true);
      }),
    );
    expect(decodeUtf8(new Uint8Array([0xef, 0xbb, 0xbf, 65]))).toBe('\ufeffA');
  });

  test.each(['\ud800', 'a\udfff', '\udc00\ud800', '😀\ud83d'])(
    'CORE-8: refuses the lone surrogate in %j',
    (text) => {
      expect(isWellFormed(text)).toBe(false);
      expect(codeOf(() => encodeUtf8(text))).toBe('QL_UTF8');
    },
  );

  test.each([
    ['a stray byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a cut sequence', [0xe2, 0x82]],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
  ])('CORE-8: refuses %s', (_, bytes) => {
    expect(codeOf(() => decodeUtf8(new Uint8Array(bytes)))).toBe('QL_UTF8');
  });
});

describe('deriveId', () => {
  test('CORE-7: 80 bits of SHA-256 over parts behind their lengths', () => {
    const parts = Buffer.concat(
      ['d-', 'run', '17'].map((part) => {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(part.length);
        return Buffer.concat([length, Buffer.from(part)]);
      }),
    );
    let bits = BigInt(`0x${sha256Hex(parts).slice(0, 20)}`);
    let text = '';
    for (let i = 0; i < 16; i += 1) {
      text = 'abcdefghijklmnopqrstuvwxyz234567'.charAt(Number(bits & 31n)) + text;
      bits >>= 5n;
    }
    expect(deriveId('d-', 'run', 17)).toBe(`d-${text}`);
    expect(deriveId('d-', 'run', 17n)).toBe(`d-${text}`);
  });

  test('CORE-7: where one part ends matters', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), fc.array(fc.string()), (a, b) => {
        fc.pre(JSON.stringify(a) !== JSON.stringify(b));
        expect(deriveId('x', ...a)).not.toBe(deriveId('x', ...b));
      }),
    );
    expect(deriveId('x', 'ab', 'c')).not.toBe(deriveId('x', 'a', 'bc'));
    expect(deriveId('', 'a')).not.toBe(deriveId('', 'a', ''));
  });
});

describe('assertSafePath', () => {
  test.each(['a', 'segments/wal-000001.jsonl', 'a.b/_c-d', '...', 'a/..b'])(
    'CORE-9: allows %s',
    (path) => {
      expect(codeOf(() => assertSafePath(path))).toBeUndefined();
    },
  );

  test.each([
    '',
    '/',
    '/etc/passwd',
    '..',
    '.',
    'a/../b',
    'a/..',
    './a',
    'a//b',
    'a/',
    'C:\\x',
    'a\\b',
    'a\0b',
    'a b',
    'é',
    'a\n',
    '~/x',
    '%2e%2e/a',
    'a'.repeat(1025),
  ])('CORE-9: refuses %j', (path) => {
    expect(codeOf(() => assertSafePath(path))).toBe('QL_PATH_UNSAFE');
  });

  test('CORE-9: the message itself is safe to print', () => {
    expect(() => assertSafePath('a\u001b[2J')).toThrow('a\\u001b[2J');
  });
});

describe('escapeControl', () => {
  test('CORE-10: nothing that moves, breaks, hides or reorders is left', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeControl(text)).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200e\u202e\u2066]/u);
      }),
    );
    expect(escapeControl('a\tb\r\nc\u007f\u009b\u202e\u2028\ufeff\ud800')).toBe(
      'a\\u0009b\\u000d\\u000ac\\u007f\\u009b\\u202e\\u2028\\ufeff\\ud800',
    );
  });

  test('CORE-10: marks and tags beyond the common ones too, and JSON stays the same JSON', () => {
    const tags = String.fromCodePoint(0xe0001, 0xe0041, 0xe007f);
    const hidden = `a\u180eb\ufff9c\ufffbd${tags}\u206a`;
    expect(escapeControl(hidden)).toBe(
      'a\\u180eb\\ufff9c\\ufffbd\\udb40\\udc01\\udb40\\udc41\\udb40\\udc7f\\u206a',
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const value = { [`${hidden}${text}`]: text };
        expect(JSON.parse(escapeControl(JSON.stringify(value)))).toEqual(value);
      }),
    );
  });

  test('CORE-10: other text stays as it is', () => {
    for (const text of ['BTC/USDT ₹ 😀 é', '\\u001b', '']) expect(escapeControl(text)).toBe(text);
  });
});

describe('Secret', () => {
  test('CORE-11: no way of printing shows the value', () => {
    const secret = new Secret('k-canary-123');
    const shown = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret }),
      inspect({ secret }, { depth: 9, showHidden: true }),
      inspect(secret),
      Object.values(secret).join(),
      JSON.stringify(Object.getOwnPropertyDescriptors(secret)),
    ];
    for (const text of shown) expect(text).not.toContain('canary');
    expect(shown[0]).toBe('[secret]');
    expect(secret.reveal()).toBe('k-canary-123');
  });
});

test('limits are those of the log format', () => {
  expect(LIMITS).toMatchObject({
    lineBytes: 2 ** 20,
    manifestBytes: 2 ** 24,
    segmentBytes: 2 ** 26,
    jsonDepth: 16,
  });
});
