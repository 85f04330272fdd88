import fc from 'fast-check';
import { encodeUtf8, Secret } from 'quantlaxmi/core';
import { g4Defaults, secretScanner } from 'quantlaxmi/gates';
import { describe, expect, test } from 'vitest';

const VALUE = 'k3y/with"quote+0123456789';

async function* chunked(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const known = secretScanner({ secrets: { key: new Secret(VALUE) }, patterns: [] });
const patterned = secretScanner({ secrets: {}, patterns: g4Defaults.secretPatterns });

describe('known values', () => {
  test.each([
    ['plain', VALUE],
    ['json', JSON.stringify({ a: VALUE })],
    ['url', `https://x/?k=${encodeURIComponent(VALUE)}`],
    ['hex', Buffer.from(VALUE).toString('hex')],
    ['base64', Buffer.from(VALUE).toString('base64')],
    ['base64', Buffer.from(`x${VALUE}yz`).toString('base64')],
    ['base64', Buffer.from(`xy${VALUE}`).toString('base64')],
    ['base64', Buffer.from(`xy${VALUE}`).toString('base64url')],
    ['hex', Buffer.from(VALUE).toString('hex').toUpperCase()],
    ['reversed', [...VALUE].reverse().join('')],
  ])('GATES-8: are found written as %s', async (form, text) => {
    for (const size of [1, 7, 1000]) {
      const hits = await known.scan('f', chunked(encodeUtf8(`{"a":1}\n${text}\n`), size));
      expect(hits).toEqual([{ path: 'f', name: 'key', form, byte: expect.any(Number) }]);
    }
  });

  test('GATES-8: are found at any place and any chunk size, and nothing else is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3000 }),
        fc.uint8Array({ maxLength: 3000 }),
        fc.integer({ min: 1, max: 2000 }),
        async (before, after, size) => {
          const bytes = new Uint8Array([...before, ...encodeUtf8(VALUE), ...after]);
          expect(await known.scan('f', chunked(bytes, size))).toHaveLength(1);
          const without = new Uint8Array([...before, ...after]);
          expect(await known.scan('f', chunked(without, size))).toEqual([]);
        },
      ),
    );
  });

  test.each([300, 3000])(
    'GATES-8: a value of %d characters is found in every form and chunking',
    async (length) => {
      const value = Array.from({ length }, (_, i) => 'k/"+9'[(i * i) % 5]).join('');
      const long = secretScanner({ secrets: { key: new Secret(value) }, patterns: [] });
      const base64 = Buffer.from(`x${value}yz`).toString('base64');
      const hex = Buffer.from(value).toString('hex');
      for (const text of [value, JSON.stringify(value), encodeURIComponent(value), hex, base64]) {
        for (const size of [777, 1024, 65_536]) {
          const before = encodeUtf8(`${'.'.repeat(500)}${text}.`);
          expect(await long.scan('f', chunked(before, size))).toHaveLength(1);
        }
      }
      const part = encodeUtf8(`${value.slice(1)}.${value.slice(0, -1)}`);
      expect(await long.scan('f', chunked(part, 777))).toEqual([]);
    },
  );

  test('a value too short to look for is refused', () => {
    expect(() => secretScanner({ secrets: { pin: new Secret('1234567') }, patterns: [] })).toThrow(
      expect.objectContaining({ code: 'QL_SECRET_SHORT' }),
    );
  });
});

describe('texts that look like secrets', () => {
  // Put together here, so that no scanner takes this file for a leak.
  const looks: readonly [string, string][] = [
    ['private key', `-----BEGIN EC ${'PRIVATE'} KEY-----`],
    ['AWS access key', `AKIA${'ABCDEFGH12345678'}`],
    ['GitHub token', `ghp_${'a1B2'.repeat(9)}`],
    ['Slack token', `xoxb-${'1234567890-abc'}`],
    ['npm token', `npm_${'a1B2'.repeat(9)}`],
    ['bearer token', `Authorization: Bearer ${'abcd'.repeat(5)}`],
    ['JSON Web Token', `eyJ${'abcdefgh'}.eyJ${'abcdefgh'}.`],
    ['credentials in a URL', `https://user:${'pass'}@host/`],
    ['exchange API key', `x=${'aB3d'.repeat(16)}`],
    ['named secret', `{"apiKey":"${'12345678'}"}`],
  ];

  test.each(looks)('GATES-8: %s is found, also across chunks', async (name, text) => {
    for (const size of [3, 1000]) {
      const bytes = encodeUtf8(`{"k":"E"}\n${text}\n`);
      const hits = await patterned.scan('f', chunked(bytes, size));
      expect(hits.map((hit) => hit.name)).toEqual([name]);
      expect(JSON.stringify(hits)).not.toContain(text);
    }
  });

  test('every pattern of the preset has a text that shows it', () => {
    const shown = looks.map(([name]) => name);
    expect(g4Defaults.secretPatterns.map(({ name }) => name).sort()).toEqual(shown.sort());
  });

  test.each([
    ['hashes', `${'0a'.repeat(32)} ${'AB12'.repeat(16)}`],
    ['a redacted secret', '{"apiKey":"[secret]","password":""}'],
    ['urls without credentials', 'https://stream.binance.com:9443/ws?x=a@b'],
    ['a longer text of letters and digits', 'aB3d'.repeat(20)],
    ['a log line', '{"k":"E","seq":1,"t":"Session","body":{"code":"","details":{}}}'],
  ])('%s are not taken for secrets', async (_name, text) => {
    expect(await patterned.scan('f', chunked(encodeUtf8(text), 1000))).toEqual([]);
  });
});
