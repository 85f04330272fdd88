/** The page on reading a log with other tools: its commands run, and print what it says. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { capture, FIXTURE, MAIN, ROOT, scratch } from './lib/command.js';
import { runStep, stepsOf } from './lib/page.js';

const dir = scratch('read-the-log');
const page = readFileSync(join(ROOT, 'docs/read-the-log.md'), 'utf8');
const steps = stepsOf(page);
const hasJq = spawnSync('jq', ['--version']).status === 0;
if (!hasJq)
  console.warn('SKIPPED: jq is missing; the commands of docs/read-the-log.md that use it');

describe('docs/read-the-log.md', { timeout: 300_000 }, () => {
  test('each command and query prints what the page states', async () => {
    const SESSION = join(dir, 'session');
    expect(capture(FIXTURE, SESSION).code).toBe(0);
    const bin = join(dir, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'quantlaxmi'), `#!/bin/sh\nexec ${process.execPath} ${MAIN} "$@"\n`);
    chmodSync(join(bin, 'quantlaxmi'), 0o755);
    expect(steps.length).toBeGreaterThan(6);
    for (const step of steps) {
      if (!hasJq && step.code.includes('jq ')) continue;
      const printed = await runStep(step, { SESSION, OUT: join(dir, 'out') }, bin);
      if (step.stated !== null) expect(printed, step.code).toBe(step.stated);
      // Control: with one figure changed the comparison would have failed.
      if (step.stated !== null) expect(printed).not.toBe(step.stated.replace(/\d|holds/, 'x'));
    }
  });
});
