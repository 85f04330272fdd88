import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalIntegerJson, encodeUtf8, sha256Hex } from 'quantlaxmi/core';
import {
  type Aggressor,
  EVENT_TYPES,
  type EventType,
  type InstrumentClass,
  type InstrumentStatus,
  type LadderLevel,
  type OrderKind,
  type OrderState,
  type RiskVerdict,
  SCHEMA_VERSIONS,
  type SessionKind,
  type Side,
  schemaSha256,
  type TimeInForce,
  UPCASTERS,
  type UpcasterTable,
  upcastBody,
} from 'quantlaxmi/events';
import { afterAll, describe, expect, test } from 'vitest';
import { generateCodecs, staleCodecs } from '../../scripts/generate-codecs.js';
import { type BodyDescriptor, DESCRIPTORS } from '../../src/events/descriptors.data.js';

test('EVENTS-6: the committed codecs are what the descriptor table gives', () => {
  expect(staleCodecs()).toEqual([]);
  const changed = { ...DESCRIPTORS, Timer: [{ sv: 1, fields: { id: { kind: 'bool' } } }] } as const;
  expect(generateCodecs(changed).get('timer.ts')).not.toBe(
    generateCodecs(DESCRIPTORS).get('timer.ts'),
  );
});

test('EVENTS-6: a table with a hole in its versions is refused', () => {
  const fields = { id: { kind: 'bool' } } as const;
  expect(() => generateCodecs({ Timer: [{ sv: 2, fields }] })).toThrow(/versions must be 1, 2/);
});

describe('EVENTS-9: bodies of older versions are lifted step by step', () => {
  const table: UpcasterTable = {
    Timer: {
      1: (body) => ({ ...body, note: '' }),
      2: ({ note, ...body }) => ({ ...body, notes: [note] }),
    },
  };

  test('through every version in between, leaving the given body alone', () => {
    const body = Object.freeze({ id: 'a' });
    expect(upcastBody({ t: 'Timer', from: 1, to: 3, body }, table)).toEqual({
      id: 'a',
      notes: [''],
    });
    expect(upcastBody({ t: 'Timer', from: 2, to: 3, body: { id: 'a', note: 'n' } }, table)).toEqual(
      {
        id: 'a',
        notes: ['n'],
      },
    );
    expect(upcastBody({ t: 'Timer', from: 3, to: 3, body }, table)).toBe(body);
  });

  test('a missing step and a way back are errors', () => {
    const body = {};
    expect(() => upcastBody({ t: 'Timer', from: 1, to: 4, body }, table)).toThrow(/version 3 to 4/);
    expect(() => upcastBody({ t: 'Quote', from: 1, to: 2, body }, table)).toThrow(/version 1 to 2/);
    expect(() => upcastBody({ t: 'Timer', from: 3, to: 2, body }, table)).toThrow(/back to 2/);
  });

  test('the table of this release has a step for every older version and no other', () => {
    for (const t of EVENT_TYPES) {
      const steps = Object.keys(UPCASTERS[t] ?? {}).map(Number);
      expect(steps).toEqual(Array.from({ length: SCHEMA_VERSIONS[t] - 1 }, (_, n) => n + 1));
    }
  });
});

describe('EVENTS-9: generated code reads old versions next to the newest', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quantlaxmi-codecs-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const src = fileURLToPath(new URL('../../src/', import.meta.url));
  const natural = { kind: 'int', min: 0 } as const;
  const name = { kind: 'text', form: 'nonEmpty', cached: true } as const;
  const old: BodyDescriptor = { sv: 1, fields: { cause: natural, due: natural, id: name } };
  const now: BodyDescriptor = { sv: 2, fields: { cause: natural, id: name, note: name } };

  interface Codec {
    decodeLine(b: Uint8Array, d: DataView, start: number, end: number): unknown;
    decodeTimer(b: Uint8Array, d: DataView, start: number, end: number): unknown;
    decodeTimerV1(b: Uint8Array, d: DataView, start: number, end: number): unknown;
  }

  async function load(): Promise<Codec> {
    for (const [file, text] of generateCodecs({ Timer: [old, now] })) {
      const absolute = text
        .replaceAll("'../../core/", `'${src}core/`)
        .replaceAll("'../", `'${src}events/`);
      writeFileSync(join(folder, file), absolute);
    }
    const [timer, envelope] = await Promise.all([
      import(/* @vite-ignore */ join(folder, 'timer.ts')),
      import(/* @vite-ignore */ join(folder, 'envelope.ts')),
    ]);
    return { ...timer, ...envelope } as Codec;
  }

  const call = (f: Codec['decodeLine'], text: string): unknown => {
    const bytes = encodeUtf8(text);
    return f(bytes, new DataView(bytes.buffer), 0, bytes.length);
  };

  test('each version has a scanner that refuses the other shape', async () => {
    const { decodeTimer, decodeTimerV1 } = await load();
    const v1 = '{"cause":1,"due":2,"id":"a"}';
    const v2 = '{"cause":1,"id":"a","note":"n"}';
    expect(call(decodeTimerV1, v1)).toEqual({ cause: 1, due: 2, id: 'a' });
    expect(call(decodeTimer, v2)).toEqual({ cause: 1, id: 'a', note: 'n' });
    expect(() => call(decodeTimer, v1)).toThrow(/body\.id/);
    expect(() => call(decodeTimerV1, v2)).toThrow(/body\.due/);
  });

  test('a line of an old version goes through the chain, a newer one is refused', async () => {
    const { decodeLine } = await load();
    const line = (sv: number, body: string): string =>
      `{"k":"E","seq":1,"t":"Timer","sv":${sv},"rx":9,"ts":null,"src":"A","body":${body}`;
    expect(call(decodeLine, line(2, '{"cause":1,"id":"a","note":"n"}'))).toMatchObject({ sv: 2 });
    expect(() => call(decodeLine, line(1, '{"cause":1,"due":2,"id":"a"}'))).toThrow(
      /no step from version 1 to 2/,
    );
    expect(() => call(decodeLine, line(1, '{"cause":1,"id":"a","note":"n"}'))).toThrow(/body\.due/);
    expect(() => call(decodeLine, line(3, '{}'))).toThrow(/versions up to 2/);
  });
});

