import { describe, expect, test } from 'vitest';
import { scratch } from './lib/command.js';
import { type KillRound, killCapture } from './lib/kill-capture.js';

const dir = scratch('kill');

/** Rounds in which an acknowledged event was not there after reopening. */
const lost = (rounds: readonly KillRound[]): readonly KillRound[] =>
  rounds.filter((one) => one.recovered < one.acknowledged || one.problems.length > 0);

describe('kill -9 during capture', { timeout: 300_000 }, () => {
  test('every acknowledged event is there after reopening', async () => {
    const rounds: KillRound[] = [];
    for (let i = 0; i < 6; i++) rounds.push(await killCapture(dir, i));
    expect(lost(rounds)).toEqual([]);
    const killed = rounds.filter((one) => !one.finished);
    expect(killed.length).toBeGreaterThan(0);
    expect(killed.some((one) => one.acknowledged > 0)).toBe(true);
  });

  test('control: a log shorter than what was acknowledged is reported', () => {
    const round = { acknowledged: 10, recovered: 9, finished: false, problems: [] };
    expect(lost([round])).toEqual([round]);
  });
});
