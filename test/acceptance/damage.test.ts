/** Damage a copy of the bundled recording as feeds get damaged; the session and G0 must say so. */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  BTC,
  capture,
  type CaptureDocument,
  command,
  FIXTURE,
  type GatesDocument,
  json,
  scratch,
  STRATEGY,
} from './lib/command.js';
import { writeRunConfig } from './lib/run-config.js';

const dir = scratch('damage');
const lines = readFileSync(FIXTURE, 'utf8').trimEnd().split('\n');
const config = writeRunConfig(join(dir, 'config.json'));
const depthLines = lines.flatMap((line, i) => (line.includes('btcusdt@depth') ? [i] : []));
const field = (line: string, name: string): number =>
  Number(new RegExp(`"${name}":(\\d+)`).exec(line)?.[1]);

interface Fact {
  readonly kind: string;
  readonly code: string;
  readonly inst: string | null;
  readonly details: Record<string, number | string>;
}

interface Judged {
  readonly capture: CaptureDocument;
  readonly session: string;
  readonly facts: readonly Fact[];
  readonly g0: string;
  readonly failed: readonly string[];
  readonly exitCode: number | null;
}

/** Captures lines, runs on them, and lets G0 judge. */
const judge = (name: string, changed: readonly string[]): Judged => {
  const recording = join(dir, `${name}.jsonl`);
  writeFileSync(recording, `${changed.join('\n')}\n`);
  const session = join(dir, name);
  const captured = capture(recording, session);
  const dump = command(['wal', 'dump', session, '--type', 'Session']);
  const facts = dump.out
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { body: Fact }).body)
    .filter(({ kind }) => kind !== 'start' && kind !== 'stop');
  const run = join(session, 'runs', 'r');
  const paper = json<object>([
    'paper',
    '--session',
    session,
    '--strategy',
    STRATEGY,
    '--config',
    config,
    '--out',
    run,
  ]);
  expect(paper.err).toBe('');
  const { code, document } = json<GatesDocument>(['gates', run, '--only', 'G0']);
  const [g0] = document.gates;
  return {
    capture: captured.document,
    session,
    facts,
    g0: g0?.verdict ?? '',
    failed: (g0?.checks ?? []).filter((c) => c.verdict === 'fail').map((c) => c.id),
    exitCode: code,
  };
};

describe('a shortened log', { timeout: 300_000 }, () => {
  test('cut after a commit, footer gone: verify, paper and gates refuse it', () => {
    const session = join(dir, 'short');
    expect(capture(FIXTURE, session).code).toBe(0);
    const run = ['--session', session, '--strategy', STRATEGY, '--config', config];
    expect(command(['paper', ...run, '--out', join(session, 'runs', 'a')]).code).toBe(0);
    const wal = join(session, 'wal');
    const file = join(wal, readdirSync(wal)[0] as string);
    const log = readFileSync(file, 'utf8').split('\n');
    const commits = log.flatMap((line, i) => (line.startsWith('{"k":"C"') ? [i] : []));
    // Whole batches remain: the log alone looks like one that is still being written.
    expect(commits.length).toBeGreaterThan(5);
    chmodSync(file, 0o640);
    writeFileSync(file, `${log.slice(0, (commits[3] as number) + 1).join('\n')}\n`);
    const verified = command(['wal', 'verify', session]);
    expect(verified.code).toBe(1);
    expect(verified.out).toContain('session_manifest.json');
    const paper = command(['paper', ...run, '--out', join(session, 'runs', 'b')]);
    expect([paper.code, paper.err.split(':', 1)[0]]).toEqual([1, expect.stringMatching(/^WAL_/)]);
    const gates = json<GatesDocument>(['gates', join(session, 'runs', 'a'), '--only', 'G0']);
    expect([gates.code, gates.document.gates[0]?.verdict]).toEqual([1, 'fail']);
  });
});

describe('a damaged recording', { timeout: 300_000 }, () => {
  test('control: the recording as it is has no fact to tell and G0 passes', () => {
    const whole = judge('whole', lines);
    expect(whole.facts).toEqual([]);
    expect(whole.g0).toBe('pass');
    expect(whole.exitCode).toBe(0);
  });

  test('one depth update deleted: one gap at the update after it, book refused, G0 fails', () => {
    const at = depthLines[200] as number;
    const next = lines[depthLines[201] as number] as string;
    const cut = judge(
      'deleted',
      lines.filter((_, i) => i !== at),
    );
    expect(cut.capture.gaps).toBe(1);
    const gaps = cut.facts.filter(({ kind }) => kind === 'gap');
    expect(gaps).toHaveLength(1);
    expect(gaps[0]?.code).toBe('QL_VENUE_SEQUENCE_GAP');
    expect(gaps[0]?.inst).toBe(BTC);
    expect(Object.values(gaps[0]?.details ?? {})).toContain(field(next, 'u'));
    expect(cut.g0).toBe('fail');
    expect(cut.exitCode).toBe(1);
    const book = command(['book', cut.session, '--instrument', BTC]);
    expect(book.code).toBe(1);
    expect(book.err).toContain('QL_BOOK_UNSYNCED');
  });

  test('two depth updates swapped: reported, G0 fails', () => {
    const [a, b] = [depthLines[200] as number, depthLines[201] as number];
    const swapped = lines.slice();
    // Only the messages change places: receive times go on as they were.
    const [timeA, timeB] = [lines[a] as string, lines[b] as string].map((l) => l.split(' ', 1)[0]);
    const message = (line: string): string => line.slice(line.indexOf(' '));
    swapped[a] = `${timeA}${message(lines[b] as string)}`;
    swapped[b] = `${timeB}${message(lines[a] as string)}`;
    const { facts, g0, exitCode } = judge('swapped', swapped);
    expect(facts.map(({ code }) => code)).toContain('QL_VENUE_SEQUENCE_GAP');
    expect(facts.map(({ code }) => code)).toContain('QL_VENUE_OUT_OF_ORDER');
    expect(g0).toBe('fail');
    expect(exitCode).toBe(1);
  });

  test('a trade twice: reported, G0 fails on the duplicate', () => {
    const at = lines.findIndex((line, i) => i > 3000 && line.includes('btcusdt@trade'));
    const twice = [...lines.slice(0, at + 1), lines[at] as string, ...lines.slice(at + 1)];
    const { facts, g0, failed, exitCode } = judge('twice', twice);
    expect(facts.map(({ code }) => code)).toEqual(['QL_VENUE_DUPLICATE_TRADE']);
    expect(g0).toBe('fail');
    expect(failed.join()).toMatch(/duplicate/i);
    expect(exitCode).toBe(1);
  });
});
