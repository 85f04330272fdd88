/**
 * Replays a run from its folder, here or in another process.
 * @module
 */
import { spawn } from 'node:child_process';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { QuantlaxmiError } from '../../core/index.js';
import type { ParityReplay } from '../../gates/index.js';
import { describeDivergence, type ReplayResult, replay } from '../../replay/index.js';
import { loadStrategy } from '../load-strategy.js';
import { openRun, type Run } from '../run.js';
import { openSession } from '../session.js';
import { nodeSha256 } from '../sha256.js';

/** What {@link replayRun} replays with. */
export interface ReplayRunOptions {
  /** Another strategy module than the recorded one. */
  readonly strategyModule?: string;
  /** Session folder, where the run's locators do not lead to it. */
  readonly session?: string;
}

/** A problem of a log that a run stands on. */
export interface EvidenceProblem {
  readonly code: string;
  /** Names file, byte and sequence number. */
  readonly message: string;
}

/** Outcome of a replay: the logs do not hold, or the result of the re-execution. */
export interface ReplayOutcome {
  readonly run: Run;
  /** Problems of the session's and the run's log; a replay over damaged logs is not made. */
  readonly problems: readonly EvidenceProblem[];
  readonly result: ReplayResult | null;
}

const problemsOf = async (run: Run): Promise<EvidenceProblem[]> => {
  const out: EvidenceProblem[] = [];
  for (const [label, folder] of [
    ['session', run.session],
    ['run', run],
  ] as const) {
    const { wal, differences } = await folder.verify();
    for (const p of wal.problems) {
      const place = `${label} ${folder.dir}: ${p.file} byte ${p.byte} seq ${p.seq}`;
      out.push({ code: p.code, message: `${place}: ${p.message}` });
    }
    if (wal.problems.length > 0) continue;
    for (const { path, left, right } of differences) {
      const message = `${label} ${folder.dir}: ${path} is ${JSON.stringify(right)}, its manifest binds ${JSON.stringify(left)}`;
      out.push({ code: 'QL_MANIFEST_HASH', message });
    }
  }
  return out;
};

/**
 * Verifies both logs of a run byte for byte, then re-executes it from them.
 *
 * @param dir - run folder
 * @throws QuantlaxmiError QL_RUN_UNSEALED, QL_SESSION_MISSING, QL_STRATEGY_LOAD, and what reading
 * manifests throws
 */
export const replayRun = async (
  dir: string,
  options: ReplayRunOptions = {},
): Promise<ReplayOutcome> => {
  const { session, strategyModule } = options;
  const run = await openRun(dir, {
    ...(session === undefined ? {} : { session: await openSession(session) }),
    ...(strategyModule === undefined
      ? {}
      : { strategyModule: (await loadStrategy(strategyModule)).path }),
  });
  const problems = await problemsOf(run);
  if (problems.length > 0) return { run, problems, result: null };
  if (run.strategyModule === null) {
    throw new QuantlaxmiError(
      'QL_STRATEGY_LOAD',
      `run ${run.dir}: nothing says where its strategy "${run.manifest.strategy.id}" is; give --strategy MODULE`,
      { context: { dir: run.dir } },
    );
  }
  const { strategy } = await loadStrategy(run.strategyModule);
  const result = await replay(run, { strategy, hasher: nodeSha256 });
  return { run, problems, result };
};

/** What a replay found, as the parity gate takes it; `processId` names this process. */
export const parityReplayOf = ({ run, problems, result }: ReplayOutcome): ParityReplay => {
  const startedMs = Math.round(Date.now() - process.uptime() * 1000);
  return {
    processId: `${hostname()}:${process.pid}:${startedMs}`,
    environment: {
      runtime: `node ${process.versions.node}`,
      timeZone: process.env['TZ'] ?? '',
      locale: process.env['LANG'] ?? '',
      options: process.execArgv.join(' '),
    },
    runId: run.id,
    equal: result?.equal ?? false,
    traceHash: result?.traceHash.replayed ?? '',
    decisions: result?.decisions ?? 0,
    divergence:
      problems[0]?.message ??
      (result?.divergence ? describeDivergence(result.divergence).join('\n') : ''),
  };
};

/** Environment of a replay process: what must not matter, made different. */
export interface ReplayProcessOptions extends ReplayRunOptions {
  /** Variables over this process's own, e.g. `{ TZ: 'Asia/Kolkata' }`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Node options, e.g. `['--max-old-space-size=128']`. */
  readonly nodeOptions?: readonly string[];
}

/**
 * Replays a run in a process of its own.
 *
 * @throws QuantlaxmiError QL_REPLAY_PROCESS when the process gives no result
 */
export const replayInProcess = (
  dir: string,
  options: ReplayProcessOptions = {},
): Promise<ParityReplay> => {
  const script = fileURLToPath(new URL('./replay-child.js', import.meta.url));
  const { session, strategyModule } = options;
  const request = JSON.stringify({ dir, session, strategyModule });
  const child = spawn(process.execPath, [...(options.nodeOptions ?? []), script, request], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err = (err + text).slice(-4096);
    });
    const fail = (why: string, cause?: unknown): void =>
      reject(
        new QuantlaxmiError('QL_REPLAY_PROCESS', `replay process of ${dir}: ${why}`, {
          cause,
          context: { dir },
        }),
      );
    child.once('error', (cause) => fail(cause.message, cause));
    child.once('close', (code, signal) => {
      if (code !== 0) return fail(`ended with ${signal ?? `exit code ${code}`}: ${err.trim()}`);
      try {
        resolve(JSON.parse(out) as ParityReplay);
      } catch (cause) {
        fail(`printed no result: ${out.slice(0, 200)}`, cause);
      }
    });
  });
};
