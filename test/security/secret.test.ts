import { inspect } from 'node:util';
import {
  canonicalJson,
  encodeUtf8,
  isQuantlaxmiError,
  parseStrictJson,
  Secret,
} from 'quantlaxmi/core';
import { bindConfig } from 'quantlaxmi/manifest';
import { describe, expect, test } from 'vitest';

const VALUE = 'canary-9f8e7d6c';
const secret = new Secret(VALUE);

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return isQuantlaxmiError(error) ? error.code : String(error);
  }
  return 'accepted';
};

describe('a Secret', () => {
  test.each<[string, () => string]>([
    ['String()', () => String(secret)],
    ['a template', () => `${secret}`],
    ['a concatenation', () => ''.concat(secret as never)],
    ['JSON', () => JSON.stringify({ a: [secret] })],
    ['inspect', () => inspect({ secret }, { depth: 9, showHidden: true, getters: true })],
    ['inspect without custom', () => inspect(secret, { customInspect: false, showHidden: true })],
    ['structuredClone', () => inspect(structuredClone({ secret }))],
    ['spread and entries', () => JSON.stringify([{ ...secret }, Object.entries(secret)])],
    ['own keys', () => JSON.stringify(Reflect.ownKeys(secret))],
    ['an error message', () => new Error(`bad key ${secret}`).message],
    ['an error with it as cause', () => inspect(new Error('bad', { cause: secret }))],
    ['toLocaleString', () => secret.toLocaleString()],
  ])('CORE-11: does not show its value in %s', (_, text) => {
    expect(text()).not.toContain('9f8e7d6c');
  });

  test('CORE-11: canonical JSON refuses it instead of writing a stand-in', () => {
    expect(codeOf(() => canonicalJson({ secret }))).toBe('QL_JSON_VALUE');
    // The control: reveal() is the one way.
    expect(secret.reveal()).toBe(VALUE);
  });

  test('MANIFEST-7: a configuration is bound redacted, and the full form only under a key', () => {
    const config = { key: secret, nested: [{ pass: new Secret('pw') }], qty: 1 };
    const plain = bindConfig(config);
    expect(JSON.stringify(plain)).not.toMatch(/9f8e7d6c|"pw"/);
    expect(plain.hmacSha256).toBeNull();
    const other = bindConfig({ ...config, key: new Secret('another') });
    expect(other.sha256).toBe(plain.sha256);
    const hmacKey = new Secret('k');
    const keyed = [config, { ...config, key: new Secret('another') }].map(
      (full) => bindConfig(full, { hmacKey }).hmacSha256,
    );
    expect(keyed[0]).not.toBe(keyed[1]);
    expect(keyed[0]).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('JSON from outside', () => {
  test('CORE-3: no key of it becomes a prototype, however it is copied', () => {
    for (const key of ['__proto__', 'constructor', 'prototype', '\\u005f_proto__']) {
      expect(codeOf(() => parseStrictJson(`{"${key}":{"admin":true}}`))).toBe('QL_JSON_KEY');
    }
    // The control: what JSON.parse lets through, Object.assign installs.
    const trap = JSON.parse('{"__proto__":{"admin":true}}') as object;
    expect((Object.assign({}, trap) as { admin?: boolean }).admin).toBe(true);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test.each([6_000, 100_000, 300_000])('CORE-3: %d levels end in a code, not a crash', (depth) => {
    const lists = '['.repeat(depth) + ']'.repeat(depth);
    expect(codeOf(() => parseStrictJson(lists))).toBe('QL_JSON_DEPTH');
    let value: unknown = 1;
    for (let i = 0; i < depth; i += 1) value = [value];
    expect(codeOf(() => canonicalJson(value))).toBe('QL_JSON_VALUE');
  });

  test.each([
    ['a key twice', '{"a":1,"a":2}', 'QL_JSON_DUPLICATE_KEY'],
    ['a key twice, once escaped', '{"a":1,"\\u0061":2}', 'QL_JSON_DUPLICATE_KEY'],
    ['2^53', '[9007199254740992]', 'QL_JSON_NUMBER'],
    ['2^53+1', '[9007199254740993]', 'QL_JSON_NUMBER'],
    ['a lone surrogate', '["\\udc00"]', 'QL_JSON_SYNTAX'],
    ['a text too long', `["${'x'.repeat(1_048_577)}"]`, 'QL_JSON_SIZE'],
    ['too many parts', `[${'0,'.repeat(400_001)}0]`, 'QL_JSON_SIZE'],
  ])('CORE-3: %s is refused', (_, text, code) => {
    expect(codeOf(() => parseStrictJson(text))).toBe(code);
    expect(codeOf(() => parseStrictJson(encodeUtf8(text)))).toBe(code);
  });

  test('CORE-3: commas and brackets within texts are no parts', () => {
    const text = JSON.stringify(['[,{'.repeat(300_000), '\\",['.repeat(10)]);
    expect(codeOf(() => parseStrictJson(text, { maxParts: 3 }))).toBe('accepted');
    expect(codeOf(() => parseStrictJson('[[],[]]', { maxParts: 3 }))).toBe('QL_JSON_SIZE');
  });

  test('CORE-8: bytes that are no UTF-8 throw; the platform would replace them', () => {
    const bytes = new Uint8Array([0x22, 0xff, 0x22]);
    expect(codeOf(() => parseStrictJson(bytes))).toBe('QL_UTF8');
    expect(new TextDecoder().decode(bytes)).toContain('\ufffd');
  });
});
