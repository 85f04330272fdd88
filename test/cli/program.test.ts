import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-code.js';
import { facts, grouped, milliseconds, table } from '../../src/cli/format.js';
import { runCommand } from '../../src/cli/program.js';
import { QuantlaxmiError } from '../../src/core/index.js';
import { fileStore } from '../../src/node/index.js';
import { capture, command, FIXTURE, scratch } from '../acceptance/lib/command.js';
import { writeLog } from '../wal/support.js';

/** Runs a command line in this process and gives what it wrote. */
const run = async (...argv: string[]) => {
  let out = '';
  let err = '';
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
  try {
    return { code: await runCommand(argv), out, err, text: () => out, errors: () => err };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
};

describe('exit codes', () => {
  test('CLI-1: evidence that does not hold is 1, whatever cannot run is 2', () => {
    expect(exitCodeOf(new QuantlaxmiError('WAL_CHAIN', ''))).toBe(1);
    expect(exitCodeOf(new QuantlaxmiError('QL_MANIFEST_PATH', ''))).toBe(1);
    expect(exitCodeOf(new QuantlaxmiError('QL_BOOK_UNSYNCED', ''))).toBe(1);
    for (const code of ['WAL_FOREIGN', 'WAL_RX_ORDER', 'WAL_BATCH_TOO_LARGE'] as const) {
      expect([code, exitCodeOf(new QuantlaxmiError(code, ''))]).toEqual([code, 1]);
    }
    expect(exitCodeOf(new QuantlaxmiError('WAL_LOCKED', ''))).toBe(2);
    expect(exitCodeOf(new QuantlaxmiError('QL_FILE_READ', ''))).toBe(2);
    expect(exitCodeOf(new TypeError('x'))).toBe(2);
  });

  test('CLI-1: a folder without a log is 2, with the code on stderr', async () => {
    const { code, text, errors } = await run('wal', 'verify', '/nowhere');
    expect(code).toBe(2);
    expect(text()).toBe('');
    expect(errors()).toContain('QL_LOG_MISSING');
  });

  test('CLI-2: --json of a command that cannot run prints no document', async () => {
    const { code, text } = await run('wal', 'stat', '/nowhere', '--json');
    expect([code, text()]).toEqual([2, '']);
  });
});

describe('pipes', { timeout: 60_000 }, () => {
  test('CLI-2: wal dump prints JSON lines only, and a reader may leave early', () => {
    const dir = scratch('pipe');
    expect(capture(FIXTURE, join(dir, 's')).code).toBe(0);
    const { out } = command(['wal', 'dump', join(dir, 's'), '--to', '20']);
    const seqs = out
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { seq: number }).seq);
    expect(seqs).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    const shell = 'set -o pipefail; "$0" "$@" | head -n 1 | wc -l';
    const early = command(['wal', 'dump', join(dir, 's')], { shell });
    expect([early.err, early.out.trim()]).toEqual(['', '1']);
  });
});

describe('a reader that left', { timeout: 60_000 }, () => {
  test('CLI-1: a log that does not hold is 1 even where nobody reads the answer', async () => {
    const dir = scratch('unread');
    await writeLog(fileStore(dir), [3]);
    const [name] = readdirSync(dir).filter((file) => file.endsWith('.jsonl'));
    const path = join(dir, name ?? '');
    chmodSync(path, 0o640);
    // Nobody reads once a write has failed; only then does the command start.
    const shell = `trap '' PIPE
      { while echo .; do sleep 0.02; done 2>/dev/null; "$0" "$@"; echo "exit $?" >&2; } | head -n 1`;
    const unread = () => command(['wal', 'verify', dir], { shell }).err.trim();
    expect(unread()).toBe('exit 0');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"seq":2', '"seq":7'));
    expect(command(['wal', 'verify', dir]).code).toBe(1);
    expect(unread()).toBe('exit 1');
  });
});

describe('flags', () => {
  test('CLI-3: unknown flags and commands are refused', async () => {
    expect((await run('wal', 'verify', '/x', '--verfiy')).code).toBe(2);
    expect((await run('walk')).code).toBe(2);
    expect((await run('replay', '/x', '--strategi', 'y')).code).toBe(2);
  });

  test('CLI-3: malformed values are refused', async () => {
    for (const [flag, value] of [
      ['--from', '0'],
      ['--from', '1e3'],
      ['--to', '-1'],
    ] as const) {
      expect((await run('wal', 'dump', '/x', flag, value)).code).toBe(2);
    }
    const paper = ['paper', '--session', 's', '--strategy', 'm', '--config', 'c'];
    expect((await run(...paper, '--seed', '18446744073709551616')).code).toBe(2);
    expect((await run(...paper, '--seed', '-1')).code).toBe(2);
    expect((await run(...paper, '--metrics', '65536')).code).toBe(2);
  });

  test('CLI-3: a number that stands for another, a day that is none: refused', async () => {
    for (const [flag, value] of [
      ['--from', '9007199254740992'],
      ['--from', '9999999999999999'],
      ['--from-time', '9999999999999999'],
      ['--from-time', '2024-02-31T00:00:00Z'],
      ['--from-time', '2023-02-29T00:00:00Z'],
    ] as const) {
      const { code, err } = await run('wal', 'dump', '/nowhere', flag, value);
      expect([value, code]).toEqual([value, 2]);
      expect(err).toContain(`argument '${value}' is invalid`);
    }
    // The control: the next ones are taken, and it is the folder that is missing.
    for (const [flag, value] of [
      ['--from', '9007199254740991'],
      ['--from-time', '2024-02-29T00:00:00.000001Z'],
    ] as const) {
      expect((await run('wal', 'dump', '/nowhere', flag, value)).err).toContain('QL_LOG_MISSING');
    }
  });

  test('CLI-5: --version is the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const { code, text } = await run('--version');
    expect([code, text().trim()]).toEqual([0, version]);
  });
});

describe('text', () => {
  test('CLI-4: control characters from outside are escaped', async () => {
    expect(facts([['a', 'x\u001b[2Jy']])).not.toContain('\u001b');
    expect(table(['h'], [['x\u0007y']])).not.toContain('\u0007');
    const { errors } = await run('wal', 'verify', '/no\u001b[2Jwhere');
    expect(errors()).not.toContain('\u001b[2J');
  });

  test('CLI-4: so are those in the stack of an unexpected error, line by line', async () => {
    const broken = new TypeError('x\u001b[2Jy');
    broken.stack = 'TypeError: x\u001b[2Jy\n    at /tmp/\u001b]0;z\u0007/a.js:1:1\r';
    let err = '';
    const stdout = vi.spyOn(process.stdout, 'write').mockImplementation(() => {
      throw broken;
    });
    const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      err += String(text);
      return true;
    });
    try {
      expect(await runCommand(['--version'])).toBe(2);
    } finally {
      stdout.mockRestore();
      stderr.mockRestore();
    }
    expect(err.split('\n').slice(1)).toEqual([
      'TypeError: x\\u001b[2Jy',
      '    at /tmp/\\u001b]0;z\\u0007/a.js:1:1\\u000d',
      '',
    ]);
  });

  test('numbers read the same in every locale', () => {
    expect(grouped(1234567)).toBe('1,234,567');
    expect(grouped(12)).toBe('12');
    expect(milliseconds(-1269247)).toBe('-1269.247 ms');
  });
});
