import { loadavg } from 'node:os';
import { expect, test } from 'vitest';
import { exploreCrashes } from '../testing/crash/explore.js';

test('WAL-3: 200,000 crash states by seed', async () => {
  const seed = Number(process.env['SEED'] ?? 1);
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const seen = await exploreCrashes({ seed, states: 200_000 });
  const seconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  const perSecond = Math.round(seen.states / seconds);
  const perCpuSecond = Math.round((seen.states * 1e6) / (used.user + used.system));
  const load = loadavg()[0]?.toFixed(1);
  console.log(`${perSecond} states/s, ${perCpuSecond} per CPU second, load ${load}`, {
    ...seen,
    violations: seen.violations.length,
  });
  expect(seen.violations).toEqual([]);
});
