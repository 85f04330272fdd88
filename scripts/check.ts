/**
 * `npm run check`: everything that must hold besides the tests, two steps at a time. Starts no new
 * step after a problem; `--keep-going` runs all; names of steps as arguments run only these.
 */
import { checkExamples } from './check/examples.js';
import { checkErrorDocs } from './check/error-docs.js';
import { checkFences } from './check/fences.js';
import { checkLinks } from './check/links.js';
import { checkPackage } from './check/package.js';
import { checkSizes } from './check/sizes.js';
import { CheckFailed, tool } from './lib/run.js';

interface Step {
  readonly name: string;
  /** Returns one line on what was looked at. */
  readonly run: () => Promise<string>;
}

const quiet =
  (said: string, name: string, ...args: readonly string[]) =>
  async (): Promise<string> => {
    await tool(name, ...args);
    return said;
  };

const build = async (): Promise<string> => {
  await tool('tsup');
  await tool('tsx', 'scripts/prune-dist.ts');
  await tool('tsc', '-p', 'tsconfig.build.json');
  return 'JavaScript and declarations in dist';
};

/** Needs only the sources. */
const SOURCE_STEPS: readonly Step[] = [
  { name: 'build', run: build },
  { name: 'typecheck', run: quiet('sources, tests and scripts', 'tsc', '-p', 'tsconfig.json') },
  { name: 'pure', run: quiet('pure rooms without host types', 'tsc', '-p', 'tsconfig.pure.json') },
  { name: 'format', run: quiet('formatted as biome does', 'biome', 'format', '.') },
  { name: 'biome', run: quiet('biome lint is clean', 'biome', 'lint', '--error-on-warnings', '.') },
  { name: 'eslint', run: quiet('eslint is clean', 'eslint', '--max-warnings', '0', '.') },
  { name: 'knip', run: quiet('no unused file, export or dependency', 'knip') },
  { name: 'errors', run: checkErrorDocs },
  { name: 'links', run: checkLinks },
];

/** Needs the build. */
const BUILD_STEPS: readonly Step[] = [
  { name: 'sizes', run: checkSizes },
  { name: 'fences', run: checkFences },
  { name: 'examples', run: checkExamples },
  { name: 'typedoc', run: quiet('reference built without a warning', 'typedoc') },
  { name: 'package', run: checkPackage },
];

const runStep = async (step: Step): Promise<boolean> => {
  const start = performance.now();
  const took = (): string => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  try {
    const said = await step.run();
    console.log(`ok      ${step.name.padEnd(10)} ${said} (${took()})`);
    return true;
  } catch (error) {
    const text = error instanceof CheckFailed ? error.message : String((error as Error).stack);
    console.log(`FAILED  ${step.name} (${took()})\n${text}\n`);
    return false;
  }
};

const STEPS = [...SOURCE_STEPS, ...BUILD_STEPS];
const args = process.argv.slice(2);
const names = args.filter((arg) => !arg.startsWith('--'));
const unknown = names.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`no step ${unknown.join(', ')}; steps: ${STEPS.map((s) => s.name).join(', ')}`);
  process.exit(2);
}
const failed: string[] = [];
const keepGoing = args.includes('--keep-going');

/** Runs the chosen of some steps, two at a time; returns how many there were. */
const runAll = async (steps: readonly Step[]): Promise<number> => {
  const chosen = steps.filter((step) => names.length === 0 || names.includes(step.name));
  const waiting = [...chosen];
  const lane = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      if (failed.length > 0 && !keepGoing) return;
      if (!(await runStep(step))) failed.push(step.name);
    }
  };
  await Promise.all([lane(), lane()]);
  return chosen.length;
};

const count = (await runAll(SOURCE_STEPS)) + (await runAll(BUILD_STEPS));
const verdict = failed.length === 0 ? `all ${count} steps hold` : `${failed.join(', ')} failed`;
console.log(`check: ${verdict}`);
process.exitCode = failed.length === 0 ? 0 : 1;
