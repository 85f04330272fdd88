/** Bad input: each kind has its own code and place, and what was good is kept. */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { canonicalIntegerJson, crc32c } from '../../src/core/index.js';
import { type Manifest, manifestHashOf } from '../../src/manifest/index.js';
import { capture, command, FIXTURE, scratch } from './lib/command.js';

const dir = scratch('bad-input');
const lines = readFileSync(FIXTURE, 'utf8').trimEnd().split('\n').slice(0, 2000);
const session = (name: string): string => join(dir, name);

const record = (name: string, content: string | Uint8Array): string => {
  const file = join(dir, `${name}.raw`);
  writeFileSync(file, content);
  return file;
};

/** Session facts of a captured session as `code: details`. */
const facts = (name: string): string[] => {
  const { out, err } = command(['wal', 'dump', session(name), '--type', 'Session']);
  expect(err).toBe('');
  return out
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { body: { code: string; details: object } }).body)
    .filter(({ code }) => code !== '')
    .map(({ code, details }) => `${code} ${JSON.stringify(details)}`);
};

const captureLines = (name: string, changed: readonly string[]) =>
  capture(record(name, `${changed.join('\n')}\n`), session(name));

/** A line put in the middle of good ones is one fact; all good lines are recorded. */
const oneBadLine = (name: string, bad: string, code: string): void => {
  const { document } = captureLines(name, [...lines.slice(0, 1000), bad, ...lines.slice(1000)]);
  expect(document.malformed).toBe(1);
  const counted = document.stats;
  expect(counted['quotes']).toBe(lines.filter((line) => line.includes('@bookTicker')).length);
  expect(counted['trades']).toBe(lines.filter((line) => line.includes('@trade')).length);
  const found = facts(name);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(code);
};

const lastTrade = lines.filter((line) => line.includes('btcusdt@trade')).at(-1) as string;
const nextTradeId = Number(/"t":(\d+)/.exec(lastTrade)?.[1]) + 1;

/** A trade that follows the last one; a bad one is never recorded, so its id is free. */
const trade = (price: string, extra = ''): string => {
  const at = lines[999] as string;
  const data =
    `{${extra}"e":"trade","E":1723161601000,"T":1723161601000,"s":"BTCUSDT","t":${nextTradeId},` +
    `"p":"${price}","q":"0.001","X":"MARKET","m":false}`;
  return `${at.split(' ', 1)[0]} {"stream":"btcusdt@trade","data":${data}}`;
};

/** A log whose first event has another schema version, with every checksum and hash made right. */
const withVersion = (log: string, sv: number): string => {
  const out: string[] = [];
  let chain = '';
  let batch = '';
  const sealLine = (prefix: string): string =>
    `${prefix},"crc":"${crc32c(Buffer.from(prefix, 'latin1')).toString(16).padStart(8, '0')}"}\n`;
  const sha = (...parts: (string | Buffer)[]): string => {
    const hash = createHash('sha256');
    for (const part of parts)
      hash.update(typeof part === 'string' ? Buffer.from(part, 'latin1') : part);
    return hash.digest('hex');
  };
  for (const line of log.trimEnd().split('\n')) {
    let prefix = line.slice(0, -18);
    if (prefix.startsWith('{"k":"H"')) {
      const prev = /"prev":"([0-9a-f]{64})"/.exec(prefix)?.[1] as string;
      out.push(sealLine(prefix));
      chain = sha(Buffer.from(prev, 'hex'), out.at(-1) as string);
    } else if (prefix.startsWith('{"k":"E"')) {
      if (batch === '' && out.length === 1) prefix = prefix.replace('"sv":1', `"sv":${sv}`);
      batch += sealLine(prefix);
      out.push(sealLine(prefix));
    } else if (prefix.startsWith('{"k":"C"')) {
      const head = prefix.slice(0, prefix.indexOf(',"h"'));
      chain = sha(Buffer.from(chain, 'hex'), batch, head);
      batch = '';
      out.push(sealLine(`${head},"h":"${chain}"`));
    } else {
      const body = out.join('');
      const fresh = prefix
        .replace(/"sha256":"[0-9a-f]{64}"/, `"sha256":"${sha(body)}"`)
        .replace(/"h":"[0-9a-f]{64}"/, `"h":"${chain}"`);
      out.push(sealLine(fresh));
    }
  }
  return out.join('');
};

