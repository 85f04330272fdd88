import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratch } from '../acceptance/lib/command.js';
import { killCapture } from '../acceptance/lib/kill-capture.js';

const dir = scratch('kill-long');
const ROUNDS = 200;

test('200 rounds of kill -9 during capture: every acknowledged event is there', async () => {
  let acknowledged = 0;
  let killed = 0;
  for (let i = 0; i < ROUNDS; i++) {
    const round = await killCapture(dir, 1000 + i);
    expect(round.recovered).toBeGreaterThanOrEqual(round.acknowledged);
    expect(round.problems).toEqual([]);
    acknowledged += round.acknowledged;
    if (!round.finished) killed += 1;
    rmSync(join(dir, `kill-${1000 + i}`), { recursive: true, force: true });
  }
  console.log(`kill -9: ${ROUNDS} rounds, ${killed} killed, ${acknowledged} acknowledged, 0 lost`);
  expect(killed).toBeGreaterThan(ROUNDS / 2);
}, 3_600_000);
