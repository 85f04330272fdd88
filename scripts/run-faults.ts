/**
 * `npm run test:faults [-- ROW…] [--slice] [--seed N]`: runs the fault matrix, or the rows named,
 * against this tree and writes `docs/fault-matrix.md` from what it saw. `--slice` runs the short
 * form and writes nothing; `--render` runs nothing and writes the page anew. Exit 1 when a row
 * does not hold.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import { FAULT_CASES } from '../test/faults/cases.js';
import { reasonsAgainst } from '../test/faults/lib/judge.js';
import { missing } from '../test/faults/lib/needs.js';
import { runCase } from '../test/faults/lib/run-case.js';
import { type MatrixData, renderMatrix } from '../test/faults/lib/table.js';

const DATA = 'docs/fault-matrix.data.json';
const PAGE = 'docs/fault-matrix.md';

const git = (...args: readonly string[]): string =>
  execFileSync('git', args, { encoding: 'utf8' }).trim();

const commit = `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain') ? '+' : ''}`;
const cores = availableParallelism();
const cpu = cpus()[0]?.model ?? 'unknown processor';
const machine = `Linux ${release()}, ${cores} cores of ${cpu}, Node ${process.version}`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    render: { type: 'boolean', default: false },
    slice: { type: 'boolean', default: false },
    seed: { type: 'string', default: '20240808' },
  },
});
const scale = values.slice ? 'slice' : 'full';
const seed = Number(values.seed);
const unknown = positionals.filter((id) => !FAULT_CASES.some((fault) => fault.id === id));
if (unknown.length > 0 || !Number.isSafeInteger(seed)) {
  console.error(`unknown rows: ${unknown.join(' ')}; --seed is an integer`);
  process.exit(2);
}

/** Adds a row to what is there, which another run may have written since. */
function record(rows: MatrixData): void {
  const held = existsSync(DATA) ? (JSON.parse(readFileSync(DATA, 'utf8')) as MatrixData) : {};
  const data = { ...held, ...rows };
  const sorted = Object.fromEntries(Object.entries(data).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(DATA, `${JSON.stringify(sorted, null, 1)}\n`);
  writeFileSync(PAGE, renderMatrix(FAULT_CASES, sorted));
}

if (values.render) record({});
const chosen = values.render
  ? []
  : FAULT_CASES.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
let against = 0;
for (const fault of chosen) {
  const lacking = missing(fault.needs);
  const skipped = lacking.length === 0 ? null : `needs ${lacking.join(', ')}`;
  const start = performance.now();
  const say = (line: string): void => console.log(`     ${line}`);
  console.log(`${fault.id} ${fault.title}${skipped === null ? '' : `  SKIP: ${skipped}`}`);
  const outcome = skipped === null ? await runCase(fault, { scale, seed, say }) : null;
  const seconds = Math.round((performance.now() - start) / 100) / 10;
  const reasons = outcome === null ? [] : reasonsAgainst(fault, outcome, scale);
  against += reasons.length;
  for (const reason of reasons) console.error(`FAIL ${reason}`);
  if (outcome !== null && reasons.length === 0) {
    console.log(`  ok ${outcome.injected} injected, ${outcome.figures} (${seconds} s)`);
  }
  if (scale === 'slice') continue;
  record({ [fault.id]: { outcome, skipped, seed, seconds, commit, machine } });
}
process.exitCode = against === 0 ? 0 : 1;