describe('files', { timeout: 300_000 }, () => {
  test('a missing recording: exit 2, no session is made', () => {
    const { code, err } = capture(join(dir, 'nowhere.gz'), session('nowhere'));
    expect(code).toBe(2);
    expect(err).toContain('QL_FILE_READ');
    expect(err).toContain('nowhere.gz');
    expect(existsSync(session('nowhere'))).toBe(false);
  });

  test('gzip cut in the middle: exit 1, the place named, the lines before it recorded', () => {
    const whole = gzipSync(`${lines.join('\n')}\n`);
    const file = record('cut', whole.subarray(0, Math.floor(whole.length / 2)));
    const { code, document } = capture(file, session('cut'));
    expect(code).toBe(1);
    const [damage] = document.damage;
    expect(damage?.code).toBe('QL_RECORDING_DAMAGED');
    expect(damage?.message).toMatch(/byte \d+/);
    const recorded = document.counts['Quote'] ?? 0;
    expect(recorded).toBeGreaterThan(100);
    expect(facts('cut').join()).toContain('QL_RECORDING_DAMAGED');
    expect(command(['wal', 'verify', session('cut')]).code).toBe(0);
  });

  test('a recording cut inside a line: the rest of the line is a fact', () => {
    const text = `${lines.join('\n')}\n`;
    const file = record('half', text.slice(0, text.length - 40));
    const { code, document } = capture(file, session('half'));
    expect(code).toBe(0);
    expect(document.malformed).toBe(1);
    expect(facts('half').join()).toContain('QL_VENUE_FRAME');
  });

  test('a symbol that is not in the recording: exit 2', () => {
    const file = record('good', `${lines.join('\n')}\n`);
    const { code, err } = capture(file, session('unknown-symbol'), ['--symbols', 'DOGEUSDT']);
    expect(code).toBe(2);
    expect(err).toContain('QL_VENUE_UNKNOWN_SYMBOL');
    expect(err).toContain('DOGEUSDT');
  });

  test('a session folder in use: exit 2, nothing is overwritten', () => {
    const file = record('again', `${lines.join('\n')}\n`);
    expect(capture(file, session('again')).code).toBe(0);
    const before = readFileSync(join(session('again'), 'session_manifest.json'));
    const { code, err } = capture(file, session('again'));
    expect(code).toBe(2);
    expect(err).toContain('QL_SESSION_EXISTS');
    expect(readFileSync(join(session('again'), 'session_manifest.json'))).toEqual(before);
  });

  test('a full disk: exit 2 with the errno, and the log on it still verifies', () => {
    // A file-size limit stands in for a disk that ends: writes fail with EFBIG from there on.
    const file = record('full', `${lines.join('\n')}\n`);
    const args = ['capture', 'binance', '--market', 'usdm', '--from', file];
    const shell = `ulimit -f 128; trap '' XFSZ; exec "$0" "$@"`;
    const { code, err } = command([...args, '--out', session('full')], { shell });
    expect(code).toBe(2);
    expect(err).toContain('WAL_POISONED');
    expect(err).toContain('EFBIG');
  });
});

