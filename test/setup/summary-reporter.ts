import { setTimeout } from 'node:timers/promises';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/**
 * Prints `N passed, N failed` (and `, N skipped` when any) as the last line of a run.
 * A file that failed to load and an error outside any test each count as one failure.
 */
export default class SummaryReporter implements Reporter {
  async onTestRunEnd(
    modules: readonly TestModule[],
    errors: readonly SerializedError[],
  ): Promise<void> {
    let passed = 0;
    let failed = errors.length;
    let skipped = 0;
    for (const module of modules) {
      let inModule = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        else if (state === 'failed') inModule += 1;
        else skipped += 1;
      }
      if (inModule === 0 && module.state() === 'failed') inModule = 1;
      failed += inModule;
    }
    // The other reporters print in the same hook: let them finish first.
    await setTimeout(50);
    const tail = skipped > 0 ? `, ${skipped} skipped` : '';
    process.stdout.write(`\n${passed} passed, ${failed} failed${tail}\n`);
  }
}
