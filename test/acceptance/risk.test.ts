/** Runs over a recording under a whole policy: what risk promises, seen from outside. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventInput, IntentBody } from 'quantlaxmi/events';
import { createRun, openSession, simVenueOf } from 'quantlaxmi/node';
import { replay } from 'quantlaxmi/replay';
import { parseRiskPolicy } from 'quantlaxmi/risk';
import { simVenue } from 'quantlaxmi/sim';
import { createRunner, defineStrategy } from 'quantlaxmi/strategy';
import { beforeAll, describe, expect, test } from 'vitest';
import { demoConfig } from '../../src/cli/demo-config.js';
import type { InstrumentBody } from '../../src/events/index.js';
import { fullLadder, fullPolicySpec } from '../risk/full-policy.data.js';
import {
  BTC,
  capture,
  FIXTURE,
  type GatesDocument,
  json,
  scratch,
  STRATEGY,
} from './lib/command.js';

const dir = scratch('risk');
const session = join(dir, 'session');
const base = demoConfig({
  ...{ instrumentId: BTC, lot: 1, qtyExponent: -3, settle: 'USDT' },
} as InstrumentBody);

/** Nothing fills these ports yet; a check of an input that nobody gives refuses. */
const PORTS = ['toxicity', 'regime'];

const spec = (without: readonly string[] = PORTS, ladder: object = fullLadder()) => ({
  ...fullPolicySpec({ inst: BTC, venue: 'BINANCE', settle: 'USDT', qtyMax: '0.050', without }),
  ladder,
});

/** Looked at for every new order, whatever the policy says. */
const ALWAYS = [
  ...['intent', 'halted', 'killSwitch', 'newIntent', 'instrument', 'tradable', 'priceTick'],
  ...['qtyLot', 'qtyMin', 'qtyMax', 'minNotional', 'book', 'reduceOnly', 'ladder', 'log'],
  'reconcile',
];

const order = (part: Partial<IntentBody>): IntentBody => ({
  ...{ action: 'place', inst: BTC, intentId: '', price: null, qty: 2, reduceOnly: false },
  ...{ side: 'buy', tif: 'gtc', type: 'limit' },
  ...part,
});

/** Buys and sells at the touch by turns, and keeps one bid far away. */
const turns = defineStrategy<{ readonly n: number }, null>({
  id: 'turns',
  version: '1',
  parseConfig: () => null,
  init: () => ({ n: 0 }),
  onEvent: ({ n }, event, ctx) => {
    if (event.t !== 'Quote' || event.body.inst !== BTC) return null;
    const { ask, bid } = event.body;
    if (ask === null || bid === null) return null;
    const state = { n: n + 1 };
    if (n % 20 === 5 && ctx.openOrders(BTC).length === 0) {
      return { state, intents: [order({ intentId: `far${n}`, price: bid - 5_000 })] };
    }
    if (n % 20 !== 10) return { state };
    const side = ctx.position(BTC) > 0 ? ('sell' as const) : ('buy' as const);
    const price = side === 'buy' ? ask : bid;
    return { state, intents: [order({ intentId: `now${n}`, price, side, tif: 'ioc' })] };
  },
});

const fact = (kind: string, code: string, details: object): EventInput =>
  ({
    ...{ t: 'Session', sv: 1, rx: 0, ts: null, src: 'OPERATOR' },
    body: { code, details, inst: null, kind },
  }) as EventInput;

interface Told {
  readonly atSeq: number;
  readonly fact: EventInput;
}

const run = async (name: string, risk: unknown, told: readonly Told[] = []) => {
  const opened = await openSession(session);
  const { cash, venue } = base;
  const made = await createRun(join(dir, name), {
    ...{ session: opened, strategy: turns, config: null, risk: parseRiskPolicy(risk), seed: 1n },
    ...{ cash, venue: venue as never },
  });
  const records: EventInput[] = [];
  const runner = createRunner({
    ...made.step,
    venue: simVenue({ ...simVenueOf(venue as never), cash }),
    log: made.wal,
    observer: (record) => records.push(record),
  });
  const waiting = [{ atSeq: 1, fact: fact('clock', '', { errorUs: 100 }) }, ...told];
  for await (const batch of opened.read()) {
    for (const event of batch) {
      await runner.push([event]);
      while (waiting[0] !== undefined && waiting[0].atSeq <= event.seq) {
        await runner.operator((waiting.shift() as Told).fact);
      }
    }
  }
  const openAtEnd = runner.step.openOrders().length;
  const summary = await runner.finish();
  const manifest = await made.seal(summary);
  const equal = (await replay(made, { strategy: turns })).equal;
  return { equal, manifest, openAtEnd, records, summary };
};

type Of<T extends EventInput['t']> = Extract<EventInput, { readonly t: T }>;
const ofType = <T extends EventInput['t']>(records: readonly EventInput[], t: T) =>
  records.filter((record): record is Of<T> => record.t === t);

const levels = (records: readonly EventInput[]) =>
  ofType(records, 'Session')
    .filter(({ body }) => body.kind === 'ladder')
    .map(({ body }) => [body.details['from'], body.details['to']]);

beforeAll(() => {
  const lines = readFileSync(FIXTURE, 'utf8').split('\n').slice(0, 3_000);
  const part = join(dir, 'part.raw.jsonl');
  writeFileSync(part, `${lines.join('\n')}\n`);
  expect(capture(part, session).code).toBe(0);
}, 60_000);

