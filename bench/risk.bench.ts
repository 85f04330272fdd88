/**
 * One intent through a policy in which every check of the registry stands, against writing the
 * resulting record as JSON, and against a policy of one check.
 *
 *     npx tsx bench/risk.bench.ts
 *
 * Prints the median of process CPU time per intent over the rounds and its ratio to the baseline of
 * the same process; then the same with own orders working, and the line through those medians; and
 * one look at a ladder of ten triggers.
 * @module
 */
import {
  evaluateIntent,
  observeLadder,
  parseRiskPolicy,
  type RiskPolicy,
} from '../src/risk/index.js';
import type { LadderSpec, RiskView, WorkingOrder } from '../src/risk/index.js';
import { sanitizeIntent, UNKNOWN_VIEW } from '../src/risk/index.js';
import { testInstrument } from '../src/testing/index.js';
import { fullLadder, fullPolicySpec } from '../test/risk/full-policy.data.js';

const COUNTS = [0, 10, 100, 1_000];
const ROUNDS = 41;
const PER_ROUND = 400;
const inst = testInstrument().instrumentId;
const NOW_US = 1_732_320_000_000_000;
const money = (num: bigint) => ({ num, den: 1n });
const spec = fullPolicySpec({ inst, venue: 'SIM', settle: 'USDT', qtyMax: '100' });

/** Resting buys, one lot each, away from the touch. */
function workingOrders(count: number): readonly WorkingOrder[] {
  return Array.from({ length: count }, (_, i) => ({
    clientOrderId: `c-${i}`,
    filled: 0,
    inst,
    intentId: `i-${i}`,
    orderId: `o-${i}`,
    price: 900 - (i % 50),
    reduceOnly: false,
    remaining: 1,
    side: 'buy',
    state: 'acked',
  }));
}

function viewOf(count: number): RiskView {
  const instrument = testInstrument();
  const orders = workingOrders(count);
  const working = { buyQty: count, sellQty: 0 };
  const touch = { ask: 1_001, askQty: 500, bid: 1_000, bidQty: 500, rx: NOW_US };
  const mark = { price: 1_000, rx: NOW_US, source: 'mid' } as const;
  const equity = {
    currency: 'USDT',
    equity: money(1_000_000n),
    dayStart: money(1_000_000n),
    peak: money(1_000_000n),
    oldestRx: NOW_US,
    lossesInRow: 0,
  };
  const words = { liquidity: 'deep', profile: '', trend: 'flat', volatility: 'low' };
  const regime = { cause: 1, inst, sinceSeq: 1, ...words };
  return {
    ...UNKNOWN_VIEW,
    nowUs: NOW_US,
    killSwitch: 'released',
    strategyId: 's',
    account: 'A',
    log: 'ok',
    reconcile: 'done',
    clockErrorUs: 10,
    report: { account: 'A', balances: [], cause: 0, margin: {}, positions: [] },
    instrument: () => instrument,
    touch: () => touch,
    bookState: () => 'synced',
    sweepPrice: () => 1_001,
    position: () => 5,
    working: () => working,
    workingOrders: () => orders,
    openOrderCount: () => orders.length,
    held: () => [inst],
    mark: () => mark,
    lastTrade: () => mark,
    range: () => ({ high: 1_001, low: 1_000, sinceUs: NOW_US - 10_000_000 }),
    displayedQty: () => 500,
    cash: () => money(1_000_000n),
    rate: (from, to) => (from === to ? { value: money(1n), rx: null } : null),
    equity: () => equity,
    dayPnl: () => money(0n),
    toxicityPpm: () => 100,
    regime: () => regime,
  };
}

/** Prices and quantities differ, so that no answer can be one that is remembered. */
const raws = Array.from({ length: 97 }, (_, i) => ({
  action: 'place',
  inst,
  intentId: 'new',
  price: 1_000 - i,
  qty: 1 + ((i * 7) % 40),
  reduceOnly: false,
  side: i % 2 === 0 ? 'buy' : 'sell',
  tif: 'gtc',
  type: 'limit',
}));
let turn = 0;
const ids = { clientOrderId: 'c', decisionId: 'd', orderId: 'o', riskDecisionId: 'r' };
let sink = 0;

