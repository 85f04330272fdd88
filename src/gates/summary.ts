/**
 * Gate reports as plain text for people.
 * @module
 */
import type { GateReport } from './report.js';

/**
 * One line per gate, and one per check that did not pass (all with `verbose`).
 *
 * @param reports - gate reports
 * @param options - `verbose`: show passed checks too
 * @returns lines of text, LF-terminated
 *
 * @example
 * ```ts
 * import { g3Robustness, gateSummary, runGates } from 'quantlaxmi/gates';
 * const text = gateSummary(await runGates([g3Robustness()], {}), { verbose: false });
 * text.split('\n')[0]; // => 'G3 Robustness 0.0.0: notApplicable (1 checks: 1 notApplicable)'
 * ```
 */
export function gateSummary(
  reports: readonly GateReport[],
  options: { readonly verbose: boolean },
): string {
  const lines: string[] = [];
  for (const report of reports) {
    const counts = new Map<string, number>();
    for (const { verdict } of report.checks) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    const tally = [...counts].map(([verdict, n]) => `${n} ${verdict}`).join(', ');
    lines.push(
      `${report.id} ${report.name} ${report.version}: ${report.verdict} (${report.checks.length} checks: ${tally})`,
    );
    for (const check of report.checks) {
      if (check.verdict === 'pass' && !options.verbose) continue;
      lines.push(
        `  ${check.verdict.padEnd(5)} ${check.id}: observed ${check.observed}, allowed ${check.threshold}` +
          (check.detail === '' ? '' : `. ${check.detail}`),
      );
    }
  }
  return `${lines.join('\n')}\n`;
}
