/**
 * Evidence for the gates, gathered from a run's folder and this machine.
 * @module
 */
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { LIMITS, parseStrictJson, Secret } from '../../core/index.js';
import type {
  ArtefactFolder,
  BoundFolder,
  DeploymentEvidence,
  GateEvidence,
  ParityReplay,
  Probe,
  ProbeResult,
} from '../../gates/index.js';
import { bindConfig, type LogBinding } from '../../manifest/index.js';
import {
  type MetricDefinition,
  metricRegistry,
  STANDARD_METRICS,
} from '../../observability/index.js';
import { verifyWal, type WalStore } from '../../wal/index.js';
import { codeHash } from '../code-hash.js';
import { removedFront } from '../internal/log-binding.js';
import { RUN_MANIFEST_FILE, SESSION_MANIFEST_FILE } from '../internal/manifest-file.js';
import { readFileCapped } from '../internal/read-file.js';
import { unpackedFile } from '../internal/unpacked-file.js';
import { killSwitchFile } from '../kill-switch.js';
import { loadStrategy } from '../load-strategy.js';
import { prometheusExporter } from '../prometheus.js';
import type { Run } from '../run.js';
import { RUN_CONFIG_FILE } from '../run-writer.js';
import { runtimeVersions } from '../runtime.js';
import { nodeSha256 } from '../sha256.js';
import { KILL_FILE } from './paper-run.js';

/** A folder's regular files as artefacts; `.gz` and `.zst` are unpacked when read. */
export const artefactFolder = (dir: string): ArtefactFolder => ({
  list: async () => {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .sort();
  },
  read: (path) => unpackedFile(join(dir, path)),
});

const boundFolder = (
  { dir, store }: { readonly dir: string; readonly store: WalStore },
  manifestPath: string,
  log: LogBinding,
): BoundFolder => {
  const after = removedFront(log);
  const held = after === undefined ? {} : { after };
  return {
    files: artefactFolder(dir),
    manifestPath,
    verifyLog: () => verifyWal(store, { hasher: nodeSha256, expectSealed: true, ...held }),
  };
};

/** Throws the kill switch of a finished run and releases it again. */
const killSwitchDrill =
  (runDir: string): Probe =>
  async () => {
    const path = join(runDir, KILL_FILE);
    const kill = killSwitchFile(path);
    const why = kill.unreachable();
    if (why !== null) return { ok: false, detail: why };
    if (kill.armed()) return { ok: false, detail: `${path} is there: the switch is engaged` };
    await writeFile(path, 'drill\n', { flag: 'wx' });
    const engaged = kill.armed();
    await rm(path);
    const ok = engaged && !kill.armed();
    return { ok, detail: ok ? `${path}: engaged and released` : `${path} did not engage` };
  };

/** The sample that a scrape must give back: an empty registry renders whatever is broken. */
const PROBE_METRIC = 'quantlaxmi_events_total';
const PROBE_LABELS = { session_id: 'probe', run_id: 'probe', venue: 'PROBE', type: 'Session' };
const PROBE_VALUE = 4711;
const PROBE_LINE = `${PROBE_METRIC}{${Object.entries(PROBE_LABELS)
  .map(([name, value]) => `${name}="${value}"`)
  .join(',')}} ${PROBE_VALUE}`;

/** Starts the metrics endpoint on loopback and scrapes a sample from it over a real socket. */
export const exporterProbe = async (
  definitions: readonly MetricDefinition[] = STANDARD_METRICS,
): Promise<ProbeResult> => {
  const registry = metricRegistry({ definitions, seriesMax: 100, labelLengthMax: 64 });
  registry.add(PROBE_METRIC, PROBE_LABELS, PROBE_VALUE);
  const exporter = await prometheusExporter({
    registry,
    host: '127.0.0.1',
    port: 0,
    onListenError: 'report',
  });
  try {
    if (exporter.problem !== null) return { ok: false, detail: exporter.problem };
    const response = await fetch(exporter.url);
    const body = await response.text();
    const sample = body.split('\n').includes(PROBE_LINE);
    const about = sample ? 'with' : 'without';
    const detail = `HTTP ${response.status}, ${body.length} characters ${about} the sample ${PROBE_LINE}`;
    return { ok: response.ok && sample, detail };
  } finally {
    await exporter.close();
  }
};

/** Shorter values occur in artefacts by chance. */
const SECRET_CHARS_MIN = 12;
const SECRET_NAME = /(KEY|SECRET|TOKEN|PASSWORD|PASSPHRASE|CREDENTIALS?)$/i;

/** Values of environment variables that are named like secrets. */
export const environmentSecrets = (): Record<string, Secret<string>> => {
  const out: Record<string, Secret<string>> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value === undefined || value.length < SECRET_CHARS_MIN) continue;
    if (SECRET_NAME.test(name)) out[name] = new Secret(value);
  }
  return out;
};

/** The configuration that would be deployed: the file beside the manifest, not the manifest. */
const configEvidence = async (run: Run): Promise<DeploymentEvidence['config']> => {
  try {
    const bytes = await readFileCapped(join(run.dir, RUN_CONFIG_FILE), {
      bytesMax: LIMITS.manifestBytes,
      absent: 'throw',
    });
    const config = parseStrictJson(bytes);
    return { sha256: bindConfig(config).sha256, problem: await refusal(run, config) };
  } catch (error) {
    return { sha256: '', problem: error instanceof Error ? error.message : String(error) };
  }
};

/** Why the strategy refuses a configuration; null when it accepts it. */
const refusal = async (run: Run, config: unknown): Promise<string | null> => {
  if (run.strategyModule === null) return 'the strategy module is not known';
  const { strategy } = await loadStrategy(run.strategyModule);
  try {
    strategy.parseConfig(config);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/**
 * Everything the gates of this package ask for.
 *
 * @param run - an opened run
 * @param replays - replays of it made in processes of their own
 */
export const gateEvidenceOf = async (
  run: Run,
  replays: readonly ParityReplay[],
): Promise<GateEvidence> => {
  const { session, manifest } = run;
  const deployment: DeploymentEvidence = {
    session: boundFolder(session, SESSION_MANIFEST_FILE, session.manifest.wal),
    run: boundFolder(run, RUN_MANIFEST_FILE, manifest.decisions.log),
    code: await codeHash({
      strategyModule: run.strategyModule,
      upcastersSha256: manifest.upcasters.sha256,
    }),
    env: await runtimeVersions(session.dir),
    config: await configEvidence(run),
    killSwitch: killSwitchDrill(run.dir),
    exporter: () => exporterProbe(),
    secrets: environmentSecrets(),
    hasher: nodeSha256,
  };
  const { subscriptions } = session.manifest.capture;
  return {
    session: {
      events: () => session.read(),
      universe: subscriptions.length === 0 ? null : subscriptions,
      end: { lastSeq: session.manifest.wal.lastSeq },
    },
    parity: {
      recorded: {
        runId: run.id,
        traceHash: manifest.decisions.traceHash,
        decisions: manifest.decisions.count,
      },
      replays,
    },
    deployment,
  };
};
