/** Signs a paper run of the bundled recording, changes one byte, and lets the command judge. */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { capture, command, FIXTURE, json, scratch, STRATEGY } from './lib/command.js';
import { writeRunConfig } from './lib/run-config.js';

const dir = scratch('evidence');
const session = join(dir, 'session');
const run = join(session, 'runs', 'r');
const key = join(dir, 'a.pem');
const other = join(dir, 'b.pem');

interface Verified {
  readonly fmt: string;
  readonly ok: boolean;
  readonly keyIds: readonly string[];
  readonly predicate: { readonly approver: string; readonly gates: readonly object[] } | null;
  readonly problems: readonly { readonly code: string; readonly file: string }[];
}

const verify = (at: string, ...more: readonly string[]) =>
  json<Verified>(['evidence', 'verify', at, '--key', `${key}.pub`, ...more]);

/** Flips a bit in the middle of a file; gives back what undoes it. */
const damage = (path: string): (() => void) => {
  const before = readFileSync(path);
  const bytes = Buffer.from(before);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
  chmodSync(path, 0o640);
  writeFileSync(path, bytes);
  return () => writeFileSync(path, before);
};

describe('evidence', { timeout: 300_000 }, () => {
  beforeAll(() => {
    expect(capture(FIXTURE, session).code).toBe(0);
    const config = writeRunConfig(join(dir, 'config.json'));
    const paper = ['paper', '--session', session, '--strategy', STRATEGY, '--config', config];
    expect(command([...paper, '--out', run]).code).toBe(0);
    expect(command(['gates', run, '--only', 'G0,G1']).code).toBe(0);
    for (const path of [key, other]) {
      expect(command(['evidence', 'keygen', '--out', path]).code).toBe(0);
    }
    const sign = ['evidence', 'sign', run, '--key', key, '--approver', 'desk head'];
    const signed = json<{ path: string }>([...sign, '--require', 'G0,G1']);
    expect([signed.code, signed.document.path]).toEqual([0, `${run}/run_manifest.json.dsse.json`]);
  }, 300_000);

  test('a signed run holds, and the document says who approved what', () => {
    expect(statSync(key).mode & 0o777).toBe(0o600);
    const { code, document } = verify(run);
    expect([code, document.ok, document.problems]).toEqual([0, true, []]);
    expect(document.fmt).toBe('quantlaxmi-evidence-verify/1');
    expect(document.predicate).toMatchObject({ approver: 'desk head' });
    expect(document.predicate?.gates).toHaveLength(2);
  });

  test.each([
    [
      'a segment of the session',
      () => join(session, 'wal', readdirSync(join(session, 'wal'))[0] ?? ''),
    ],
    ['a segment of the run', () => join(run, 'decisions', 'SEGMENT')],
    ['the session manifest', () => join(session, 'session_manifest.json')],
    ['the run manifest', () => join(run, 'run_manifest.json')],
    ['the signature file', () => join(run, 'run_manifest.json.dsse.json')],
  ])('%s with one byte changed: exit 1, the file named', (_, pathOf) => {
    const folder = join(run, 'decisions');
    const segment = readdirSync(folder).find((name) => name.endsWith('.wal.jsonl')) ?? '';
    const path = pathOf().replace('SEGMENT', segment);
    const undo = damage(path);
    const { code, document } = verify(run);
    undo();
    expect([code, document.ok]).toEqual([1, false]);
    expect(document.problems[0]?.file).toContain(path.slice(path.lastIndexOf('/') + 1));
    expect(document.problems[0]?.code).toMatch(/^QL_EVIDENCE_/);
  });

  test('the control: undone, everything holds again', () => {
    expect(verify(run).code).toBe(0);
  });

  test('one byte of the signature itself: exit 1', () => {
    const path = join(run, 'run_manifest.json.dsse.json');
    const text = readFileSync(path, 'utf8');
    const at = text.indexOf('"sig":"') + 20;
    const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
    writeFileSync(path, changed);
    const { code, document } = verify(run);
    writeFileSync(path, text);
    expect([code, document.problems[0]?.code]).toEqual([1, 'QL_EVIDENCE_SIGNATURE']);
  });

  test('another key: exit 1; two of two: after the second approver signed', () => {
    const wrong = json<Verified>(['evidence', 'verify', run, '--key', `${other}.pub`]);
    expect([wrong.code, wrong.document.problems[0]?.code]).toEqual([1, 'QL_EVIDENCE_SIGNATURE']);
    const copy = join(dir, 'copy');
    cpSync(session, copy, { recursive: true });
    const at = join(copy, 'runs', 'r');
    const both = [`${other}.pub`, '--threshold', '2'];
    expect(verify(at, ...both).code).toBe(1);
    expect(command(['evidence', 'sign', at, '--key', other, '--cosign']).code).toBe(0);
    expect(verify(at, ...both).document.keyIds).toHaveLength(2);
    expect(verify(at, `${other}.pub`, '--threshold', '3').code).toBe(2);
  });

  test('what cannot be done: exit 2, with advice', () => {
    const sign = ['evidence', 'sign', session, '--approver', 'x', '--key'];
    const wide = join(dir, 'wide.pem');
    cpSync(key, wide);
    chmodSync(wide, 0o644);
    for (const [args, text] of [
      [[...sign, wide], 'chmod 600'],
      [['evidence', 'sign', session, '--key', key], '--approver'],
      [['evidence', 'verify', run, '--key', key], 'private key'],
      [['evidence', 'verify', dir, '--key', `${key}.pub`], 'run or session folder'],
      [['wal', 'verify', session, '--anchor', join(dir, 'none')], 'anchor'],
    ] as const) {
      const { code, err } = command(args);
      expect([args.join(' '), code, err]).toEqual([
        args.join(' '),
        2,
        expect.stringContaining(text),
      ]);
    }
  });

  test('a passphrase from the environment locks the key, and is printed nowhere', () => {
    const env = { QUANTLAXMI_KEY_PASSPHRASE: 'correct horse battery' };
    const path = join(dir, 'locked.pem');
    const made = command(['evidence', 'keygen', '--out', path], { env });
    const sign = ['evidence', 'sign', session, '--key', path, '--approver', 'x'];
    const without = command(sign);
    const wrong = command(sign, { env: { QUANTLAXMI_KEY_PASSPHRASE: 'wrong horse' } });
    expect([made.code, without.code, wrong.code, command(sign, { env }).code]).toEqual([
      0, 2, 2, 0,
    ]);
    const printed = [made, without, wrong].map(({ out, err }) => out + err).join();
    expect(printed).not.toMatch(/horse/);
  });

  test('anchor and verify --anchor: a file, a git tag, another log', () => {
    const file = join(dir, 'anchor.txt');
    const repo = join(dir, 'repo');
    execFileSync('git', ['init', '-q', repo]);
    execFileSync('git', ['-C', repo, 'config', 'user.name', 't']);
    execFileSync('git', ['-C', repo, 'config', 'user.email', 't@example.org']);
    const tag = `git:${repo}#session/1`;
    for (const place of [file, tag]) {
      const { code, document } = json<{ fmt: string; lastSeq: number }>([
        ...['evidence', 'anchor', session, '--to', place],
      ]);
      expect([code, document.fmt]).toEqual([0, 'quantlaxmi-evidence-anchor/1']);
      expect(command(['wal', 'verify', session, '--anchor', place]).code).toBe(0);
    }
    expect(readFileSync(file, 'utf8')).toMatch(
      /^quantlaxmi\/wal\/[0-9a-f]{32}\n\d+\n[0-9a-f]{64}\n$/,
    );
    // A capture of fewer lines: whole and sealed, and not the log that was anchored.
    const lines = readFileSync(FIXTURE, 'utf8').split('\n');
    writeFileSync(join(dir, 'short.jsonl'), `${lines.slice(0, 300).join('\n')}\n`);
    const short = join(dir, 'short');
    expect(capture(join(dir, 'short.jsonl'), short).code).toBe(0);
    const { code, document } = json<Verified>(['wal', 'verify', short, '--anchor', tag]);
    expect([code, document.ok]).toEqual([1, false]);
    expect(document.problems.map((problem) => problem.code)).toEqual(['WAL_ANCHOR']);
  });
});
