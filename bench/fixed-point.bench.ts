/**
 * Decimals and checksums against named baselines in the same run.
 * `npx tsx bench/fixed-point.bench.ts`; times are process CPU time, the last column is the time
 * over that of the first row.
 */
import { crc32 } from 'node:zlib';
import { createHash } from 'node:crypto';
import { Decimal } from 'decimal.js';
import {
  canonicalIntegerJson,
  crc32c,
  createRng,
  encodeUtf8,
  sha256Pure,
} from '../src/core/index.js';
import {
  addMantissa,
  formatMantissa,
  mulDiv,
  mulExact,
  parseMantissa,
  parseMantissaBytes,
} from '../src/fixed-point/index.js';
import { exp, log, normalCdf } from '../src/numeric/index.js';
import { lastResult, measure, report } from './fixed-point.measure.js';

const N = 100_000;
const rng = createRng(1n, 1n);

/** `43250.12000000`: two decimals that count, six that a venue prints on top. */
const texts = Array.from({ length: N }, () => {
  const cents = String(rng.below(90)).padStart(2, '0');
  return `${40_000 + rng.below(9_999)}.${cents}000000`;
});
/** All of them behind one another: each has 14 characters. */
const WIDTH = 14;
const bytes = encodeUtf8(texts.join(''));
const mantissas = texts.map((text) => parseMantissa(text, -8) as number);
const decimals = texts.map((text) => new Decimal(text));
const bigs = mantissas.map((m) => BigInt(m));
const doubles = Float64Array.from({ length: N }, () => rng.f64() * 4 + 0.01);

function parseBigint(text: string): bigint {
  const dot = text.indexOf('.');
  return BigInt(text.slice(0, dot) + text.slice(dot + 1, dot + 9).padEnd(8, '0'));
}

function parsing(): void {
  report(
    "parse '43250.12000000'",
    measure([
      {
        name: 'parseMantissaBytes, exponent -8',
        count: N,
        run: () => {
          let total = 0;
          for (let i = 0; i < N; i += 1) {
            total += parseMantissaBytes(bytes, i * WIDTH, (i + 1) * WIDTH, -8);
          }
          return total;
        },
      },
      {
        name: 'parseMantissaBytes, exponent -2',
        count: N,
        run: () => {
          let total = 0;
          for (let i = 0; i < N; i += 1) {
            total += parseMantissaBytes(bytes, i * WIDTH, (i + 1) * WIDTH, -2);
          }
          return total;
        },
      },
      {
        name: 'parseMantissa, exponent -8',
        count: N,
        run: () => {
          let total = 0;
          for (let i = 0; i < N; i += 1) {
            total += parseMantissa(texts[i] as string, -8);
          }
          return total;
        },
      },
      {
        name: 'parseFloat x 1e8, rounded (inexact)',
        count: N,
        run: () => {
          let total = 0;
          for (let i = 0; i < N; i += 1) {
            total += Math.round(Number.parseFloat(texts[i] as string) * 1e8);
          }
          return total;
        },
      },
      {
        name: 'BigInt of slices (no checks)',
        count: N,
        run: () => {
          let last = 0n;
          for (const text of texts) last = parseBigint(text);
          return last;
        },
      },
      {
        name: 'new Decimal(text)',
        count: N,
        run: () => {
          let last: unknown;
          for (const text of texts) last = new Decimal(text);
          return last;
        },
      },
    ]),
  );
}

function arithmetic(): void {
  report(
    'add with overflow check',
    measure([
      {
        name: 'addMantissa',
        count: N,
        run: () => {
          let total = 0;
          for (let i = 0; i < N; i += 1) total = addMantissa(mantissas[i] as number, i) ^ total;
          return total;
        },
      },
      {
        name: 'bigint + asIntN(64)',
        count: N,
        run: () => {
          let total = 0n;
          for (const big of bigs) total = BigInt.asIntN(64, total + big);
          return total;
        },
      },
      {
        name: 'Decimal.plus',
        count: N,
        run: () => {
          let total = new Decimal(0);
          for (const decimal of decimals) total = total.plus(decimal);
          return total;
        },
      },
    ]),
  );
  report(
    'price x qty / unit, half even',
    measure([
      {
        name: 'mulDiv, product within 2^53',
        count: N,
        run: () => {
          let total = 0;
          for (let i = 0; i < N; i += 1) {
            total += mulDiv(mantissas[i] as number, 199, 10_000, 'halfEven');
          }
          return total;
        },
      },
      {
        name: 'mulDiv, product beyond 2^53',
        count: N,
        run: () => {
          let total = 0;
          for (let i = 0; i < N; i += 1) {
            total += mulDiv(mantissas[i] as number, 19_990_007, 100_000_000, 'halfEven');
          }
          return total;
        },
      },
      {
        name: 'mulExact, product within 2^53',
        count: N,
        run: () => {
          let last = 0n;
          for (let i = 0; i < N; i += 1) last = mulExact(mantissas[i] as number, 199);
          return last;
        },
      },
      {
        name: 'Decimal.times.toDecimalPlaces',
        count: N,
        run: () => {
          let last: unknown;
          for (const decimal of decimals) {
            last = decimal.times('0.0199').toDecimalPlaces(8, Decimal.ROUND_HALF_EVEN);
          }
          return last;
        },
      },
    ]),
  );
}

