/**
 * Runs gates on a run's folder, writes their reports, and binds their checksums into the manifest.
 * @module
 */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';
import { decodeUtf8, LIMITS, parseStrictJson, QuantlaxmiError } from '../../core/index.js';
import {
  bindGateReports,
  g0DataTruth,
  g0Defaults,
  g1Defaults,
  g1ReplayParity,
  g2AntiOverfit,
  g3Robustness,
  g4Defaults,
  g4Deployability,
  type GateReport,
  gateRegistry,
  gatesHold,
  type ParityReplay,
  runGates,
} from '../../gates/index.js';
import type { RunManifest } from '../../manifest/index.js';
import { writeOnce } from '../atomic-write.js';
import { readFileCapped } from '../internal/read-file.js';
import { openRun, type Run } from '../run.js';
import { openSession } from '../session.js';
import { gateEvidenceOf } from './gate-evidence.js';
import { replayInProcess } from './replay-run.js';

/** Thresholds by gate; a gate that is not named has its published defaults. */
export interface GateThresholds {
  readonly G0?: Parameters<typeof g0DataTruth>[0];
  readonly G1?: Parameters<typeof g1ReplayParity>[0];
  readonly G4?: Parameters<typeof g4Deployability>[0];
}

/** What {@link gateRun} evaluates. */
export interface GateRunOptions {
  /** Gate ids; default all. */
  readonly only?: readonly string[];
  readonly thresholds?: GateThresholds;
  /** Session folder, where the run's locators do not lead to it. */
  readonly session?: string;
}

/** Reports of the gates of one run, bound into its manifest. */
export interface GateRunResult {
  readonly run: Run;
  readonly manifest: RunManifest;
  readonly ok: boolean;
  readonly reports: readonly GateReport[];
  readonly bindings: RunManifest['gates'];
}

const thresholdsSchema = () =>
  z.strictObject({
    G0: z.optional(z.record(z.string(), z.unknown())),
    G1: z.optional(z.record(z.string(), z.unknown())),
    G4: z.optional(z.record(z.string(), z.unknown())),
  });

/**
 * Reads thresholds from a JSON file: `{ "G0": { … }, "G4": { … } }`. Fields left out keep their
 * published default; unknown ones are refused by the gate.
 *
 * @throws QuantlaxmiError QL_GATE_CONFIG, QL_FILE_READ, QL_JSON_*
 */
export const readGateThresholds = async (file: string): Promise<GateThresholds> => {
  const bytes = await readFileCapped(file, { bytesMax: LIMITS.manifestBytes, absent: 'throw' });
  const parsed = thresholdsSchema().safeParse(parseStrictJson(decodeUtf8(bytes)));
  if (!parsed.success) {
    throw new QuantlaxmiError(
      'QL_GATE_CONFIG',
      `${file}: expected an object of thresholds under "G0", "G1" or "G4"`,
      { context: { file } },
    );
  }
  const { G0 = {}, G1 = {}, G4 = {} } = parsed.data;
  // The gates check the merged values against their own schemas.
  return {
    G0: { ...g0Defaults, ...G0 } as NonNullable<GateThresholds['G0']>,
    G1: { ...g1Defaults, ...G1 } as NonNullable<GateThresholds['G1']>,
    G4: { ...g4Defaults, ...G4 } as NonNullable<GateThresholds['G4']>,
  };
};

/** Two replays that share nothing but the files: another zone, language and memory limit each. */
const PROCESSES = [
  { env: { TZ: 'Asia/Kolkata', LANG: 'hi_IN.UTF-8' }, nodeOptions: ['--max-old-space-size=256'] },
  { env: { TZ: 'America/New_York', LANG: 'tr_TR.UTF-8' }, nodeOptions: [] },
] as const;

const replaysOf = async (run: Run): Promise<ParityReplay[]> => {
  const out: ParityReplay[] = [];
  const located = {
    session: run.session.dir,
    ...(run.strategyModule === null ? {} : { strategyModule: run.strategyModule }),
  };
  for (const one of PROCESSES) out.push(await replayInProcess(run.dir, { ...located, ...one }));
  return out;
};

/**
 * Runs the gates on a run: replays it in two other processes, gathers the evidence, writes each
 * report to `gates/` in the run's folder and binds its checksum into the run manifest.
 *
 * @param dir - run folder
 * @throws QuantlaxmiError QL_GATE_REGISTRY for an unknown id, QL_GATE_CONFIG, QL_RUN_UNSEALED,
 * QL_SESSION_MISSING, QL_REPLAY_PROCESS, and what reading manifests throws
 */
export const gateRun = async (
  dir: string,
  options: GateRunOptions = {},
): Promise<GateRunResult> => {
  const { thresholds = {} } = options;
  const registry = gateRegistry([
    g0DataTruth(thresholds.G0 ?? g0Defaults),
    g1ReplayParity(thresholds.G1 ?? g1Defaults),
    g2AntiOverfit(),
    g3Robustness(),
    g4Deployability(thresholds.G4 ?? g4Defaults),
  ]);
  const gates = options.only === undefined ? registry.all() : registry.select(options.only);
  const run = await openRun(
    dir,
    options.session === undefined ? {} : { session: await openSession(options.session) },
  );
  const needsReplay = gates.some(({ id }) => id === 'G1' || id === 'G4');
  const evidence = await gateEvidenceOf(run, needsReplay ? await replaysOf(run) : []);
  const reports = await runGates(gates, evidence);
  const bound = bindGateReports(reports, { dir: 'gates' });
  await mkdir(join(run.dir, 'gates'), { recursive: true, mode: 0o750 });
  for (const { path, bytes } of bound.files) {
    const file = join(run.dir, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o750 });
    await writeOnce(file, bytes);
  }
  const fresh = new Set(bound.gates.map((gate) => gate.gateId));
  const kept = run.manifest.gates.filter((gate) => !fresh.has(gate.gateId));
  const bindings = [...kept, ...bound.gates].sort((a, b) => (a.gateId < b.gateId ? -1 : 1));
  const manifest = await run.bindGates(bindings);
  return { run, manifest, ok: gatesHold(reports), reports, bindings };
};
