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
  /** A shell line that ends in `exec "$0" "$@"`, to set limits first. */
  readonly shell?: string;
}

/** One command line. */
export const command = (args: readonly string[], options: CommandOptions = {}): Result => {
  const line = [process.execPath, ...(options.nodeOptions ?? []), MAIN, ...args];
  const [file, ...rest] =
    options.shell === undefined ? line : ['bash', '-c', options.shell, ...line];
  const { status, stdout, stderr } = spawnSync(file as string, rest, {
    encoding: 'utf8',
    // CI environments ask for colour; codes are compared as plain text.
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    maxBuffer: 256 * 1024 * 1024,
  });
  return { code: status, out: stdout, err: stderr };
};

/** `--json` of `capture`, as far as tests read it. */
export interface CaptureDocument {
  readonly malformed: number;
  readonly gaps: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly stats: Readonly<Record<string, number>>;
  readonly damage: readonly { readonly code: string; readonly message: string }[];
}

/** `--json` of `replay`, as far as tests read it. */
export interface ReplayDocument {
  readonly equal: boolean;
  readonly traceHash: { readonly recorded: string; readonly replayed: string };
  readonly problems?: readonly { readonly code: string; readonly message: string }[];
  readonly divergence?: {
    readonly class: string;
    readonly recorded: { readonly t: string };
    readonly replayed: { readonly t: string };
  };
}

/** `--json` of `gates`, as far as tests read it. */
export interface GatesDocument {
  readonly ok: boolean;
  readonly gates: readonly {
    readonly id: string;
    readonly verdict: string;
    readonly checks: readonly { readonly id: string; readonly verdict: string }[];
  }[];
}

/** One command line with `--json`, and its document; an empty one when nothing was printed. */
export const json = <Document>(
  args: readonly string[],
  options: CommandOptions = {},
): { readonly code: number | null; readonly document: Document; readonly err: string } => {
  const { code, out, err } = command([...args, '--json'], options);
  return { code, document: JSON.parse(out === '' ? '{}' : out) as Document, err };
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
) =>
  json<CaptureDocument>([
    'capture',
    'binance',
    '--market',
    'usdm',
    '--from',
    from,
    '--out',
    out,
    ...extra,
  ]);
