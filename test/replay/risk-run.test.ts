import type { Event, EventInput, SessionBody } from 'quantlaxmi/events';
import { bindConfig, bindPolicy, type RunManifest, sealManifest } from 'quantlaxmi/manifest';
import { replay } from 'quantlaxmi/replay';
import { parseRiskPolicy, type RiskPolicy } from 'quantlaxmi/risk';
import { createRunner, defineStrategy, limitOrder, runConfigHash } from 'quantlaxmi/strategy';
import { beforeAll, expect, test } from 'vitest';
import { runBody } from '../manifest/samples.js';
import { INST, marketEvents, risk, venue } from '../node/market.js';
import { asRun, type Synthetic } from './synthetic.js';

const ladder = {
  triggers: [
    {
      ...{ id: 'log', metric: 'logHealth', scope: 'all', throttle: '1', halt: '2' },
      ...{ clearPpm: 1_000_000, unknown: 'halt' },
    },
    {
      ...{ id: 'swing', metric: 'volatilityBps', scope: 'instrument', warn: '1' },
      ...{ clearPpm: 900_000, unknown: 'normal', windowUs: 50_000 },
    },
  ],
  ...{ throttleSizePpm: 500_000, throttleRatePpm: 500_000, coolDownUs: 5_000, everyUs: 1_000 },
  ...{ haltCancels: true, haltFlattens: true },
};
const parts = (qtyMax: string) => ({
  fmt: risk().spec.fmt,
  checks: [
    { check: 'maxPosition', qtyMax: { [INST]: qtyMax } },
    { check: 'quoteAge', ageMaxUs: 1_000_000 },
    { check: 'selfTrade', mode: 'cancelOldest' },
  ],
  account: { currency: 'BBB', rates: {}, dayStartUs: 0, lots: 'fifo' },
  flatten: { slicePpm: 500_000, everyUs: 5_000, throughBps: 50, ordersMax: 4 },
  ladder,
  // Shorter than the venue's way there and back, so that answers come late.
  orders: { ackTimeoutUs: 2_000, changeTimeoutUs: 3_500, queryEveryUs: 1_500 },
  reconcile: {
    ...{ before: 'firstOrderAndReconnect', foreignOrders: 'halt', missingOrders: 'adopt' },
    ...{ positions: 'adopt', balances: 'adopt', balanceTolerance: '0', timeoutUs: 100_000 },
  },
});
const strict = parseRiskPolicy(parts('0.060'));
const stricter = parseRiskPolicy(parts('0.004'));

/** Rests, amends, and now and then places one that meets what rests. */
const maker = defineStrategy<number, null>({
  id: 'maker',
  version: '1',
  parseConfig: () => null,
  init: () => 0,
  onEvent: (n, event, ctx) => {
    if (event.t !== 'Quote' || event.body.bid === null || event.body.ask === null) return null;
    const state = n + 1;
    const [order] = ctx.openOrders(INST);
    const id = `m${state}`;
    const { ask, bid } = event.body;
    const side = n % 3 === 0 ? 'sell' : 'buy';
    const intent = limitOrder({ inst: INST, intentId: id, price: bid - 3, qty: 4, side });
    if (order === undefined) return { state, intents: [intent] };
    if (order.state !== 'acked') return { state };
    const { intentId } = order;
    if (n % 2 === 0) {
      const price = order.side === 'buy' ? ask : bid;
      const terms = { action: 'amend', intentId, price, qty: 6, side: order.side } as const;
      return { state, intents: [{ ...intent, ...terms }] };
    }
    const turned = order.side === 'buy' ? 'sell' : 'buy';
    const price = order.side === 'buy' ? bid - 9 : ask + 9;
    return { state, intents: [{ ...intent, price, side: turned }] };
  },
});

const said = (kind: SessionBody['kind'], code: string, details: SessionBody['details'] = {}) =>
  ({
    ...{ t: 'Session', sv: 1, rx: 0, ts: null, src: 'OPERATOR' },
    body: { code, details, inst: null, kind },
  }) as EventInput;
