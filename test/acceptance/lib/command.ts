/** Runs the built command in processes of its own, as a user does. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const MAIN = join(ROOT, 'dist/cli/main.js');
export const FIXTURE = join(ROOT, 'fixtures/demo/usdm_20240809.raw.jsonl');
export const EXCHANGE_INFO = join(ROOT, 'fixtures/demo/usdm_exchange_info.json');
export const STRATEGY = join(ROOT, 'dist/examples/imbalance.js');
export const BTC = 'BINANCE:USDM:BTCUSDT';

export interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
}

/** One command line. */
export const command = (args: readonly string[], options: CommandOptions = {}): Result => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...(options.nodeOptions ?? []), MAIN, ...args],
    { encoding: 'utf8', env: { ...process.env, ...options.env }, maxBuffer: 256 * 1024 * 1024 },
  );
  return { code: status, out: stdout, err: stderr };
};

/** One command line with `--json`, and its document. */
export const json = (
  args: readonly string[],
  options: CommandOptions = {},
): {
  readonly code: number | null;
  readonly document: Record<string, never>;
  readonly err: string;
} => {
  const { code, out, err } = command([...args, '--json'], options);
  return { code, document: (out === '' ? {} : JSON.parse(out)) as Record<string, never>, err };
};

/** A folder that is gone after the test file. */
export const scratch = (name: string): string => {
  const dir = mkdtempSync(join(tmpdir(), `quantlaxmi-${name}-`));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};

/** Captures a recording into a session folder. */
export const capture = (
  from: string,
  out: string,
  extra: readonly string[] = ['--exchange-info', EXCHANGE_INFO],
) => json(['capture', 'binance', '--market', 'usdm', '--from', from, '--out', out, ...extra]);