describe('a whole policy over a recording', { timeout: 120_000 }, () => {
  test('the command: orders go out, the replay is equal, and every gate decides', () => {
    const config = join(dir, 'config.json');
    // A recording made from a file says nothing about the error of its clock.
    const risk = spec([...PORTS, 'clockError']);
    const strategy = { ...base.strategy, style: 'taker', qty: '0.002' };
    writeFileSync(config, JSON.stringify({ ...base, risk, strategy }));
    const out = join(session, 'runs', 'whole');
    const files = ['--session', session, '--strategy', STRATEGY, '--config', config];
    const paper = json<{ readonly orders: number; readonly fills: number }>([
      ...['paper', ...files, '--out', out],
    ]);
    expect([paper.code, paper.err]).toEqual([0, '']);
    expect(paper.document.orders).toBeGreaterThan(10);
    expect(paper.document.fills).toBeGreaterThan(10);
    const { document } = json<GatesDocument>(['gates', out]);
    expect(document.gates.map(({ id }) => id)).toEqual(['G0', 'G1', 'G2', 'G3', 'G4']);
    const failing = document.gates.flatMap(({ checks }) =>
      checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id),
    );
    // Whether the tree is clean is of the tree, not of the run.
    expect(failing.filter((id) => id !== 'code.clean')).toEqual([]);
    const verdicts = new Map(
      document.gates.flatMap(({ checks }) => checks.map(({ id, verdict }) => [id, verdict])),
    );
    for (const id of ['session.complete', 'parity.traceHash', 'config.frozen', 'risk.limits']) {
      expect([id, verdicts.get(id)]).toEqual([id, 'pass']);
    }
  });

  test('each allowed record holds every check, the manifest the hash of the policy', async () => {
    const policy = parseRiskPolicy(spec());
    const { equal, manifest, records, summary } = await run('checks', spec());
    expect(summary.orders).toBeGreaterThan(10);
    expect(summary.fills).toBeGreaterThan(10);
    expect(equal).toBe(true);
    expect(policy.checks.length).toBeGreaterThan(25);
    const wanted = [...ALWAYS, ...policy.checks.map(({ id }) => id)].sort();
    const allowed = ofType(records, 'Risk').filter(({ body }) => body.verdict === 'allow');
    expect(allowed.length).toBeGreaterThan(10);
    for (const { body } of allowed) {
      expect(body.checks.map(({ id }) => id).sort()).toEqual(wanted);
      expect(body.checks.every(({ ok }) => ok)).toBe(true);
    }
    expect(manifest.risk.sha256).toBe(policy.hash);
  });

  test('one limit changed is another policy, with another hash in the manifest', async () => {
    const text = JSON.stringify(spec());
    const changed = text.replace('"lossMax":"5000"', '"lossMax":"5001"');
    expect(changed).not.toBe(text);
    const { manifest } = await run('changed', JSON.parse(changed));
    expect(manifest.risk.sha256).not.toBe(parseRiskPolicy(spec()).hash);
    expect(manifest.risk.sha256).toBe(parseRiskPolicy(JSON.parse(changed)).hash);
  });

  test('control: a check whose input nobody gives lets nothing out', async () => {
    const { equal, records, summary } = await run('ports', spec([]));
    expect([summary.orders, equal]).toEqual([0, true]);
    expect(ofType(records, 'Risk').length).toBeGreaterThan(10);
  });
});

describe('HALT in a run over a recording', { timeout: 120_000 }, () => {
  const { triggers, ...rest } = fullLadder();
  const tiny = { warn: '0.01', throttle: '0.02', halt: '0.3' };
  const halting = {
    ...rest,
    triggers: triggers.map((one) => (one.metric === 'dailyLoss' ? { ...one, ...tiny } : one)),
  };

  test('a loss halts: what works is cancelled, and no nameless person ends it', async () => {
    const nobody = fact('operator', 'QL_OPERATOR_REARM', { by: '', scope: 'all' });
    const told = [{ atSeq: 2_900, fact: nobody }];
    const { equal, openAtEnd, records, summary } = await run('halt', spec(PORTS, halting), told);
    expect(equal).toBe(true);
    expect(summary.orders).toBeGreaterThan(2);
    expect(levels(records).at(-1)?.[1]).toBe('halt');
    expect(levels(records).filter(([, to]) => to === 'halt')).toHaveLength(1);
    const halt = records.findIndex(
      (one) => one.t === 'Session' && one.body.details['to'] === 'halt',
    );
    const after = records.slice(halt);
    expect(ofType(after, 'Decision').map(({ body }) => body.strategyId)).toContain('ladder');
    expect(ofType(after, 'Order').some(({ body }) => body.state === 'cancelled')).toBe(true);
    expect(openAtEnd).toBe(0);
    const verdicts = ofType(after, 'Risk')
      .filter(({ body }) => body.checks.some(({ id }) => id === 'qtyLot'))
      .map(({ body }) => body.verdict);
    expect(verdicts.length).toBeGreaterThan(3);
    // The strategy closes as well: what only takes risk off may pass, what adds may not.
    expect(verdicts).toContain('halt');
    expect(ofType(after, 'Session').some(({ body }) => body.details['from'] === 'halt')).toBe(
      false,
    );
    const refused = ofType(after, 'Session').map(({ body }) => body.code);
    expect(refused).toContain('QL_OPERATOR_REFUSED');
  });

  test('control: a named person ends it', async () => {
    const asha = fact('operator', 'QL_OPERATOR_REARM', { by: 'Asha', scope: 'all' });
    const told = [{ atSeq: 2_900, fact: asha }];
    const { equal, records } = await run('rearmed', spec(PORTS, halting), told);
    expect(equal).toBe(true);
    expect(levels(records)).toContainEqual(['halt', 'throttle']);
  });
});
