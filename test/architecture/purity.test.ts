import { describe, expect, test } from 'vitest';
import { proveRule } from './lib/controls.js';
import {
  bannedGlobal,
  floatFromText,
  inexactMath,
  loadEffect,
  localeMethod,
} from './lib/rules-purity.js';
import { loadUnits, type Rule } from './lib/source.js';

const units = loadUnits('src');
const offences = (rule: Rule): string[] => units.flatMap(rule);
const path = 'src/wal/x.ts';

describe('pure rooms', () => {
  test('no clock, timer or other global of the host', () => {
    proveRule(bannedGlobal, {
      path,
      offending: [
        'const t = Date.now();',
        'const d = new Date(0);',
        'const now = performance.now();',
        'setTimeout(() => undefined, 1);',
        'const env = process.env;',
        'const b = Buffer.alloc(1);',
        "console.log('x');",
        "await fetch('x');",
        'const f = new Intl.NumberFormat();',
        'const g = globalThis;',
        'const s = { setTimeout };',
        'const u = import.meta.url;',
        'const c = structuredClone({});',
      ],
      allowed: [
        'interface Port { fetch(url: string): void; readonly process: number }',
        'const o = { process: 1 }; const p = o.process;',
        'const t = Date.UTC(2024, 0, 1);',
        'type F = (console: string) => void;',
        "import { process as run } from './y.js';",
        'const e = new TextEncoder();',
        'function span(window: number) { return window; }',
        '// Date.now() in words only\nconst s = "Date.now()";',
      ],
    });
    proveRule(bannedGlobal, {
      path: 'src/node/clock.ts',
      offending: [],
      allowed: ['const t = Date.now();'],
    });
    expect(offences(bannedGlobal)).toEqual([]);
  });

  test('no arithmetic that differs between engines', () => {
    proveRule(inexactMath, {
      path,
      offending: [
        'const a = Math.exp(1);',
        'const b = Math.random();',
        'const c = Math.pow(2, 3);',
        'const d = x ** 2;',
        'let e = 2; e **= 3;',
        'const { log } = Math;',
        "const f = Math['sin'](1);",
        'const g = Math.PI;',
      ],
      allowed: [
        'const a = Math.floor(1.5) + Math.sqrt(2) + Math.imul(2, 3);',
        'const b = 10n ** BigInt(digits);',
        'const c = shape.Math;',
      ],
    });
    expect(offences(inexactMath)).toEqual([]);
  });

  test('no method that asks for the language of the host', () => {
    proveRule(localeMethod, {
      path,
      offending: [
        "'a'.localeCompare('b');",
        '(1).toLocaleString();',
        "'a'['toLocaleUpperCase']();",
      ],
      allowed: ["'a'.toUpperCase();"],
    });
    expect(offences(localeMethod)).toEqual([]);
  });
});

describe('sideEffects: false', () => {
  test('nothing happens when a module of a pure room is loaded', () => {
    proveRule(loadEffect, {
      path,
      offending: ['register();', 'for (const x of xs) table.push(x);', 'state.ready = true;'],
      allowed: ['export const table = /* @__PURE__ */ makeTable();', 'export type { A };'],
    });
    expect(offences(loadEffect)).toEqual([]);
  });
});

describe('between wire and mantissa', () => {
  test('no text becomes a float', () => {
    const offending = [
      "const a = parseFloat('1.5');",
      "const b = Number('1.5');",
      "const c = Number.parseFloat('1.5');",
      'const d = +text;',
      "const e = +'1';",
      'const f = texts.map(Number);',
      "const g = parseInt('12', 10);",
      'const h = Number(BigInt.asIntN(64, big));',
      'const i = Number(big);',
    ];
    for (const room of ['fixed-point', 'events', 'venues/binance']) {
      proveRule(floatFromText, {
        path: `src/${room}/x.ts`,
        offending,
        allowed: [
          'const a = Number.isSafeInteger(m);',
          'const b = Number.MAX_SAFE_INTEGER;',
          'const c = +1;',
          'const e = Number(BigInt.asIntN(54, big));',
          'const d = x + y;',
          'let m: Number;',
        ],
      });
    }
    expect(offences(floatFromText)).toEqual([]);
  });
});
