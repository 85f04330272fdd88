/** A named piece of work: does `count` operations and returns something that depends on them. */
export interface Candidate {
  readonly name: string;
  readonly run: () => unknown;
  /** Operations (or bytes) in one run. */
  readonly count: number;
}

/** What came out of {@link measure}. */
export interface Measured {
  readonly name: string;
  readonly nsPerOp: number;
}

let sink: unknown;

function cpuNs(work: () => unknown): number {
  const before = process.cpuUsage();
  sink = work();
  const used = process.cpuUsage(before);
  return (used.user + used.system) * 1000;
}

/**
 * Median process CPU time per operation. Rounds of all candidates are interleaved, so that a slow
 * spell of the machine hits each of them.
 */
export function measure(candidates: readonly Candidate[], rounds = 9): Measured[] {
  const samples = candidates.map((): number[] => []);
  for (let warm = 0; warm < 3; warm += 1)
    for (const candidate of candidates) sink = candidate.run();
  for (let round = 0; round < rounds; round += 1) {
    candidates.forEach((candidate, i) => {
      samples[i]?.push(cpuNs(candidate.run) / candidate.count);
    });
  }
  return candidates.map(({ name }, i) => {
    const sorted = (samples[i] as number[]).sort((a, b) => a - b);
    return { name, nsPerOp: sorted[sorted.length >> 1] as number };
  });
}

/** Prints a table whose last column is each candidate's time over that of the first. */
export function report(title: string, measured: readonly Measured[], unit = 'ns/op'): void {
  const base = (measured[0] as Measured).nsPerOp;
  console.log(`\n${title}`);
  for (const { name, nsPerOp } of measured) {
    const shown = unit === 'MB/s' ? (1000 / nsPerOp).toFixed(0) : nsPerOp.toFixed(1);
    const ratio = `${(nsPerOp / base).toFixed(2)}x`;
    console.log(`  ${name.padEnd(44)} ${shown.padStart(9)} ${unit} ${ratio.padStart(9)}`);
  }
}

/** Keeps results alive, so that no engine drops the work. */
export function lastResult(): unknown {
  return sink;
}