function decide(policy: RiskPolicy, view: RiskView) {
  turn = (turn + 1) % raws.length;
  const { intent, problem } = sanitizeIntent(raws[turn]);
  const { clientOrderId, decisionId, orderId, riskDecisionId } = ids;
  const order = { intent, problem, decisionId, riskDecisionId, orderId, clientOrderId };
  const decision = evaluateIntent(policy, order, view);
  sink += decision.checks.length;
  return decision;
}

function microseconds(run: () => unknown): number {
  const from = process.cpuUsage();
  for (let i = 0; i < PER_ROUND; i += 1) run();
  const { system, user } = process.cpuUsage(from);
  return (user + system) / PER_ROUND;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Medians of several things, their rounds interleaved so that noise meets all alike. */
function medians(runs: readonly (() => unknown)[]): number[] {
  const times = runs.map((): number[] => []);
  for (const run of runs) microseconds(run);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [i, run] of runs.entries()) times[i]?.push(microseconds(run));
  }
  return times.map(median);
}

const full = parseRiskPolicy(spec);
const least = parseRiskPolicy({
  fmt: spec.fmt,
  checks: [{ check: 'quoteAge', ageMaxUs: 60_000_000 }],
});
const calm = viewOf(0);
const views = COUNTS.map(viewOf);
let first = decide(full, calm);
for (const view of views) {
  for (const { intentId } of raws) {
    first = decide(full, view);
    if (first.verdict === 'allow') continue;
    const against = first.checks.filter(({ ok }) => !ok);
    throw new Error(`${intentId}: is to pass, but found ${JSON.stringify(against)}`);
  }
}
const record = JSON.stringify(first.checks);

function print(name: string, us: number, baseline: number): void {
  const ratio = (us / baseline).toFixed(2);
  console.log(`${name.padEnd(52)} ${us.toFixed(2).padStart(8)} µs ${ratio.padStart(7)} × baseline`);
}

const [written = 0, basic = 0, all = 0] = medians([
  () => (sink += JSON.stringify(first.checks).length),
  () => decide(least, calm),
  () => decide(full, calm),
]);
print(
  `JSON.stringify of its ${first.checks.length} checks, ${record.length} B (baseline)`,
  written,
  written,
);
print(`evaluateIntent, built-in checks and one more`, basic, written);
print(`evaluateIntent, all ${full.checks.length} checks and the built-in ones`, all, written);

const byCount = medians(views.map((view) => () => decide(full, view)));
for (const [i, us] of byCount.entries())
  print(`all checks, ${COUNTS[i]} working orders`, us, written);

/** Least squares over the medians. */
const meanN = COUNTS.reduce((sum, n) => sum + n, 0) / COUNTS.length;
const meanUs = byCount.reduce((sum, us) => sum + us, 0) / byCount.length;
let up = 0;
let down = 0;
for (const [i, us] of byCount.entries()) {
  const n = (COUNTS[i] ?? 0) - meanN;
  up += n * (us - meanUs);
  down += n * n;
}
const slope = up / down;
let residual = 0;
let total = 0;
for (const [i, us] of byCount.entries()) {
  residual += (us - (meanUs + slope * ((COUNTS[i] ?? 0) - meanN))) ** 2;
  total += (us - meanUs) ** 2;
}
const fit = (1 - residual / total).toFixed(4);
console.log(`${(slope * 1_000).toFixed(1)} ns per working order, R² of the line ${fit}`);

const triggers = [
  ['dailyLoss', 'all'],
  ['drawdownPpm', 'account'],
  ['consecutiveLosses', 'account'],
  ['volatilityBps', 'instrument'],
  ['denials', 'strategy'],
  ['rejects', 'strategy'],
  ['unknownOrders', 'all'],
  ['clockErrorUs', 'all'],
  ['markAgeUs', 'venue'],
  ['logHealth', 'all'],
] as const;
const ladder: LadderSpec = {
  ...fullLadder(),
  triggers: triggers.map(([metric, scope]) => ({
    id: metric,
    metric,
    scope,
    halt: '1000000',
    clearPpm: 500_000,
    unknown: 'halt',
    windowUs: 1_000_000,
    markAgeMaxUs: 60_000_000,
  })),
};
const facts = { feedBroken: false, denials: () => 0, rejects: () => 0, insts: [inst] };
const looks = views.map((view) => () => (sink += observeLadder(ladder, view, facts).length));
for (const [i, us] of medians(looks).entries()) {
  print(`observeLadder, ${triggers.length} triggers, ${COUNTS[i]} working orders`, us, written);
}
if (sink === 0) throw new Error('nothing was done');
