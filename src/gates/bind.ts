/**
 * Binding reports to a run: each report's path and the checksum of its bytes.
 * @module
 */
import { assertSafePath, sha256Hex } from '../core/index.js';
import type { GateBinding } from '../manifest/index.js';
import { type GateReport, gateReportBytes } from './report.js';

/** Files to write, and what the run manifest is to say about them. */
export interface BoundReports {
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[];
  /** For `bindGates` of the manifest room. */
  readonly gates: readonly GateBinding[];
}

/**
 * Lays out the report files and the entries that bind them into a run manifest. The file name
 * holds the start of the report's checksum, so that a later report never overwrites an earlier one.
 *
 * @param reports - gate reports
 * @param options - `dir`: folder of the reports, relative to the run's folder
 * @returns files and manifest entries, in the order of the reports
 * @throws QL_PATH_UNSAFE when `dir` leaves the run's folder
 *
 * @example
 * ```ts
 * import { bindGateReports, g3Robustness, runGates } from 'quantlaxmi/gates';
 * const bound = bindGateReports(await runGates([g3Robustness()], {}), { dir: 'gates' });
 * bound.gates[0]?.verdict; // => 'notApplicable'
 * ```
 */
export function bindGateReports(
  reports: readonly GateReport[],
  options: { readonly dir: string },
): BoundReports {
  const files: { path: string; bytes: Uint8Array }[] = [];
  const gates: GateBinding[] = [];
  for (const report of reports) {
    const bytes = gateReportBytes(report);
    const sha256 = sha256Hex(bytes);
    const path = `${options.dir}/${report.id}-${sha256.slice(0, 16)}.json`;
    assertSafePath(path);
    files.push({ path, bytes });
    gates.push({
      gateId: report.id,
      version: report.version,
      verdict: report.verdict,
      reportPath: path,
      reportSha256: sha256,
    });
  }
  return { files, gates };
}
