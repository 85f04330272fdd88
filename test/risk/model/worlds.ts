/** Many random lives, and the policies they are lived under. */
import { parseRiskPolicy, type RiskPolicy } from 'quantlaxmi/risk';
import { fullPolicySpec } from '../full-policy.data.js';
import { BTC } from '../known-view.js';
import { type Counts, World, type WorldOptions } from './world.js';

const LIMIT = 100n;

/** 7.5 USDT in 1/10,000: below the position limit of 0.1 at any price of the model. */
const GROSS_LIMIT = 75_000n;

/** The full policy with a gross exposure that binds, and some of its checks left out. */
export const policyOf = (without: readonly string[] = []): RiskPolicy => {
  const spec = fullPolicySpec({
    inst: BTC,
    venue: 'SIM',
    settle: 'USDT',
    qtyMax: '0.100',
    without,
  });
  const checks = spec.checks.map((one) =>
    one['check'] === 'maxExposure' && one['scope'] === 'account'
      ? { ...one, limits: { '*': { grossMax: '7.5', netMax: '7.5' } } }
      : one,
  );
  return parseRiskPolicy({ ...spec, checks, ladder: { ...spec.ladder, coolDownUs: 100_000 } });
};

/** Lives through `worlds` seeds of `commands` each; the message names the seed. */
export function runWorlds(
  options: {
    readonly worlds?: number;
    readonly commands?: number;
    readonly firstSeed?: number;
    readonly replayed?: boolean;
  } & Partial<Pick<WorldOptions, 'bend' | 'grossLimit' | 'policy' | 'wrap'>>,
): Counts {
  const { commands = 400, firstSeed = 1, replayed = false, worlds = 1, ...part } = options;
  const policy = part.policy ?? policyOf();
  const sum: Counts = { commands: 0, placed: 0, denied: 0, amends: 0, fills: 0, halts: 0 };
  for (let seed = firstSeed; seed < firstSeed + worlds; seed += 1) {
    const world = new World({ limit: LIMIT, grossLimit: GROSS_LIMIT, ...part, policy, seed });
    try {
      world.run(commands);
      if (replayed) world.again();
    } catch (error) {
      const at = `seed ${seed}, command ${world.counts.commands}`;
      throw new Error(`${at}: ${(error as Error).message}`, { cause: error });
    }
    for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += world.counts[key];
  }
  return sum;
}
