import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  capture,
  FIXTURE,
  json,
  command,
  scratch,
  STRATEGY,
  type ReplayDocument,
} from './lib/command.js';
import { writeRunConfig } from './lib/run-config.js';

const dir = scratch('replay');
const session = join(dir, 'session');
const run = join(session, 'runs', 'r1');
let recorded = '';

beforeAll(() => {
  expect(capture(FIXTURE, session).code).toBe(0);
  const config = writeRunConfig(join(dir, 'config.json'));
  const paper = json<{ readonly traceHash: string }>([
    'paper',
    '--session',
    session,
    '--strategy',
    STRATEGY,
    '--config',
    config,
    '--out',
    run,
    '--seed',
    '42',
  ]);
  expect(paper.err).toBe('');
  expect(paper.code).toBe(0);
  recorded = paper.document.traceHash;
  expect(recorded).toMatch(/^[0-9a-f]{64}$/);
});

describe('replay in a process of its own', { timeout: 300_000 }, () => {
  const zones = ['UTC', 'Asia/Kolkata', 'America/New_York', 'Pacific/Chatham', 'Europe/London'];
  const languages = ['C', 'tr_TR.UTF-8', 'hi_IN.UTF-8', 'de_DE.UTF-8', 'ar_EG.UTF-8'];

  test('gives the recorded hash 10 times of 10, in other zones, languages, heap sizes', () => {
    const hashes = Array.from({ length: 10 }, (_, i) => {
      const lang = languages[i % 5] as string;
      const { code, document } = json<ReplayDocument>(['replay', run], {
        env: { TZ: zones[(i * 2) % 5] as string, LANG: lang, LC_ALL: lang },
        nodeOptions: [`--max-old-space-size=${64 + 48 * i}`],
      });
      expect(code).toBe(0);
      return document.traceHash.replayed;
    });
    expect(hashes).toEqual(Array.from({ length: 10 }, () => recorded));
  });

  test('a changed constant: exit 3, class CODE, the first differing decision of both', () => {
    const source = readFileSync(STRATEGY, 'utf8');
    const changed = source.replace('< ctx.config.enterPpm', '< ctx.config.enterPpm + 150000');
    expect(changed).not.toBe(source);
    const installed = STRATEGY.replace(/imbalance\.js$/, 'imbalance-changed.js');
    writeFileSync(installed, changed);
    const { code, document } = json<ReplayDocument>(['replay', run, '--strategy', installed]);
    expect(code).toBe(3);
    const { divergence } = document;
    expect(divergence?.class).toBe('CODE');
    const { recorded: was, replayed: is } = divergence ?? {};
    expect(was).toMatchObject({ t: 'Decision' });
    expect(is).toMatchObject({ t: 'Decision' });
    expect(is).not.toEqual(was);
    const { out } = command(['replay', run, '--strategy', installed]);
    expect(out).toContain('replay diverged from the record');
    expect(out).toContain('CODE');
    rmSync(installed);
  });

  test('any line of either log with one byte changed: exit 1, naming file, byte and seq', () => {
    for (const log of ['wal', join('runs', 'r1', 'decisions')]) {
      const copy = join(dir, `copy-${log.replaceAll('/', '-')}`);
      cpSync(session, copy, { recursive: true });
      const name = readdirSync(join(copy, log)).find((one) => one.endsWith('.wal.jsonl')) as string;
      const file = join(copy, log, name);
      chmodSync(file, 0o640);
      const bytes = readFileSync(file);
      // Header, first event, a commit, the middle, the footer.
      const lines = bytes.toString('latin1').split('\n');
      const starts: number[] = [];
      let at = 0;
      for (const line of lines) {
        starts.push(at);
        at += line.length + 1;
      }
      const commit = lines.findIndex((line) => line.startsWith('{"k":"C"'));
      for (const index of [0, 1, commit, Math.floor(lines.length / 2), lines.length - 2]) {
        const byte = (starts[index] as number) + 30;
        const damaged = Buffer.from(bytes);
        damaged[byte] = (damaged[byte] as number) ^ 0x01;
        writeFileSync(file, damaged);
        const target = join(copy, 'runs', 'r1');
        const { code, document } = json<ReplayDocument>(['replay', target, '--session', copy]);
        expect([log, index, code]).toEqual([log, index, 1]);
        const [problem] = document.problems ?? [];
        expect(problem?.message).toContain(name);
        expect(problem?.message).toMatch(/byte \d+ seq \d+/);
        const shown = Number(/byte (\d+) seq/.exec(problem?.message as string)?.[1]);
        expect(shown).toBeLessThanOrEqual(byte);
        expect(shown).toBeGreaterThanOrEqual((starts[index] as number) - 1);
      }
      writeFileSync(file, bytes);
      expect(command(['replay', join(copy, 'runs', 'r1'), '--session', copy]).code).toBe(0);
    }
  });
});
