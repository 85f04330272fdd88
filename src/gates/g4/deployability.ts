/**
 * G4 Deployability: may exactly this code, with exactly this configuration, be put to work?
 * @module
 */
import type { RunManifest } from '../../manifest/index.js';
import { checkConfig } from '../config.js';
import type { ParityEvidence } from '../g1-replay-parity.js';
import type { Gate } from '../gate.js';
import type { GateCheck } from '../report.js';
import { conditionCheck } from './check.js';
import { type G4Config, g4ConfigSchema } from './config.js';
import { deployChecks } from './deploy.js';
import type { DeploymentEvidence } from './evidence.js';
import { boundFileChecks } from './logs.js';
import { manifestChecks, readManifests } from './manifests.js';
import { probeChecks } from './probes.js';

/** Checks that need both manifests; they fail when one cannot be read. */
const NEED_MANIFESTS = [
  'manifest.complete',
  'manifest.link',
  'schemas.known',
  'runtime.recorded',
  'wal.session',
  'wal.decisions',
  'files.hashes',
  'files.unlisted',
  'code.clean',
  'code.equal',
  'dependencies.locked',
  'config.valid',
  'config.frozen',
  'risk.limits',
  'runtime.same',
  'replay.parity',
] as const;

function parityCheck(
  run: RunManifest,
  parity: ParityEvidence | undefined,
  config: G4Config,
): GateCheck {
  const replays = (parity?.replays ?? []).filter((replay) => replay.runId === run.runId);
  const { traceHash } = run.decisions;
  const equal = replays.filter((replay) => replay.equal && replay.traceHash === traceHash);
  return conditionCheck('replay.parity', {
    holds: equal.length >= config.replaysMin && equal.length === replays.length,
    observed: `${equal.length} of ${replays.length} equal`,
    threshold: `all equal, at least ${config.replaysMin}`,
    detail:
      replays.length === 0 ? `No replay of ${run.runId} was given.` : `Recorded ${traceHash}.`,
  });
}

async function evaluate(
  evidence: DeploymentEvidence,
  parity: ParityEvidence | undefined,
  config: G4Config,
): Promise<readonly GateCheck[]> {
  const { session, run, checks } = await readManifests(evidence);
  const probes = await probeChecks(evidence, config);
  if (session === null || run === null) {
    const unread = NEED_MANIFESTS.map((id) =>
      conditionCheck(id, {
        holds: false,
        observed: 'not judged',
        threshold: 'both manifests readable',
      }),
    );
    return [...checks, ...unread, ...probes];
  }
  const manifests = { session, run };
  return [
    ...checks,
    ...manifestChecks(session, run),
    ...(await boundFileChecks({
      session: evidence.session,
      run: evidence.run,
      hasher: evidence.hasher,
      manifests,
    })),
    ...deployChecks(run, evidence, config),
    parityCheck(run, parity, config),
    ...probes,
  ];
}

/**
 * G4 Deployability. Every check fails closed: evidence that is missing or cannot be read is a
 * failure, not a gap in the report.
 *
 * @param config - thresholds, e.g. `g4Defaults`
 * @returns the gate; it needs `evidence.deployment` and `evidence.parity`
 * @throws QL_GATE_CONFIG when the configuration is not valid
 *
 * @example
 * ```ts
 * import { g4Defaults, g4Deployability, runGates } from 'quantlaxmi/gates';
 * const [report] = await runGates([g4Deployability(g4Defaults)], {});
 * report?.verdict; // => 'skip'
 * ```
 */
export function g4Deployability(config: G4Config): Gate {
  const checked = checkConfig('G4', g4ConfigSchema(), config);
  return {
    id: 'G4',
    name: 'Deployability',
    version: '1.1.0',
    config: checked,
    evaluate: async ({ deployment, parity }) =>
      deployment === undefined
        ? [
            {
              id: 'manifest.run',
              observed: 'no run',
              threshold: 'sealed',
              verdict: 'skip',
              detail: 'No deployment evidence was given.',
            },
          ]
        : evaluate(deployment, parity, checked),
  };
}
