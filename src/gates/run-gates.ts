/**
 * Running gates. A gate that throws has failed; the others still run.
 * @module
 */
import { escapeControl, isQuantlaxmiError, QuantlaxmiError } from '../core/index.js';
import type { GateVerdict } from '../manifest/index.js';
import type { Gate, GateEvidence } from './gate.js';
import {
  DETAIL_CHARS_MAX,
  GATE_REPORT_FORMAT,
  type GateCheck,
  type GateReport,
  verdictOf,
} from './report.js';

const VALUE_CHARS_MAX = 1024;

function cleanText(text: string, limit: number): string {
  const shown = escapeControl(text);
  return shown.length <= limit ? shown : `${shown.slice(0, limit - 1)}…`;
}

const cleanValue = (value: number | string): number | string =>
  typeof value === 'number' ? value : cleanText(value, VALUE_CHARS_MAX);

/** Text from the evidence must not carry control characters into reports and terminals. */
const clean = (check: GateCheck): GateCheck => ({
  id: check.id,
  observed: cleanValue(check.observed),
  threshold: cleanValue(check.threshold),
  verdict: check.verdict,
  detail: cleanText(check.detail, DETAIL_CHARS_MAX),
});

function failure(error: unknown): GateCheck {
  const code = isQuantlaxmiError(error) ? error.code : 'error';
  return {
    id: 'gate.error',
    observed: code,
    threshold: 'the evidence can be read to its end',
    verdict: 'fail',
    detail: error instanceof Error ? error.message : String(error),
  };
}

async function runGate(gate: Gate, evidence: GateEvidence): Promise<GateReport> {
  let checks: readonly GateCheck[];
  try {
    checks = (await gate.evaluate(evidence)).map(clean);
  } catch (error) {
    checks = [clean(failure(error))];
  }
  const { id, name, version, config } = gate;
  return { fmt: GATE_REPORT_FORMAT, id, name, version, verdict: verdictOf(checks), config, checks };
}

/**
 * Runs the gates one after another over the same evidence.
 *
 * @param gates - gates with distinct ids
 * @param evidence - what they are shown
 * @returns one report per gate, in their order
 * @throws QL_GATE_REGISTRY when two gates share an id
 *
 * @example
 * ```ts
 * import { g1Defaults, g1ReplayParity, g2AntiOverfit, runGates } from 'quantlaxmi/gates';
 * const reports = await runGates([g1ReplayParity(g1Defaults), g2AntiOverfit()], {});
 * reports.map((report) => report.verdict); // => ['skip', 'notApplicable']
 * ```
 */
export async function runGates(
  gates: readonly Gate[],
  evidence: GateEvidence,
): Promise<readonly GateReport[]> {
  assertDistinct(gates);
  const reports: GateReport[] = [];
  for (const gate of gates) reports.push(await runGate(gate, evidence));
  return reports;
}

/** Refuses two gates of one id: their reports would overwrite each other. */
export function assertDistinct(gates: readonly Gate[]): void {
  const seen = new Set<string>();
  for (const { id } of gates) {
    if (seen.has(id)) {
      throw new QuantlaxmiError(
        'QL_GATE_REGISTRY',
        `gate "${id}" is given twice; expected each id once; remove one or rename it`,
        { context: { gate: id } },
      );
    }
    seen.add(id);
  }
}

const HOLDS: readonly GateVerdict[] = ['pass', 'warn', 'notApplicable'];

/**
 * Whether all reports hold: each verdict is pass, warn or notApplicable. A skipped gate does not
 * hold, since nobody looked; no report at all does not hold either.
 *
 * @param reports - reports of {@link runGates}
 */
export const gatesHold = (reports: readonly GateReport[]): boolean =>
  reports.length > 0 && reports.every((report) => HOLDS.includes(report.verdict));