function formatting(): void {
  report(
    'format to 8 decimals',
    measure([
      {
        name: 'formatMantissa',
        count: N,
        run: () => {
          let total = 0;
          for (let i = 0; i < N; i += 1) {
            total += formatMantissa(mantissas[i] as number, -8).length;
          }
          return total;
        },
      },
      {
        name: 'Decimal.toFixed(8)',
        count: N,
        run: () => {
          let total = 0;
          for (let i = 0; i < N; i += 1) {
            total += (decimals[i] as Decimal).toFixed(8).length;
          }
          return total;
        },
      },
    ]),
  );
}

function checksums(): void {
  for (const [label, size, loops] of [
    ['64 KiB', 65_536, 64],
    ['160 B', 160, 20_000],
  ] as const) {
    const block = Uint8Array.from({ length: size }, () => rng.below(256));
    const repeat = (work: () => unknown) => () => {
      let last: unknown;
      for (let i = 0; i < loops; i += 1) last = work();
      return last;
    };
    const candidates = [
      { name: 'crc32c (pure, slicing-by-8)', run: repeat(() => crc32c(block)) },
      { name: 'zlib.crc32 (native, other polynomial)', run: repeat(() => crc32(block)) },
      {
        name: 'sha256Pure (@noble/hashes)',
        run: repeat(() => {
          const hasher = sha256Pure();
          hasher.update(block);
          return hasher.digest();
        }),
      },
      {
        name: 'node:crypto sha256',
        run: repeat(() => createHash('sha256').update(block).digest()),
      },
    ];
    const counted = candidates.map((candidate) => ({ ...candidate, count: size * loops }));
    report(`checksums, blocks of ${label}`, measure(counted), 'MB/s');
  }
}

function functions(): void {
  report(
    'elementary functions (Math differs between engines)',
    measure([
      {
        name: 'exp',
        count: N,
        run: () => {
          let total = 0;
          for (let i = 0; i < N; i += 1) {
            total += exp(doubles[i] as number);
          }
          return total;
        },
      },
      {
        name: 'Math.exp',
        count: N,
        run: () => {
          let total = 0;
          for (let i = 0; i < N; i += 1) {
            total += Math.exp(doubles[i] as number);
          }
          return total;
        },
      },
      {
        name: 'log',
        count: N,
        run: () => {
          let total = 0;
          for (let i = 0; i < N; i += 1) {
            total += log(doubles[i] as number);
          }
          return total;
        },
      },
      {
        name: 'Math.log',
        count: N,
        run: () => {
          let total = 0;
          for (let i = 0; i < N; i += 1) {
            total += Math.log(doubles[i] as number);
          }
          return total;
        },
      },
      {
        name: 'normalCdf',
        count: N,
        run: () => {
          let total = 0;
          for (let i = 0; i < N; i += 1) {
            total += normalCdf(doubles[i] as number);
          }
          return total;
        },
      },
    ]),
  );
}

function json(): void {
  const record = {
    inst: 'BINANCE:SPOT:BTCUSDT',
    levels: [
      [4325012, 500],
      [4325013, 20],
    ],
    u: 99,
  };
  report(
    'canonical JSON of a small record',
    measure([
      {
        name: 'canonicalIntegerJson',
        count: N,
        run: () => {
          let total = 0;
          for (let i = 0; i < N; i += 1) {
            total += canonicalIntegerJson(record).length;
          }
          return total;
        },
      },
      {
        name: 'JSON.stringify (order as it comes)',
        count: N,
        run: () => {
          let total = 0;
          for (let i = 0; i < N; i += 1) {
            total += JSON.stringify(record).length;
          }
          return total;
        },
      },
    ]),
  );
}

parsing();
arithmetic();
formatting();
checksums();
functions();
json();
if (lastResult() === undefined) throw new Error('a benchmark made no result');
