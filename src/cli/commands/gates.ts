/**
 * `quantlaxmi gates`: runs gates, writes and binds their reports.
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { gateSummary, junitXml } from '../../gates/index.js';
import { gateRun, type GateRunResult, readGateThresholds } from '../../node/index.js';
import type { CommonOptions, Outcome } from '../outcome.js';

/** Options of `gates`. */
export interface GatesOptions extends CommonOptions {
  readonly only?: string;
  readonly config?: string;
  readonly junit?: string;
  readonly session?: string;
}

/** One run's reports with the checksums that its manifest binds. */
export const gatesDocument = ({ run, ok, reports, bindings }: GateRunResult) => ({
  runId: run.id,
  ok,
  gates: reports.map(({ id, version, verdict, checks }) => ({
    id,
    version,
    verdict,
    checks,
    reportSha256: bindings.find((binding) => binding.gateId === id)?.reportSha256 ?? null,
  })),
});

/** Exit 1 when a gate of any run does not hold. */
export const gatesCommand = async (
  dirs: readonly string[],
  options: GatesOptions,
): Promise<Outcome> => {
  const thresholds = options.config === undefined ? {} : await readGateThresholds(options.config);
  const results: GateRunResult[] = [];
  for (const dir of dirs) {
    const result = await gateRun(dir, {
      thresholds,
      ...(options.only === undefined ? {} : { only: options.only.split(',') }),
      ...(options.session === undefined ? {} : { session: options.session }),
    });
    results.push(result);
  }
  if (options.junit !== undefined) {
    await writeFile(options.junit, junitXml(results.flatMap((result) => result.reports)));
  }
  const ok = results.every((result) => result.ok);
  const documents = results.map(gatesDocument);
  return {
    exitCode: ok ? 0 : 1,
    document: documents.length === 1 ? (documents[0] as object) : { ok, runs: documents },
    text: results
      .map((result) => `${result.run.id}\n${gateSummary(result.reports, { verbose: false })}`)
      .join('\n')
      .trimEnd(),
  };
};
