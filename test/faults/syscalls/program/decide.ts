/** Decides over a recorded session, or replays what was decided: `T <json>`. */
import { writeSync } from 'node:fs';
import { createRun, nodeSha256, openRun, openSession } from '../../../../src/node/index.js';
import { replay } from '../../../../src/replay/index.js';
import { maxPosition, riskPolicy } from '../../../../src/risk/index.js';
import { constantLatency, makerTakerFees, simVenue } from '../../../../src/sim/index.js';
import { createRunner, defineStrategy, marketOrder } from '../../../../src/strategy/index.js';
import { type Decided, type DecideSpec, INST } from './clocked-spec.js';

const spec = JSON.parse(process.argv[2] ?? '{}') as DecideSpec;
const ORDER_EVERY = 5;

/** Buys and sells in turn, and sells more after half an hour between two quotes. */
const strategy = defineStrategy<{ readonly n: number; readonly sinceUs: number }, null>({
  id: 'in-turn',
  version: '1.0.0',
  parseConfig: () => null,
  init: () => ({ n: 0, sinceUs: 0 }),
  onEvent: (state, event, ctx) => {
    if (event.t !== 'Quote') return null;
    const n = state.n + 1;
    const next = { n, sinceUs: ctx.nowUs };
    const waited = ctx.nowUs - state.sinceUs > 1_800_000_000;
    if (n % ORDER_EVERY !== 0 && !waited) return { state: next };
    const turned = spec.turnsAtMs !== undefined && Date.now() >= spec.turnsAtMs;
    const buys = (Math.trunc(n / ORDER_EVERY) % 2 === 1) !== turned;
    const qty = waited ? 7 : 5;
    const order = marketOrder({ inst: INST, intentId: `i${n}`, qty, side: buys ? 'buy' : 'sell' });
    return { state: next, intents: [order] };
  },
});

async function decide(): Promise<Decided> {
  const session = await openSession(spec.session);
  const run = await createRun(spec.run, {
    ...{ session, strategy, config: {}, seed: 1n, policy: { kind: 'os' } },
    risk: riskPolicy({ checks: [maxPosition({ qtyMax: { [INST]: '1' } })] }),
  });
  const venue = simVenue({
    latency: constantLatency({ entryUs: 1_500, responseUs: 1_000 }),
    fees: makerTakerFees({ makerPpm: 200, takerPpm: 500, feeExponent: -8 }),
  });
  const runner = createRunner({ ...run.step, venue, log: run.wal, hasher: nodeSha256 });
  for await (const batch of run.inputs()) await runner.push(batch);
  const { decisions } = await run.seal(await runner.finish());
  return { traceHash: decisions.traceHash, decisions: decisions.count, equal: true };
}

async function again(): Promise<Decided> {
  const run = await openRun(spec.run, { session: await openSession(spec.session) });
  const { traceHash, decisions, equal } = await replay(run, { strategy, hasher: nodeSha256 });
  return { traceHash: traceHash.replayed, decisions, equal };
}

writeSync(1, `T ${JSON.stringify(await (spec.replay ? again() : decide()))}\n`);
