/**
 * `quantlaxmi demo`: capture, paper, replay, gates and a damaged copy, each with its proof.
 * @module
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pc from 'picocolors';
import { QuantlaxmiError } from '../../core/index.js';
import { openSession } from '../../node/index.js';
import { demoConfig } from '../demo-config.js';
import type { CommonOptions, ExitCode, Outcome } from '../outcome.js';

/** Options of `demo`. */
export interface DemoOptions extends CommonOptions {
  readonly out?: string;
  readonly data?: string;
  readonly market?: string;
}

const packageFile = (path: string): string =>
  fileURLToPath(new URL(`../../../${path}`, import.meta.url));

interface CommandResult {
  readonly exitCode: number;
  readonly document: Record<string, unknown>;
}

/** Runs one command in a process of its own, as a user would, and reads its JSON. */
const command = (args: readonly string[], env: Record<string, string> = {}): CommandResult => {
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args, '--json'], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === null || status === 2 || stdout === '') {
    throw new QuantlaxmiError('QL_DEMO', `quantlaxmi ${args.join(' ')}: ${stderr.trim()}`);
  }
  return { exitCode: status, document: JSON.parse(stdout) as Record<string, unknown> };
};

/** Market of a recording by the folder it lies in, as the hftbacktest samples are laid out. */
const marketOfPath = (file: string): string => {
  const folder = /(?:^|\/)(spot|usdm|cm|coinm)\/[^/]+$/.exec(file)?.[1];
  if (folder === undefined) {
    throw new QuantlaxmiError(
      'QL_BAD_INPUT',
      `--data ${file}: the folder does not say which market it is of; give --market spot, usdm or coinm`,
    );
  }
  return folder === 'cm' ? 'coinm' : folder;
};

/** Flips one bit of a digit in the middle of the largest segment of a copied session. */
const damage = (session: string): { readonly file: string; readonly byte: number } => {
  const dir = join(session, 'wal');
  const name = readdirSync(dir).find((one) => one.endsWith('.wal.jsonl')) ?? '';
  const file = join(dir, name);
  const bytes = readFileSync(file);
  const byte = bytes.indexOf('"body"', Math.floor(bytes.length / 2)) + 20;
  bytes[byte] = (bytes[byte] as number) ^ 1;
  chmodSync(file, 0o640);
  writeFileSync(file, bytes);
  return { file: name, byte };
};

interface Step {
  readonly name: string;
  readonly ok: boolean;
  readonly proof: string;
}

const captureArgs = (options: DemoOptions, out: string): string[] => {
  if (options.data !== undefined) {
    const market = options.market ?? marketOfPath(options.data);
    return ['capture', 'binance', '--market', market, '--from', options.data, '--out', out];
  }
  const fixture = packageFile('fixtures/demo/usdm_20240809.raw.jsonl');
  const info = packageFile('fixtures/demo/usdm_exchange_info.json');
  const market = ['--market', 'usdm', '--from', fixture, '--exchange-info', info];
  return ['capture', 'binance', ...market, '--out', out];
};

const gatesProof = (document: Record<string, unknown>): string => {
  const gates = document['gates'] as readonly {
    readonly id: string;
    readonly verdict: string;
    readonly checks: readonly {
      readonly id: string;
      readonly verdict: string;
      readonly detail: string;
    }[];
  }[];
  const verdicts = gates.map(({ id, verdict }) => `${id} ${verdict}`).join(', ');
  const notes = gates.flatMap(({ id, checks }) =>
    checks
      .filter(({ verdict }) => verdict === 'warn' || verdict === 'fail')
      .map((check) => `\n      ${id} ${check.verdict} ${check.id}: ${check.detail}`),
  );
  const dirty = gates.some(({ checks }) =>
    checks.some(({ id, verdict }) => id === 'code.clean' && verdict === 'fail'),
  );
  const advice = dirty
    ? '\n      commit your changes: a run of uncommitted code cannot be promoted'
    : '';
  return verdicts + notes.join('') + advice;
};

/** Runs the whole main job; exit 0 only when every proof holds. */
export const demoCommand = async (options: DemoOptions): Promise<Outcome> => {
  const out = options.out ?? mkdtempSync(join(tmpdir(), 'quantlaxmi-demo-'));
  const session = join(out, 'session');
  const run = join(session, 'runs', 'demo');
  if (existsSync(session)) {
    throw new QuantlaxmiError('QL_SESSION_EXISTS', `${session} exists; give another --out`);
  }
  const steps: Step[] = [];
  const report = (step: Step): void => {
    steps.push(step);
    if (options.json === true) return;
    const mark = step.ok ? pc.green('holds') : pc.red('FAILS');
    process.stdout.write(`${mark}  ${step.name}\n      ${step.proof}\n`);
  };

  const captured = command(captureArgs(options, session));
  const { counts, gaps, malformed, lastSeq, chainHead } = captured.document;
  report({
    name: 'capture: raw frames to a sealed, hash-chained log',
    ok: captured.exitCode === 0 && gaps === 0 && malformed === 0,
    proof: `${lastSeq} events ${JSON.stringify(counts)}, ${gaps} gaps, ${malformed} malformed, chain ${chainHead}`,
  });

  const [instrument] = await (await openSession(session)).universe();
  if (instrument === undefined) throw new QuantlaxmiError('QL_DEMO', 'no instrument was captured');
  const config = join(out, 'run_config.json');
  writeFileSync(config, `${JSON.stringify(demoConfig(instrument), null, 2)}\n`);
  const strategy = packageFile('dist/examples/imbalance.js');
  const where = ['--session', session, '--strategy', strategy, '--config', config, '--out', run];
  const paper = command(['paper', ...where, '--seed', '42']);
  const { decisions, orders, fills, traceHash } = paper.document;
  report({
    name: `paper: ${instrument.instrumentId} through strategy, risk and a simulated venue`,
    ok: paper.exitCode === 0 && Number(decisions) > 0 && Number(fills) > 0,
    proof: `${decisions} decisions, ${orders} orders, ${fills} fills, trace ${traceHash}`,
  });

  const replayed = command(['replay', run], { TZ: 'Pacific/Chatham', LANG: 'C' });
  const hashes = replayed.document['traceHash'] as { readonly replayed: string };
  report({
    name: 'replay: the same decisions again, from the manifest alone, in another process',
    ok: replayed.exitCode === 0 && hashes.replayed === traceHash,
    proof: `replayed trace ${hashes.replayed}`,
  });

  const gates = command(['gates', run]);
  report({
    name: 'gates: evidence bound into the run manifest',
    ok: gates.exitCode === 0,
    proof: gatesProof(gates.document),
  });

  const copy = join(out, 'session-damaged');
  cpSync(session, copy, { recursive: true });
  const { file, byte } = damage(copy);
  const verified = command(['wal', 'verify', copy]);
  const [problem] = verified.document['problems'] as readonly { readonly message: string }[];
  report({
    name: `damage: one bit of byte ${byte} of a copy of ${file} flipped`,
    ok: verified.exitCode === 1 && problem !== undefined,
    proof: `wal verify: ${problem?.message ?? 'found nothing'}`,
  });

  const ok = steps.every((step) => step.ok);
  const exitCode: ExitCode = ok ? 0 : 1;
  const text = `${ok ? 'every proof holds' : 'a proof failed'}; look around in ${out}`;
  return { exitCode, document: { ok, out, steps }, text };
};
