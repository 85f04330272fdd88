import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeUtf8, encodeUtf8, sha256Hex } from 'quantlaxmi/core';
import {
  createEncoder,
  decodeEvent,
  decodeEventJson,
  EVENT_TYPES,
  type Event,
  encodeEventJson,
  SCHEMA_VERSIONS,
  schemaSha256,
  validateEvent,
} from 'quantlaxmi/events';
import { describe, expect, test } from 'vitest';
import { judge } from './oracle.js';

const FOLDER = fileURLToPath(new URL('../../fixtures/events/', import.meta.url));

/** SHA-256 of every golden file. An entry is added with a new version and never changed. */
const PINS: Readonly<Record<string, string>> = {
  'v1/Account.jsonl': '87356bb1eff7364d40f218f51069768ef241e9284fcb3dcb7e241ccebafaa03a',
  'v1/Bar.jsonl': '8748e5ae3439efb5fb44fb3d2ecc275e201ad1b95a4c545cf4ef46e129436066',
  'v1/BookDelta.jsonl': '923a20fe28ef048ba67f699ab4069a5ce3469cf44c557d260cf04eacdd5f7146',
  'v1/BookSnapshot.jsonl': '11d8bae99dec09d88d15808dab4a38079dfac42bfe9f3ea97a0ae927de178875',
  'v1/CashFlow.jsonl': '2c25fc364271a3a392616fc1a3fbbf23281b2b2d0adc65948ef2399ae4743c5d',
  'v1/Decision.jsonl': '4676abe2bd55d676bd661cde45bf530ea31135ac51d1ae46f9b2aeae24520375',
  'v1/Feature.jsonl': '47db289c123ae49571ff4a0137b2028429b919e4a63a0645a4eb5495fea6a13f',
  'v1/Fill.jsonl': '32692fcbc181933ca50704db0bbc653125ba0e17266377fa915e52d8931078ab',
  'v1/Funding.jsonl': '6b6048d140e433300757668d075b9fd32a79df3a5daed6f2dc5019e216f29d6e',
  'v1/Instrument.jsonl': '3434c9a640e1fad399c3b60f7ee4533cace88c05d459c6ea5b0025a49dcbc6eb',
  'v1/Liquidation.jsonl': '8240c9daf1faeaf9d58f48f0b774cc23c14f4acbca418c57cd57706f7e7ca8eb',
  'v1/Order.jsonl': '52d9acfc855f4ab3bb533d8529c793d7b9f339b6bdfc97d425f1641147319e9f',
  'v1/Quote.jsonl': 'ac15cae95809c44d66dc1215f54704f8e7ea23f962b071cb8b3f21001cd7e6ed',
  'v1/Regime.jsonl': '06820d863fcaeee1980411ccaa69ee4d8feb42fb980e3b5d09f3782921aa4265',
  'v1/Risk.jsonl': 'fe21b887bf3864b8a472531810002790e0609dc7f203fd8dcce649f1d2c1a141',
  'v1/Session.jsonl': 'f07fcd4186e7fee3668bd1fa2f3879393309da6f844da37034078e1a41c263af',
  'v1/Stats.jsonl': '8e32084a864eec2edfcab592a353fb9b695687db8531718b94c740cf65bda668',
  'v1/Timer.jsonl': '4542b4cb6df92ed9f4a87f1c5cbde0e11a02dbfecdc3ea1c375643abe1a31e42',
  'v1/Trade.jsonl': 'e85cf64d2e2944bd75729ffe6ad2a75b23c98ba05888c1a926a24512633c70af',
};

const read = (name: string): Uint8Array => new Uint8Array(readFileSync(FOLDER + name));
const linesOf = (name: string): string[] => decodeUtf8(read(name)).trimEnd().split('\n');

