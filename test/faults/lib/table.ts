/** `docs/fault-matrix.md`, from the figures of the runs. */
import type { FaultCase, FaultOutcome } from './case.js';

/** The last full run of a row. */
export interface MatrixEntry {
  readonly outcome: FaultOutcome | null;
  /** Why it was not run here; null when it was. */
  readonly skipped: string | null;
  readonly seed: number;
  readonly seconds: number;
  /** Commit the run was made at; `+` behind it when the tree had changes. */
  readonly commit: string;
  readonly machine: string;
}

export type MatrixData = Readonly<Record<string, MatrixEntry>>;

const grouped = (n: number): string => n.toLocaleString('en-US');

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const codesOf = (codes: Readonly<Record<string, number>>): string =>
  Object.entries(codes)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, n]) => `\`${code}\` ${grouped(n)}`)
    .join(', ');

function row(fault: FaultCase, entry: MatrixEntry | undefined): string {
  const start = `| ${fault.id} | ${cell(fault.title)} | ${cell(fault.method)} `;
  if (entry === undefined) return `${start}| not run | | | | | |`;
  const { outcome, skipped } = entry;
  if (outcome === null) return `${start}| SKIPPED: ${cell(skipped ?? '')} | | | | | |`;
  const { injected, acknowledged, lost, undetected, misclassified, controls } = outcome;
  const held = outcome.failures.length === 0 && lost + undetected + misclassified === 0;
  const caught = controls
    .map(({ name, caught: is, detail }) => `${is ? 'caught' : 'NOT CAUGHT'}: ${name} (${detail})`)
    .join('; ');
  return [
    `${start}| ${grouped(injected)}`,
    acknowledged === 0 ? '–' : grouped(acknowledged),
    `${lost} / ${undetected} / ${misclassified}${held ? '' : ' **DOES NOT HOLD**'}`,
    codesOf(outcome.codes),
    cell(caught) || '–',
    `${cell(outcome.figures)} |`,
  ].join(' | ');
}

/** The whole page. */
export function renderMatrix(cases: readonly FaultCase[], data: MatrixData): string {
  const entries = cases.map(({ id }) => data[id]);
  const machines = [...new Set(entries.map((e) => e?.machine).filter((m) => m !== undefined))];
  return `# The fault matrix

Written by \`npm run test:faults\`; do not edit. Each row is a fault made for real against this log,
and what came of it. *Lost* are records acknowledged as durable and not there afterwards, *undetected*
is damage nothing noticed, *misclassified* is damage reported as the wrong kind. A control is a log
made wrong on purpose, which the same row must catch. Where a row is skipped, the reason stands in it.

Machines: ${machines.join('; ') || 'none yet'}.

| row | fault | how it is made | injected | acknowledged | lost / undetected / misclassified | seen | controls | figures |
|---|---|---|---|---|---|---|---|---|
${cases.map((fault) => row(fault, data[fault.id])).join('\n')}

## What must hold

${cases.map(({ id, expected }) => `- **${id}** ${expected}`).join('\n')}

## When

| row | seed | seconds | commit |
|---|---|---|---|
${cases
  .map(({ id }) => {
    const entry = data[id];
    if (entry === undefined) return `| ${id} | | | not run |`;
    return `| ${id} | ${entry.seed} | ${entry.seconds} | ${entry.commit} |`;
  })
  .join('\n')}
`;
}