test('EVENTS-11: a schema hash covers type, version and every limit', () => {
  const [timer] = DESCRIPTORS.Timer;
  if (timer === undefined) throw new Error('no descriptor');
  const hashOf = (value: unknown): string => sha256Hex(canonicalIntegerJson(value));
  const { sv, fields } = timer;
  expect(schemaSha256('Timer')).toBe(hashOf({ t: 'Timer', sv, fields }));
  const others = [
    { t: 'Timers', sv, fields },
    { t: 'Timer', sv: 2, fields },
    { t: 'Timer', sv, fields: { ...fields, due: { kind: 'int', min: 1 } } },
    { t: 'Timer', sv, fields: { ...fields, more: { kind: 'bool' } } },
  ];
  for (const other of others) expect(hashOf(other)).not.toBe(schemaSha256('Timer'));
});

describe('the words of the types are the words of the table', () => {
  const wordsOf = (t: EventType, key: string): readonly string[] => {
    const versions: readonly BodyDescriptor[] = DESCRIPTORS[t];
    const field = versions[versions.length - 1]?.fields[key];
    return field?.kind === 'word' ? field.of : [];
  };
  // Each record must have exactly the keys of its union, or this file does not compile.
  const kinds: Record<SessionKind, 1> = {
    start: 1,
    stop: 1,
    connected: 1,
    disconnected: 1,
    gap: 1,
    resync: 1,
    malformed: 1,
    clock: 1,
    recovered: 1,
    config: 1,
    killSwitch: 1,
    ladder: 1,
    operator: 1,
  };
  const states: Record<OrderState, 1> = {
    intent: 1,
    approved: 1,
    submitted: 1,
    acked: 1,
    partiallyFilled: 1,
    filled: 1,
    amendRequested: 1,
    cancelRequested: 1,
    cancelled: 1,
    rejected: 1,
    expired: 1,
    unknown: 1,
  };
  const classes: Record<InstrumentClass, 1> = {
    spot: 1,
    perp: 1,
    future: 1,
    option: 1,
    equity: 1,
    index: 1,
  };
  const statuses: Record<InstrumentStatus, 1> = { trading: 1, halted: 1, closed: 1, unknown: 1 };
  const aggressors: Record<Aggressor, 1> = { buy: 1, sell: 1, unknown: 1 };
  const verdicts: Record<RiskVerdict, 1> = { allow: 1, reduce: 1, throttle: 1, reject: 1, halt: 1 };
  const ladder: Record<LadderLevel, 1> = { normal: 1, warn: 1, throttle: 1, halt: 1 };
  const tifs: Record<TimeInForce, 1> = { gtc: 1, ioc: 1, fok: 1, gtx: 1 };
  const orderKinds: Record<OrderKind, 1> = { limit: 1, market: 1 };
  const sides: Record<Side, 1> = { buy: 1, sell: 1 };
  test.each<[EventType, string, object]>([
    ['Session', 'kind', kinds],
    ['Order', 'state', states],
    ['Instrument', 'class', classes],
    ['Instrument', 'status', statuses],
    ['Instrument', 'right', { call: 1, put: 1 }],
    ['Trade', 'aggressor', aggressors],
    ['Risk', 'verdict', verdicts],
    ['Risk', 'ladder', ladder],
    ['Order', 'tif', tifs],
    ['Order', 'type', orderKinds],
    ['Order', 'side', sides],
    ['Fill', 'side', sides],
    ['Fill', 'liquidity', { maker: 1, taker: 1 }],
  ])('%s.%s', (t, key, words) => {
    expect([...wordsOf(t, key)].sort()).toEqual(Object.keys(words).sort());
  });
});
