/**
 * What would be deployed: code, configuration, dependencies, runtime, limits.
 * @module
 */
import { canonicalIntegerJson, sha256Hex } from '../../core/index.js';
import type { RunManifest } from '../../manifest/index.js';
import { parseRiskPolicy } from '../../risk/index.js';
import type { GateCheck } from '../report.js';
import { conditionCheck, problemsCheck, reasonOf } from './check.js';
import type { G4Config } from './config.js';
import type { DeploymentEvidence } from './evidence.js';

function codeCleanCheck(
  run: RunManifest,
  evidence: DeploymentEvidence,
  config: G4Config,
): GateCheck {
  const states = [run.code.git, evidence.code.git];
  const dirty = states.some((git) => git?.dirty === true || (git?.untrackedCount ?? 0) > 0);
  const missing = states.some((git) => git === null);
  const [then, now] = states.map((git) => git?.commit ?? 'none');
  return conditionCheck('code.clean', {
    holds: !dirty && !missing,
    observed: dirty ? 'dirty' : missing ? 'no git evidence' : 'clean',
    threshold: 'clean',
    detail: `Commit ${then} at the run, ${now} now.`,
    otherwise: dirty ? 'fail' : config.gitMissing,
  });
}

/** Locks of the package and of the strategy's own project, then and now. */
function lockCheck(run: RunManifest, evidence: DeploymentEvidence): GateCheck {
  const now = evidence.code;
  const problems: string[] = [];
  const shown = (lock: string | null | undefined): string => lock ?? 'no lock';
  const compare = (of: string, was: string | null, is: string | null | undefined): void => {
    if (was === null) problems.push(`${of} was recorded without a dependency lock`);
    else if (was !== is) problems.push(`${of} has ${shown(is)}, ${was} was recorded`);
  };
  compare('the package', run.code.package.lock, now.package.lock);
  // A strategy inside the package is under the package's lock, and has it here too.
  if (run.code.strategy !== null) {
    compare('the strategy', run.code.strategy.lock, now.strategy?.lock);
  }
  const detail = 'Hash of the dependency locks now, against those that were recorded.';
  return conditionCheck('dependencies.locked', {
    holds: problems.length === 0,
    observed: shown(now.package.lock),
    threshold: run.code.package.lock ?? 'no lock was recorded',
    detail: [...problems, detail].join('; '),
  });
}

function codeChecks(run: RunManifest, evidence: DeploymentEvidence, config: G4Config): GateCheck[] {
  const { code } = evidence;
  return [
    codeCleanCheck(run, evidence, config),
    conditionCheck('code.equal', {
      holds: run.code.codeHash === code.codeHash,
      observed: code.codeHash,
      threshold: run.code.codeHash,
      detail: 'Hash of the code now, against the code that ran.',
    }),
    lockCheck(run, evidence),
  ];
}

function configChecks(run: RunManifest, evidence: DeploymentEvidence): GateCheck[] {
  const { config } = evidence;
  const recomputed = sha256Hex(canonicalIntegerJson(run.config.redacted));
  const frozen = config.sha256 === run.config.sha256 && recomputed === run.config.sha256;
  return [
    conditionCheck('config.valid', {
      holds: config.problem === null,
      observed: config.problem === null ? 'accepted' : 'refused',
      threshold: 'accepted by the strategy',
      detail: config.problem ?? '',
    }),
    conditionCheck('config.frozen', {
      holds: frozen,
      observed: config.sha256,
      threshold: run.config.sha256,
      detail: recomputed === run.config.sha256 ? '' : `The recorded copy hashes to ${recomputed}.`,
    }),
  ];
}

const DECIMAL = /^(0|[1-9][0-9]*)(\.[0-9]+)?$/;

/**
 * Limits of a check that are as good as none. Words, flags and lists of names are parameters that
 * the policy's parser has judged; of numbers, only what is called a maximum may not be zero.
 */
function limitProblems(check: string, value: unknown, config: G4Config): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, i) => limitProblems(`${check} ${i}`, item, config));
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0) return [`${check} has no limit`];
    return entries.flatMap(([key, item]) => limitProblems(`${check} ${key}`, item, config));
  }
  const text = String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return [`${check} is ${text}`];
  // A time of the calendar is no limit, however many digits it has.
  if (!DECIMAL.test(text) || check.endsWith(' untilUs')) return [];
  if (/Max/.test(check) && !/[1-9]/.test(text)) return [`${check} is zero`];
  const digits = (text.split('.')[0] ?? '').length;
  return digits > config.limitDigitsMax ? [`${check} has ${digits} digits: no limit at all`] : [];
}

/** The recorded policy parses, its hash is right, and it holds every required check. */
function riskCheck(run: RunManifest, config: G4Config): GateCheck {
  const threshold = `finite limits, at least ${config.riskChecks.join(', ')}`;
  try {
    const { description, sha256 } = run.risk;
    const policy = parseRiskPolicy(description);
    const present = policy.checks.map((check) => check.id);
    const problems = config.riskChecks
      .filter((id) => !present.includes(id))
      .map((id) => `${id} is absent`);
    const hash = sha256Hex(canonicalIntegerJson(description));
    if (hash !== sha256) problems.push(`the policy hashes to ${hash}, the manifest has ${sha256}`);
    for (const { check, ...limits } of policy.spec.checks) {
      for (const [name, value] of Object.entries(limits)) {
        problems.push(...limitProblems(`${check} ${name}`, value, config));
      }
    }
    return problemsCheck('risk.limits', threshold, problems);
  } catch (error) {
    return problemsCheck('risk.limits', threshold, [reasonOf(error)]);
  }
}

function runtimeCheck(run: RunManifest, evidence: DeploymentEvidence, config: G4Config): GateCheck {
  const now = evidence.env;
  const keys = ['runtime', 'v8', 'arch'] as const;
  const differs = keys.filter((key) => run.env[key] !== now[key]);
  return conditionCheck('runtime.same', {
    holds: differs.length === 0,
    observed: `${now.runtime} v8 ${now.v8} ${now.arch}`,
    threshold: `${run.env.runtime} v8 ${run.env.v8} ${run.env.arch}`,
    detail: differs.length === 0 ? '' : `Differs in ${differs.join(', ')}.`,
    otherwise: config.runtimeDiffers,
  });
}

/** Checks on what would be deployed, against what ran. */
export const deployChecks = (
  run: RunManifest,
  evidence: DeploymentEvidence,
  config: G4Config,
): GateCheck[] => [
  ...codeChecks(run, evidence, config),
  ...configChecks(run, evidence),
  riskCheck(run, config),
  runtimeCheck(run, evidence, config),
];
