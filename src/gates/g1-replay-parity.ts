/**
 * G1 ReplayParity: the recorded decisions come out again, byte for byte, in other processes.
 * @module
 */
import * as z from 'zod';
import { checkConfig } from './config.js';
import type { Gate } from './gate.js';
import type { GateCheck } from './report.js';

/** What one replay of a run found. */
export interface ParityReplay {
  /** Names the process: host, pid and start time, or another id no two processes share. */
  readonly processId: string;
  /** What ran it: runtime, time zone, locale, memory limit, ... */
  readonly environment: Readonly<Record<string, string>>;
  readonly runId: string;
  /** What the replay itself concluded. */
  readonly equal: boolean;
  /** Decision trace hash it computed, hex. */
  readonly traceHash: string;
  /** Decisions it made. */
  readonly decisions: number;
  /** First divergence in words; empty when equal. */
  readonly divergence: string;
}

/** What was recorded, and the replays of it. */
export interface ParityEvidence {
  readonly recorded: {
    readonly runId: string;
    readonly traceHash: string;
    readonly decisions: number;
  };
  readonly replays: readonly ParityReplay[];
}

/** Thresholds of {@link g1ReplayParity}. */
export interface G1Config {
  /** Fewest distinct processes that must agree; at least 2. */
  readonly processesMin: number;
  /** Fewest decisions for parity to mean anything. */
  readonly decisionsMin: number;
}

/** Two processes, at least one decision. */
export const g1Defaults: G1Config = Object.freeze({ processesMin: 2, decisionsMin: 1 });

const configSchema = () =>
  z.strictObject({ processesMin: z.int().min(2), decisionsMin: z.int().min(0) });

const HEX_64 = /^[0-9a-f]{64}$/;

/** Compares one figure of every replay with the recorded one. */
function compare(
  id: string,
  recorded: string | number,
  replays: readonly (readonly [processId: string, value: string | number])[],
): GateCheck {
  const other = replays.find(([, value]) => value !== recorded);
  return {
    id,
    observed: other === undefined ? recorded : other[1],
    threshold: recorded,
    verdict: other === undefined ? 'pass' : 'fail',
    detail:
      other === undefined
        ? `${replays.length} replays agree with the record.`
        : `Process ${other[0]} has ${other[1]}, the record has ${recorded}.`,
  };
}

function checksOf(parity: ParityEvidence, config: G1Config): readonly GateCheck[] {
  const { recorded, replays } = parity;
  const processes = new Set(replays.map((replay) => replay.processId));
  const environments = new Set(
    replays.map((replay) =>
      JSON.stringify(Object.entries(replay.environment).sort(([a], [b]) => (a < b ? -1 : 1))),
    ),
  );
  const unequal = replays.find((replay) => !replay.equal);
  const pairs = <K extends 'runId' | 'traceHash' | 'decisions'>(key: K) =>
    replays.map((replay) => [replay.processId, replay[key]] as const);
  return [
    {
      id: 'parity.processes',
      observed: processes.size,
      threshold: `>= ${config.processesMin} distinct processes`,
      verdict: processes.size >= config.processesMin ? 'pass' : 'fail',
      detail: `${replays.length} replays in ${processes.size} processes and ${environments.size} environments.`,
    },
    compare('parity.run', recorded.runId, pairs('runId')),
    {
      id: 'parity.equal',
      observed: unequal === undefined ? 'equal' : 'diverged',
      threshold: 'equal',
      verdict: unequal === undefined ? 'pass' : 'fail',
      detail: unequal === undefined ? '' : `Process ${unequal.processId}: ${unequal.divergence}`,
    },
    HEX_64.test(recorded.traceHash)
      ? compare('parity.traceHash', recorded.traceHash, pairs('traceHash'))
      : {
          id: 'parity.traceHash',
          observed: recorded.traceHash,
          threshold: '64 hex digits',
          verdict: 'fail',
          detail: 'The run recorded no trace hash.',
        },
    compare('parity.decisions', recorded.decisions, pairs('decisions')),
    {
      id: 'parity.substance',
      observed: recorded.decisions,
      threshold: `>= ${config.decisionsMin} decisions`,
      verdict: recorded.decisions >= config.decisionsMin ? 'pass' : 'fail',
      detail: recorded.decisions === 0 ? 'A run without decisions proves nothing by parity.' : '',
    },
  ];
}

/**
 * G1 ReplayParity. Passes only when at least `processesMin` distinct processes reproduced the
 * recorded trace hash and the recorded number of decisions. Without any replay it is skipped.
 *
 * @param config - thresholds, e.g. `g1Defaults`
 * @returns the gate
 * @throws QL_GATE_CONFIG when the configuration is not valid
 *
 * @example
 * ```ts
 * import { g1Defaults, g1ReplayParity, runGates } from 'quantlaxmi/gates';
 * const [report] = await runGates([g1ReplayParity(g1Defaults)], {});
 * report?.verdict; // => 'skip'
 * ```
 */
export function g1ReplayParity(config: G1Config): Gate {
  const checked = checkConfig('G1', configSchema(), config);
  return {
    id: 'G1',
    name: 'ReplayParity',
    version: '1.0.0',
    config: { ...checked },
    evaluate: async ({ parity }) =>
      parity === undefined || parity.replays.length === 0
        ? [
            {
              id: 'parity.processes',
              observed: 0,
              threshold: `>= ${checked.processesMin} distinct processes`,
              verdict: 'skip',
              detail:
                'No replay was given. Replay the run in two processes, then run the gate again.',
            },
          ]
        : checksOf(parity, checked),
  };
}