describe('messages', { timeout: 300_000 }, () => {
  test('not JSON', () =>
    oneBadLine('not-json', `${lines[999]?.split(' ', 1)[0]} {"e":`, 'QL_VENUE_FRAME'));
  test('a price with an exponent', () =>
    oneBadLine('exponent', trade('6.17e4'), 'QL_FIXED_SYNTAX'));
  test('a price with too many digits', () =>
    oneBadLine('digits', trade('61700.123456789'), 'QL_FIXED_INEXACT'));
  test('a price beyond 2^53', () =>
    oneBadLine('huge', trade('99999999999999999.1'), 'QL_FIXED_OVERFLOW'));
  test('17 digits that a float would round are refused, never rounded', () =>
    oneBadLine('sixteen', trade('900719925474099.25'), 'QL_FIXED_OVERFLOW'));
  test('a line of 10 MB', () =>
    oneBadLine('long', `1723161601000 ${'x'.repeat(10 * 1024 * 1024)}`, 'QL_VENUE_LINE_TOO_LONG'));

  test('__proto__ keys change nothing', () => {
    const { document } = captureLines('proto', [
      ...lines,
      trade('61700.00', '"__proto__":{"p":"1"},"constructor":1,'),
    ]);
    const { trades = 0 } = document.stats;
    const before = lines.filter((line) => line.includes('@trade')).length;
    expect([trades, document.malformed]).toEqual([before + 1, 0]);
    const recorded = command(['wal', 'dump', session('proto'), '--type', 'Trade']).out;
    expect(recorded).toContain(`"tradeId":"${nextTradeId}"`);
    expect(recorded).not.toContain('__proto__');
  });

  test('unknown streams are counted and named', () => {
    const at = lines[999]?.split(' ', 1)[0];
    const frame = `${at} {"stream":"btcusdt@shiny","data":{"e":"shiny","s":"BTCUSDT"}}`;
    const { document } = captureLines('stream', [...lines, frame, frame]);
    expect(document.stats['unknownStreams']).toBe(2);
    expect(facts('stream').join()).toContain('QL_VENUE_UNKNOWN_STREAM');
  });
});

describe('logs and manifests', { timeout: 300_000 }, () => {
  /** Rewrites a manifest so that its bytes are canonical and its hash is right. */
  const forge = (path: string, change: (text: string) => string): void => {
    const body = JSON.parse(change(readFileSync(path, 'utf8'))) as Manifest;
    const manifestHash = manifestHashOf(body);
    writeFileSync(path, canonicalIntegerJson({ ...body, manifestHash }));
  };

  test('a manifest whose path leaves its folder: exit 1, however well it is forged', () => {
    const file = record('leaves', `${lines.slice(0, 50).join('\n')}\n`);
    expect(capture(file, session('leaves')).code).toBe(0);
    const path = join(session('leaves'), 'session_manifest.json');
    const args = ['wal', 'verify', session('leaves'), '--against', path];
    expect(command(args).code).toBe(0);
    chmodSync(path, 0o640);
    forge(path, (text) => text.replace('"dir":"wal"', '"dir":"../wal"'));
    const { code, err } = command(args);
    expect([code, err.split(':', 1)[0]]).toEqual([1, 'QL_MANIFEST_PATH']);
  });

  test('an event version from the future: exit 1, type and versions named', () => {
    const file = record('future', `${lines.slice(0, 50).join('\n')}\n`);
    expect(capture(file, session('future')).code).toBe(0);
    const wal = join(session('future'), 'wal');
    const path = join(wal, readdirSync(wal)[0] as string);
    chmodSync(path, 0o640);
    writeFileSync(path, withVersion(readFileSync(path, 'latin1'), 9), 'latin1');
    const { code, err } = command(['wal', 'dump', session('future')]);
    expect([code, err.split(':', 1)[0]]).toEqual([1, 'WAL_UNKNOWN_TYPE']);
    expect(err).toMatch(/version 9: this build knows versions up to 1/);
  });

  test('exchangeInfo that is none: exit 2 with its code', () => {
    const file = record('info', `${lines.join('\n')}\n`);
    const info = record('info-bad', '{"symbols":[{"symbol":"BTCUSDT"}]}');
    const { code, err } = capture(file, session('info'), ['--exchange-info', info]);
    expect(code).toBe(2);
    expect(err).toContain('QL_VENUE_EXCHANGE_INFO');
    expect(existsSync(session('info'))).toBe(false);
  });
});