const flow: EventInput = {
  ...{ t: 'CashFlow', sv: 1, rx: 0, ts: null, src: 'OPERATOR' },
  body: {
    ...{ amount: '-0.5', cause: 0, currency: 'BBB', flowId: 'f-1', inst: null },
    ...{ kind: 'fee', price: null, qty: null },
  },
};
const by = 'asha';
const meanwhile = new Map<number, EventInput>([
  [60, flow],
  [70, said('config', 'QL_WAL_STALLED')],
  [90, said('config', 'QL_WAL_FLOWING')],
  [110, said('operator', 'QL_OPERATOR_PEAK', { by })],
  [120, said('disconnected', '')],
  [125, said('connected', '')],
  [160, said('operator', 'QL_OPERATOR_HALT', { by, scope: 'all' })],
  [200, said('operator', 'QL_OPERATOR_REARM', { by, scope: 'all' })],
  [230, said('operator', 'QL_OPERATOR_FLATTEN', { by, scope: 'all' })],
  [250, said('operator', 'QL_OPERATOR_REARM', { by: '', scope: 'all' })],
  [260, said('operator', 'QL_OPERATOR_POLICY', { by, policy: JSON.stringify(stricter.spec) })],
]);

const run = async (policy: RiskPolicy): Promise<Synthetic> => {
  const facts = [...marketEvents(400)].map((event, i) => ({ ...event, seq: i + 1 }) as Event);
  const records: Event[] = [];
  const config = bindConfig(null);
  const step = {
    ...{ strategy: maker, config: config.redacted, risk: policy, runId: 'run-risk', seed: 1n },
    cash: { BBB: '1000' },
  };
  const append = (event: EventInput) =>
    records.push({ ...event, seq: records.length + 1 } as Event);
  const runner = createRunner({
    ...step,
    venue: venue(),
    log: { append, durable: async () => {} },
  });
  for (const event of facts) {
    await runner.push([event]);
    const fact = meanwhile.get(event.seq);
    if (fact !== undefined) await runner.operator(fact);
  }
  const outcome = await runner.finish();
  const base = runBody();
  const manifest = sealManifest({
    ...base,
    cash: step.cash,
    config,
    decisions: {
      ...base.decisions,
      checkpoints: outcome.checkpoints,
      count: outcome.decisions,
      outputs: outcome.records,
      traceHash: outcome.traceHash,
    },
    inputs: { ...base.inputs, fromSeq: 1, toSeq: facts.length },
    result: { ...base.result, finalStateHash: outcome.stateHash },
    risk: bindPolicy(policy.spec),
    runConfigHash: runConfigHash(step),
    runId: step.runId,
    seeds: { run: '1' },
    strategy: { id: maker.id, version: maker.version },
    venue: bindPolicy({ kind: 'sim' }),
  }) as RunManifest;
  return { facts, records, manifest };
};

let recorded: Synthetic;
beforeAll(async () => {
  recorded = await run(strict);
});

test('REPLAY-1: ladder, operators, amends, time-outs, cash: equal trace and verdicts', async () => {
  // The control: all of it is in the log.
  const { records } = recorded;
  const states = new Set(records.flatMap((r) => (r.t === 'Order' ? [r.body.state] : [])));
  expect([...states]).toEqual(
    expect.arrayContaining(['amendRequested', 'cancelRequested', 'unknown', 'filled']),
  );
  const codes = new Set(records.flatMap((r) => (r.t === 'Session' ? [r.body.code] : [])));
  expect([...codes]).toEqual(
    expect.arrayContaining([
      ...['QL_LADDER_CHANGED', 'QL_OPERATOR_REFUSED', 'QL_RECONCILE_DONE', 'QL_RISK_POLICY'],
      ...['QL_VENUE_RECONCILED', 'QL_WAL_STALLED'],
    ]),
  );
  const deciders = new Set(records.flatMap((r) => (r.t === 'Decision' ? [r.body.strategyId] : [])));
  expect([...deciders].sort()).toEqual(['flatten', 'ladder', 'maker']);
  const levels = new Set(records.flatMap((r) => (r.t === 'Risk' ? [r.body.ladder] : [])));
  expect(levels.size).toBeGreaterThan(2);

  const result = await replay(asRun(recorded), { strategy: maker });
  expect(result.divergence).toBeNull();
  expect(result).toMatchObject({ equal: true, stateCompared: true });
  expect(result.traceHash.replayed).toBe(recorded.manifest.decisions.traceHash);
});

test('REPLAY-2: control: a changed limit parts at the first Risk record', async () => {
  const risk = bindPolicy(stricter.spec);
  const manifest = sealManifest({ ...recorded.manifest, risk }) as RunManifest;
  const { divergence } = await replay(asRun({ ...recorded, manifest }), { strategy: maker });
  const first = recorded.records.find((record) => record.t === 'Risk');
  expect(divergence?.recorded?.t).toBe('Risk');
  expect(divergence?.recordedSeq).toBe(first?.seq);
});
