import { createHmac } from 'node:crypto';
import { canonicalJson, Secret, sha256Hex } from 'quantlaxmi/core';
import type { InstrumentBody } from 'quantlaxmi/events';
import {
  bindConfig,
  bindingsOf,
  bindPolicy,
  bindSchemas,
  bindUniverse,
  bindUpcasters,
  compareBindings,
  deriveRunId,
  diffJson,
  parseUniverse,
  unknownSchemas,
} from 'quantlaxmi/manifest';
import { describe, expect, test } from 'vitest';
import { hex, runBody } from './samples.js';

const instrument = (symbol: string): InstrumentBody => ({
  base: 'BTC',
  class: 'spot',
  expiry: null,
  inferred: false,
  instrumentId: `BINANCE:SPOT:${symbol}`,
  inverse: false,
  lot: 1,
  maxQty: null,
  minNotional: '5',
  minQty: 1,
  multiplier: '1',
  priceExponent: -2,
  qtyExponent: -5,
  quote: 'USDT',
  right: null,
  segment: 'SPOT',
  settle: 'USDT',
  status: 'trading',
  strike: null,
  symbol,
  tick: 1,
  validTo: null,
  venue: 'BINANCE',
});

describe('configuration', () => {
  const secret = 'canary-9f8e7d6c5b4a';
  const config = {
    b: [1, { key: new Secret(secret) }],
    a: 'x',
    'k/~': new Secret('second-secret'),
  };

  test('MANIFEST-7: no value of a secret stands in a binding', () => {
    const bound = bindConfig(config, { hmacKey: new Secret('operator key') });
    expect(JSON.stringify(bound)).not.toContain(secret);
    expect(bound.redacted).toEqual({ a: 'x', b: [1, { key: '[secret]' }], 'k/~': '[secret]' });
    expect(bound.secrets).toEqual(['/b/1/key', '/k~1~0']);
    expect(bound.sha256).toBe(sha256Hex(canonicalJson(bound.redacted)));
    // The control: an unwrapped key is no secret to anybody.
    expect(JSON.stringify(bindConfig({ key: secret }))).toContain(secret);
  });

  test('MANIFEST-7: the full form is hashed only under a key, as HMAC-SHA-256', () => {
    const full = canonicalJson({ a: 'x', b: [1, { key: secret }], 'k/~': 'second-secret' });
    for (const key of ['short', 'k'.repeat(64), 'long'.repeat(40)]) {
      const bound = bindConfig(config, { hmacKey: new Secret(key) });
      expect(bound.hmacSha256).toBe(createHmac('sha256', key).update(full).digest('hex'));
    }
    expect(bindConfig(config).hmacSha256).toBeNull();
    expect(bindConfig({ a: 1 }, { hmacKey: new Secret('key') }).hmacSha256).toBeNull();
  });

  test.each([
    ['a float', { threshold: 0.35 }],
    ['undefined', { a: undefined }],
    ['a date', { at: new Date(0) }],
    ['a map', { m: new Map() }],
    ['a bigint', { n: 1n }],
  ])('%s in a configuration is refused with advice', (_, value) => {
    expect(() => bindConfig(value)).toThrow(expect.objectContaining({ code: 'QL_RUN_CONFIG' }));
    expect(() => bindConfig(value)).toThrow(/decimal text/);
    expect(() => bindPolicy(value)).toThrow(expect.objectContaining({ code: 'QL_RUN_CONFIG' }));
  });

  test('MANIFEST-8: key order does not matter, content does', () => {
    expect(bindConfig({ a: 1, b: 2 })).toEqual(bindConfig({ b: 2, a: 1 }));
    expect(bindConfig({ a: 1 }).sha256).not.toBe(bindConfig({ a: 2 }).sha256);
  });
});

