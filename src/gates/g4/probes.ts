/**
 * What must answer while a deployment runs, and what must be nowhere.
 * @module
 */
import type { GateCheck } from '../report.js';
import { conditionCheck, problemsCheck, reasonOf } from './check.js';
import type { G4Config } from './config.js';
import type { DeploymentEvidence, Probe } from './evidence.js';
import { secretScanner } from './secret-scan.js';

async function probeCheck(id: string, probe: Probe): Promise<GateCheck> {
  const threshold = 'answers';
  try {
    const { ok, detail } = await probe();
    return conditionCheck(id, {
      holds: ok === true,
      observed: ok === true ? 'answers' : 'no answer',
      threshold,
      detail,
    });
  } catch (error) {
    const detail = reasonOf(error);
    return conditionCheck(id, { holds: false, observed: 'no answer', threshold, detail });
  }
}

async function secretsCheck(evidence: DeploymentEvidence, config: G4Config): Promise<GateCheck> {
  const scanner = secretScanner({
    secrets: evidence.secrets,
    patterns: config.secretPatterns,
  });
  const found: string[] = [];
  let scanned = 0;
  for (const folder of [evidence.session, evidence.run]) {
    for (const path of await folder.files.list()) {
      scanned += 1;
      const hits = await scanner.scan(path, folder.files.read(path));
      found.push(...hits.map((hit) => `${hit.path}: ${hit.name} (${hit.form})`));
    }
  }
  if (scanned === 0) found.push('no file was scanned');
  const check = problemsCheck('secrets.absent', 'none in any artefact', found);
  const names = Object.keys(evidence.secrets).length;
  const about = `${scanned} files, ${names} known values, ${config.secretPatterns.length} patterns.`;
  return { ...check, detail: check.detail === '' ? about : `${check.detail}. ${about}` };
}

/** Checks on the running parts and on leaks. */
export const probeChecks = async (
  evidence: DeploymentEvidence,
  config: G4Config,
): Promise<GateCheck[]> => [
  await probeCheck('killSwitch.reachable', evidence.killSwitch),
  await probeCheck('exporter.answers', evidence.exporter),
  await secretsCheck(evidence, config).catch((error: unknown) =>
    problemsCheck('secrets.absent', 'none in any artefact', [reasonOf(error)]),
  ),
];
