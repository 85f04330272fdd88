/** The log tools by the command: what they print, what they leave alone, how they end. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { capture, command, FIXTURE, json, MAIN, scratch } from './lib/command.js';
import { commandHere } from './lib/in-process.js';
import { treeOf } from './lib/tree.js';

const dir = scratch('wal-tools');
const session = join(dir, 'session');
const damaged = join(dir, 'damaged');

/** The one segment of a captured session. */
const segmentOf = (folder: string): string => {
  const wal = join(folder, 'wal');
  return join(wal, readdirSync(wal).find((name) => name.endsWith('.wal.jsonl')) ?? '');
};

beforeAll(() => {
  expect(capture(FIXTURE, session).code).toBe(0);
  cpSync(session, damaged, { recursive: true });
  const file = segmentOf(damaged);
  const bytes = readFileSync(file);
  const at = bytes.indexOf('"body"', bytes.length >> 1) + 20;
  bytes[at] = (bytes[at] as number) ^ 1;
  chmodSync(file, 0o640);
  writeFileSync(file, bytes);
}, 120_000);

/** Calls that make, change or remove something, with a path below `folder`. */
const MAKES = /openat\([^)]*(?:O_WRONLY|O_RDWR|O_CREAT|O_TRUNC)/;
const CHANGES =
  /(?:^|\s)(?:rename|link|unlink|symlink|mkdir|rmdir|f?chmod|truncate|utimens|mknod)\w*\(/;

const writesBelow = (folder: string, args: readonly string[]): string[] => {
  const log = join(dir, 'strace.txt');
  const calls =
    'openat,rename,renameat,renameat2,link,linkat,unlink,unlinkat,symlink,mkdir,mkdirat';
  const more = 'rmdir,chmod,fchmodat,truncate,utimensat,mknodat';
  const trace = ['-f', '-qq', '-o', log, '-e', `trace=${calls},${more}`];
  spawnSync('strace', [...trace, process.execPath, MAIN, ...args], { encoding: 'utf8' });
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.includes(folder) && (MAKES.test(line) || CHANGES.test(line)));
};

const hasStrace = spawnSync('strace', ['-V']).status === 0;
if (!hasStrace) console.warn('SKIPPED: strace is missing; that verify opens nothing to write');

describe('wal verify', { timeout: 300_000 }, () => {
  test('0 for a sound log, 1 for a damaged one, 2 for none; nothing is touched', () => {
    const before = [treeOf(session), treeOf(damaged)];
    const sound = command(['wal', 'verify', session]);
    expect([sound.code, sound.err]).toEqual([0, '']);
    const bad = command(['wal', 'verify', damaged, '--canonical']);
    expect([bad.code, bad.err]).toEqual([1, '']);
    expect(bad.out).toContain('Run "quantlaxmi wal salvage"');
    const none = command(['wal', 'verify', join(dir, 'nowhere')]);
    expect([none.code, none.out]).toEqual([2, '']);
    expect(none.err).toContain('QL_LOG_MISSING');
    expect([treeOf(session), treeOf(damaged)]).toEqual(before);
  });

  test.skipIf(!hasStrace)('no file below the log is opened for writing', () => {
    for (const folder of [session, damaged]) {
      expect(writesBelow(folder, ['wal', 'verify', folder])).toEqual([]);
    }
    const copy = join(dir, 'indexed');
    cpSync(session, copy, { recursive: true });
    // Control: a command that does write is seen.
    expect(writesBelow(copy, ['wal', 'index', copy]).length).toBeGreaterThan(1);
  });
});

describe('exit codes', { timeout: 300_000 }, () => {
  test('damage is 1, with the place, wherever a log is read', async () => {
    for (const args of [
      ['wal', 'dump', damaged],
      ['wal', 'index', damaged],
      ['wal', 'export', damaged, '--format', 'csv', '--out', join(dir, 'none')],
    ]) {
      const { code, err } = await commandHere(args);
      expect([args[1], code, err.split(':', 1)[0]]).toEqual([args[1], 1, 'WAL_CORRUPT']);
      expect(err).toMatch(/byte \d+/);
    }
  });

  test('missing folders and bad flags are 2, and nothing is printed on stdout', async () => {
    const nowhere = join(dir, 'nowhere');
    for (const args of [
      ['seal', nowhere],
      ['salvage', nowhere, '--out', join(dir, 'x')],
      ['salvage', session],
      ['salvage', session, '--out', join(session, 'inside')],
      ['export', session, '--format', 'xml', '--out', join(dir, 'x')],
      ['export', session, '--format', 'csv', '--type', 'trade', '--out', join(dir, 'x')],
      ['compress', session, '--format', 'rar'],
      ['dump', session, '--from-time', 'yesterday'],
      ['dump', session, '--type', 'Nothing'],
    ]) {
      const { code, out, err } = await commandHere(['wal', ...args]);
      expect([args.join(' '), code, out]).toEqual([args.join(' '), 2, '']);
      expect(err.length).toBeGreaterThan(20);
    }
  });

  test('a path with control characters is printed escaped', async () => {
    const odd = join(dir, 'odd\u001b[2Jname');
    mkdirSync(odd);
    cpSync(join(session, 'wal'), join(odd, 'wal'), { recursive: true });
    for (const args of [
      ['wal', 'verify', odd],
      ['wal', 'stat', odd],
      ['wal', 'export', odd, '--format', 'csv', '--type', 'Session', '--out', join(odd, 'csv')],
      ['wal', 'seal', odd],
      ['wal', 'seal', `${odd}x`],
    ]) {
      const { out, err } = await commandHere(args);
      expect([args[1], (out + err).includes('\u001b')]).toEqual([args[1], false]);
    }
    expect((await commandHere(['wal', 'verify', odd])).out).toContain('odd\\u001b[2Jname');
  });
});

describe('index, compress and reading by time', { timeout: 300_000 }, () => {
  test('compressed and indexed, the log reads, verifies and exports as before', async () => {
    const copy = join(dir, 'compressed');
    cpSync(session, copy, { recursive: true });
    const range = ['--from-time', '2024-08-09T00:00:10Z', '--to-time', '1723161610500000'];
    const dump = ['--type', 'Trade,Quote', ...range];
    const plain = (await commandHere(['wal', 'dump', session, ...dump])).out;
    const times = plain
      .trimEnd()
      .split('\n')
      .map((line) => Number(/"rx":(\d+)/.exec(line)?.[1]));
    expect(times.length).toBeGreaterThan(20);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(1_723_161_610_000_000);
    expect(Math.max(...times)).toBeLessThanOrEqual(1_723_161_610_500_000);
    expect((await commandHere(['wal', 'index', copy])).code).toBe(0);
    const kept = json<{ segments: unknown[] }>(['wal', 'compress', copy, '--keep', '3']);
    expect([kept.code, kept.document.segments]).toEqual([0, []]);
    const { code, err, document } = json<{
      segments: { bytes: number; compressedBytes: number }[];
    }>(['wal', 'compress', copy]);
    expect([code, err, document.segments.length]).toEqual([0, '', 1]);
    const [one] = document.segments;
    expect((one?.bytes ?? 0) / (one?.compressedBytes ?? 1)).toBeGreaterThan(3);
    expect((await commandHere(['wal', 'dump', copy, ...dump])).out).toBe(plain);
    expect((await commandHere(['wal', 'verify', copy])).code).toBe(0);
  });
});