describe('identity', () => {
  const parts = {
    config: { sha256: hex('1') },
    risk: { sha256: hex('2') },
    seeds: { run: '42' },
    strategy: { id: 'mm' },
    cash: { USDT: '5' },
    venue: { sha256: hex('3') },
  };

  test('MANIFEST-8: the run id is a function of session and configuration', () => {
    const id = deriveRunId(hex('a'), parts);
    expect(id).toMatch(/^run-[a-z2-7]{16}$/);
    expect(deriveRunId(hex('a'), { ...parts, seeds: { run: '42' } })).toBe(id);
    const changed = [
      { ...parts, config: { sha256: hex('9') } },
      { ...parts, risk: { sha256: hex('9') } },
      { ...parts, venue: { sha256: hex('9') } },
      { ...parts, seeds: { run: '43' } },
      { ...parts, strategy: { id: 'other' } },
      { ...parts, cash: {} },
    ];
    const ids = changed.map((p) => deriveRunId(hex('a'), p));
    expect(new Set([id, ...ids, deriveRunId(hex('b'), parts)]).size).toBe(8);
  });

  test('MANIFEST-10: a binding nobody compared is unchecked', () => {
    const recorded = bindingsOf(runBody());
    expect(compareBindings(recorded, {})).toEqual({
      inputs: 'unchecked',
      config: 'unchecked',
      code: 'unchecked',
      env: 'unchecked',
    });
    expect(compareBindings(recorded, { ...recorded, code: hex('0') })).toEqual({
      inputs: 'same',
      config: 'same',
      code: 'differs',
      env: 'same',
    });
  });

  test('MANIFEST-10: each binding follows the fields it stands for', () => {
    const base = bindingsOf(runBody());
    const inputs = bindingsOf({ ...runBody(), inputs: { ...runBody().inputs, toSeq: 2 } });
    const code = bindingsOf({ ...runBody(), upcasters: { sha256: hex('9') } });
    const env = bindingsOf({ ...runBody(), env: { ...runBody().env, tz: 'Asia/Kolkata' } });
    const config = bindingsOf({ ...runBody(), seeds: { run: '43' } });
    for (const [key, other] of Object.entries({ inputs, code, env, config })) {
      const differing = Object.entries(compareBindings(base, other)).filter(
        ([, s]) => s !== 'same',
      );
      expect(differing).toEqual([[key, 'differs']]);
    }
  });
});

describe('universe and schemas', () => {
  test('MANIFEST-8: a universe is ordered by id and the later record stands', () => {
    const first = bindUniverse([instrument('B'), instrument('A')], 7);
    const again = bindUniverse(
      [instrument('A'), { ...instrument('B'), tick: 5 }, instrument('B')],
      7,
    );
    expect(first).toEqual(again);
    expect(first.binding.count).toBe(2);
    expect(parseUniverse(first.bytes, first.binding).map((i) => i.symbol)).toEqual(['A', 'B']);
  });

  test('MANIFEST-3: a universe file with a byte changed is refused', () => {
    const { binding, bytes } = bindUniverse([instrument('A')], null);
    const damaged = bytes.slice();
    damaged[20] = (damaged[20] as number) ^ 1;
    expect(() => parseUniverse(damaged, binding)).toThrow(
      expect.objectContaining({ code: 'QL_MANIFEST_HASH' }),
    );
    const text = new TextEncoder().encode('{"fmt":"x"}');
    expect(() => parseUniverse(text, { ...binding, sha256: sha256Hex(text) })).toThrow(
      expect.objectContaining({ code: 'QL_MANIFEST_SCHEMA' }),
    );
  });

  test('MANIFEST-5: schemas of the future are named', () => {
    const current = bindSchemas();
    const quote = current['Quote'] as { sha256: string; sv: number };
    expect(unknownSchemas(current)).toEqual([]);
    expect(unknownSchemas({ ...current, Quote: { ...quote, sv: quote.sv + 1 } })).toEqual([
      `Quote: version ${quote.sv + 1} is newer than ${quote.sv}`,
    ]);
    expect(unknownSchemas({ Tweet: quote })).toEqual(['Tweet: no such event type']);
    expect(unknownSchemas({ Quote: { ...quote, sha256: hex('0') } })).toEqual([
      `Quote: version ${quote.sv} was changed`,
    ]);
  });

  test('MANIFEST-8: an added upcaster changes the binding', () => {
    const same = { Quote: { 1: (b: object) => b } } as never;
    expect(bindUpcasters()).toEqual(bindUpcasters({}));
    expect(bindUpcasters(same)).not.toEqual(bindUpcasters());
  });

  test('MANIFEST-9: a difference names the field and both values', () => {
    expect(diffJson({ a: [1, { b: 2 }], c: 'x' }, { a: [1, { b: 3 }, 4], d: null })).toEqual([
      { path: 'a[1].b', left: '2', right: '3' },
      { path: 'a[2]', left: undefined, right: '4' },
      { path: 'c', left: '"x"', right: undefined },
      { path: 'd', left: undefined, right: 'null' },
    ]);
    expect(diffJson(1, 1)).toEqual([]);
  });
});