test('EVENTS-7: the golden files are the pinned ones, for every version of every type', () => {
  for (const [name, pin] of Object.entries(PINS)) expect(sha256Hex(read(name)), name).toBe(pin);
  const present = readdirSync(FOLDER).flatMap((v) =>
    readdirSync(FOLDER + v).map((f) => `${v}/${f}`),
  );
  expect(present.sort()).toEqual(Object.keys(PINS).sort());
  const wanted = EVENT_TYPES.flatMap((t) =>
    Array.from({ length: SCHEMA_VERSIONS[t] }, (_, n) => `v${n + 1}/${t}.jsonl`),
  );
  expect(wanted.sort()).toEqual(present.sort());
});

describe.each(Object.keys(PINS))('%s', (name) => {
  const version = Number(name.slice(1, name.indexOf('/')));

  test('EVENTS-7: golden lines decode, follow the schema and encode to the same bytes', () => {
    const encoder = createEncoder(64);
    for (const text of linesOf(name)) {
      const line = encodeUtf8(text.slice(0, -1));
      const event = decodeEvent(line, 0, line.length) as Event;
      expect(validateEvent(event)).toStrictEqual(event);
      expect(event.sv).toBe(SCHEMA_VERSIONS[event.t]);
      if (version !== event.sv) continue;
      expect(judge(line)).toStrictEqual(event);
      expect(decodeUtf8(encoder.encode(event, event.seq))).toBe(text.slice(0, -1));
      expect(encodeEventJson(event)).toBe(text);
      expect(decodeEventJson(text)).toStrictEqual(event);
    }
  });
});

test('EVENTS-7: the golden lines use every word of every list and every null', () => {
  const text = EVENT_TYPES.map((t) => linesOf(`v1/${t}.jsonl`).join('\n')).join('\n');
  const words = [
    ...['"start"', '"killSwitch"', '"perp"', '"index"', '"halted"', '"call"', '"put"'],
    ...[
      '"unknown"',
      '"throttle"',
      '"reduce"',
      '"cancelRequested"',
      '"expired"',
      '"gtx"',
      '"maker"',
    ],
    ...['"funding"', '"dividend"', '"settlement"', '"interest"', '"transfer"', '"fee"', '"rebate"'],
    ...['"expiry":null', '"prevSeq":null', '"price":null', '"turnover":null', '"ts":null'],
  ];
  for (const word of words) expect(text).toContain(word);
  expect(text).not.toContain('"noSuchWord"');
});

test('EVENTS-7: words that joined a version later are in a kept log', () => {
  const kept = fileURLToPath(new URL('../../fixtures/wal/v1-cash-flows/', import.meta.url));
  const text = readdirSync(kept).map((name) => readFileSync(kept + name, 'utf8'));
  for (const word of ['"amend"', '"amendRequested"', '"kind":"ladder"']) {
    expect(text.join('')).toContain(word);
    for (const t of EVENT_TYPES) expect(linesOf(`v1/${t}.jsonl`).join('')).not.toContain(word);
  }
});

test('EVENTS-11: the schema hashes that session manifests hold are pinned', () => {
  const hashes = Object.fromEntries(EVENT_TYPES.map((t) => [t, schemaSha256(t).slice(0, 16)]));
  expect(hashes).toMatchInlineSnapshot(`
    {
      "Account": "1fa6dafb4707bf6c",
      "Bar": "5604423e86f17cac",
      "BookDelta": "a87b592e38285a2f",
      "BookSnapshot": "ec893e8b2c540a5d",
      "CashFlow": "12b82a002760f87b",
      "Decision": "ae1beb8d628bdfde",
      "Feature": "364f3804c619d4b2",
      "Fill": "0199a9800232ebdc",
      "Funding": "c55baf0e20060f77",
      "Instrument": "33c74ed0b64c4295",
      "Liquidation": "66a15612b64757ac",
      "Order": "34aece523c73ccc6",
      "Quote": "91f84bacdb39b051",
      "Regime": "7539b1a447556f66",
      "Risk": "11c89c0357e3fd84",
      "Session": "973cf99a812d43c9",
      "Stats": "6efa97ebba05705e",
      "Timer": "98d35d19454e4494",
      "Trade": "9dbd209553c22fc8",
    }
  `);
});
