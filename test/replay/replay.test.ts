import type { Event } from 'quantlaxmi/events';
import { bindingsOf } from 'quantlaxmi/manifest';
import { classifyDivergence, describeDivergence, replay } from 'quantlaxmi/replay';
import { defineStrategy, ENGINE_SOURCE } from 'quantlaxmi/strategy';
import { beforeAll, describe, expect, test } from 'vitest';
import { hex } from '../manifest/samples.js';
import { momentum } from '../node/market.js';
import { asRun, paperRun, resealed, type Synthetic } from './synthetic.js';

let run: Synthetic;
beforeAll(async () => {
  run = await paperRun();
});

const outputs = (records: readonly Event[]): Event[] =>
  records.filter((record) => record.src === ENGINE_SOURCE);

/** The record with its `index`-th engine output (from 1) changed or removed. */
const damaged = (index: number, change: (output: Event) => Event | null): Synthetic => {
  const target = outputs(run.records)[index - 1] as Event;
  const records = run.records.flatMap((record) => {
    if (record.seq !== target.seq) return [record];
    const changed = change(record);
    return changed === null ? [] : [changed];
  });
  return { ...run, records };
};

describe('an unchanged run', () => {
  test('REPLAY-1: is equal, whatever the batches', async () => {
    for (const size of [1, 7, 1000]) {
      const result = await replay(asRun(run, size), { strategy: momentum() });
      expect(result).toMatchObject({
        equal: true,
        divergence: null,
        decisions: run.manifest.decisions.count,
        outputs: run.manifest.decisions.outputs,
      });
      expect(result.traceHash.replayed).toBe(run.manifest.decisions.traceHash);
      expect(result.finalStateHash.replayed).toBe(run.manifest.result.finalStateHash);
    }
    // The control: there was something to compare.
    expect(run.manifest.decisions.count).toBeGreaterThan(30);
    expect(run.records.some((record) => record.t === 'Fill')).toBe(true);
  });

  test('REPLAY-5: venue, timer and operator records are injected where they stand', async () => {
    const withOperator = await paperRun({
      meanwhile: async (runner, seq) => {
        if (seq !== 100 && seq !== 200) return;
        const details = { by: 'op', engaged: seq === 100 ? 1 : 0 };
        const body = { code: '', details, inst: null, kind: 'killSwitch' } as const;
        await runner.operator({ t: 'Session', sv: 1, rx: 0, ts: null, src: 'OPERATOR', body });
      },
    });
    const verdicts = new Set(
      withOperator.records.flatMap((r) => (r.t === 'Risk' ? [`${r.body.verdict}`] : [])),
    );
    expect(verdicts.size).toBeGreaterThan(1);
    const sources = new Set(withOperator.records.map((record) => record.src));
    expect([...sources].sort()).toEqual(['OPERATOR', 'RUNNER', 'SIM', 'TIMER']);
    expect(await replay(asRun(withOperator), { strategy: momentum() })).toMatchObject({
      equal: true,
    });
    // The control: without the operator's record the replay decides otherwise.
    const records = withOperator.records.filter((record) => record.src !== 'OPERATOR');
    const without = await replay(asRun({ ...withOperator, records }), { strategy: momentum() });
    expect(without.equal).toBe(false);
  });

  test('REPLAY-5: a changed venue answer is not compared but changes what follows', async () => {
    const fill = run.records.find((record) => record.t === 'Fill') as Event;
    const records = run.records.map((record) =>
      record.seq === fill.seq && record.t === 'Fill'
        ? ({ ...record, body: { ...record.body, price: record.body.price + 1 } } as Event)
        : record,
    );
    const { divergence } = await replay(asRun({ ...run, records }), { strategy: momentum() });
    // No output holds the price, so it shows in the final state alone.
    expect(divergence).toMatchObject({ kind: 'state' });
  });

  test('REPLAY-5: a note the log made of its own recovery is passed over', async () => {
    const at = Math.floor(run.records.length / 2);
    const before = run.records[at] as Event;
    const note: Event = {
      ...{ t: 'Session', sv: 1, rx: before.rx, ts: null, src: 'WAL', seq: 0 },
      body: { code: '', details: { droppedBytes: 5 }, inst: null, kind: 'recovered' },
    };
    const records = [...run.records.slice(0, at), note, ...run.records.slice(at)];
    expect(await replay(asRun({ ...run, records }), { strategy: momentum() })).toMatchObject({
      equal: true,
    });
  });
});

describe('a divergence', () => {
  test('REPLAY-2: a changed constant shows at the first decision it changes', async () => {
    const { divergence, equal } = await replay(asRun(run), { strategy: momentum(2) });
    expect(equal).toBe(false);
    // What the slow way finds: run the changed strategy, compare the outputs one by one.
    const other = await paperRun({ strategy: momentum(2) });
    const [a, b] = [outputs(run.records), outputs(other.records)];
    const text = (record: Event | undefined) => JSON.stringify([record?.t, record?.body]);
    const first = a.findIndex((record, i) => text(record) !== text(b[i]));
    expect(divergence?.index).toBe(first + 1);
    expect(divergence?.recorded?.body).toEqual(a[first]?.body);
    expect(divergence?.recordedSeq).toBe(a[first]?.seq);
    expect(divergence?.cause).toBe((a[first]?.body as { cause: number }).cause);
    // The replay decided nothing there: shown is what it decides next.
    expect(divergence?.kind).toBe('missing');
    expect(divergence?.replayed?.t).toBe('Decision');
    expect(divergence?.fieldDiff.map((d) => d.path)).toContain('cause');
  });

  test('REPLAY-2: any output changed by one is found with its field and both values', async () => {
    const total = outputs(run.records).length;
    for (const index of [1, 2, Math.floor(total / 2), total]) {
      const target = outputs(run.records)[index - 1] as Event;
      const body = target.body as unknown as Record<string, unknown>;
      const field = target.t === 'Order' ? 'qty' : 'ladder' in body ? 'ladder' : 'profile';
      const forged = typeof body[field] === 'number' ? (body[field] as number) + 1 : 'warn';
      const changed = damaged(index, (output) => {
        return { ...output, body: { ...output.body, [field]: forged } } as Event;
      });
      const { divergence } = await replay(asRun(changed), { strategy: momentum() });
      expect(divergence).toMatchObject({ index, kind: 'different', recordedSeq: target.seq });
      expect(divergence?.fieldDiff).toEqual([
        {
          path: `body.${field}`,
          left: JSON.stringify(forged),
          right: JSON.stringify(body[field]),
        },
      ]);
    }
  });

  test('REPLAY-3: an output too few, at any place', async () => {
    const total = outputs(run.records).length;
    for (const index of [1, 2, 3, Math.floor(total / 2), total - 1, total]) {
      const { divergence } = await replay(asRun(damaged(index, () => null)), {
        strategy: momentum(),
      });
      expect(divergence?.index).toBe(index);
      expect(['extra', 'different']).toContain(divergence?.kind);
      expect(divergence?.replayed?.body).toEqual(outputs(run.records)[index - 1]?.body);
    }
  });

  test('REPLAY-3: an output too many, at any place', async () => {
    const total = outputs(run.records).length;
    for (const index of [1, 2, Math.floor(total / 2), total]) {
      const target = outputs(run.records)[index - 1] as Event;
      const at = run.records.indexOf(target);
      const records = [...run.records.slice(0, at + 1), target, ...run.records.slice(at + 1)];
      const { divergence } = await replay(asRun({ ...run, records }), { strategy: momentum() });
      expect(divergence?.index).toBe(index + 1);
      expect(['missing', 'different']).toContain(divergence?.kind);
      expect(divergence?.recorded?.body).toEqual(target.body);
    }
  });

  test('REPLAY-3: a log cut short is a divergence at the cut', async () => {
    for (const keep of [0, 1, Math.floor(run.records.length / 2)]) {
      const records = run.records.slice(0, keep);
      const { divergence } = await replay(asRun({ ...run, records }), { strategy: momentum() });
      expect(divergence?.index).toBe(outputs(records).length + 1);
      expect(divergence).toMatchObject({ kind: 'extra', recorded: null, recordedSeq: null });
      expect(divergence?.replayed?.body).toEqual(
        outputs(run.records)[outputs(records).length]?.body,
      );
    }
  });

  test('REPLAY-2: an error of the engine is reported with its place', async () => {
    const good = momentum();
    const failing = defineStrategy({
      ...good,
      onEvent: (state, event, ctx) => {
        if (ctx.seq === 150) throw new Error('boom');
        return good.onEvent(state, event, ctx);
      },
    });
    const { divergence } = await replay(asRun(run), { strategy: failing });
    expect(divergence).toMatchObject({ kind: 'error', cause: 150 });
    expect(divergence?.error).toContain('boom');
  });

  test('REPLAY-2: a hidden difference shows in the final state', async () => {
    const good = momentum();
    const hidden = defineStrategy({
      ...good,
      onEvent: (state, event, ctx) => {
        const output = good.onEvent(state, event, ctx);
        return ctx.seq === run.facts.length - 1 && output !== null
          ? { ...output, state: { ...output.state, last: -1 } }
          : output;
      },
    });
    const { divergence } = await replay(asRun(run), { strategy: hidden });
    expect(divergence).toMatchObject({ kind: 'state', class: 'NONDETERMINISM' });
  });

  test('REPLAY-2: a strategy that draws from outside is nondeterminism', async () => {
    let calls = 0;
    const good = momentum();
    const impure = defineStrategy({
      ...good,
      onEvent: (state, event, ctx) => {
        calls += 1;
        const output = good.onEvent(state, event, ctx);
        return output === null ? null : { ...output, profile: calls > 400 ? 'late' : '' };
      },
    });
    const recorded = await paperRun({ strategy: impure });
    const current = bindingsOf(recorded.manifest);
    const { divergence } = await replay(asRun(recorded), { strategy: impure, current });
    expect(divergence).toMatchObject({ class: 'NONDETERMINISM', kind: 'different' });
    expect(Object.values(divergence?.bindings ?? {})).toEqual(['same', 'same', 'same', 'same']);
  });

  test('REPLAY-7: the context holds the last 20 of each side', async () => {
    const { divergence } = await replay(asRun(damaged(100, () => null)), { strategy: momentum() });
    const context = divergence?.context;
    expect(context?.inputs).toHaveLength(20);
    expect(context?.outputs.map((output) => output.body)).toEqual(
      outputs(run.records)
        .slice(79, 99)
        .map((output) => output.body),
    );
    const last = context?.inputs.at(-1);
    expect(last !== undefined && 'seq' in last).toBe(true);
    expect(context?.stateHash).toMatch(/^[0-9a-f]{64}$/);
    expect(context?.replayedNext[0]?.body).toEqual(outputs(run.records)[99]?.body);
  });
});

describe('the class of a divergence', () => {
  const same = { inputs: 'same', config: 'same', code: 'same', env: 'same' } as const;

  test.each([
    [{}, 'NONDETERMINISM'],
    [{ env: 'differs' }, 'ENV'],
    [{ code: 'differs', env: 'differs' }, 'CODE'],
    [{ config: 'differs', code: 'differs', env: 'differs' }, 'CONFIG'],
    [{ inputs: 'differs', config: 'differs', code: 'differs', env: 'differs' }, 'INPUT'],
    [{ inputs: 'differs' }, 'INPUT'],
    [{ config: 'differs', env: 'differs' }, 'CONFIG'],
    [{ inputs: 'unchecked', code: 'differs' }, 'CODE'],
    [{ inputs: 'unchecked', code: 'unchecked' }, 'NONDETERMINISM'],
  ] as const)('REPLAY-4: %j is %s', (changes, expected) => {
    expect(classifyDivergence({ ...same, ...changes })).toBe(expected);
  });

  test('REPLAY-4: evidence decides, the configuration is looked at here', async () => {
    const current = bindingsOf(run.manifest);
    const changed = { strategy: momentum(2), current };
    const plain = await replay(asRun(run), changed);
    expect(plain.divergence?.class).toBe('NONDETERMINISM');
    const code = await replay(asRun(run), { ...changed, current: { ...current, code: hex('0') } });
    expect(code.divergence?.class).toBe('CODE');
    const input = await replay(asRun(run), {
      ...changed,
      current: { ...current, code: hex('0'), inputs: hex('1') },
    });
    expect(input.divergence?.class).toBe('INPUT');
    const config = await replay(asRun(run), { strategy: momentum(), config: { qty: 3 }, current });
    expect(config.divergence).toMatchObject({ class: 'CONFIG', bindings: { config: 'differs' } });
  });

  test('REPLAY-4: a configuration that changes no decision starts another trace', async () => {
    const config = { qty: 2, note: 'unused' };
    const { divergence } = await replay(asRun(run), { strategy: momentum(), config });
    expect(divergence).toMatchObject({ class: 'CONFIG', kind: 'trace', index: 0 });
  });
});

describe('evidence', () => {
  test('REPLAY-8: a trace hash that is not of this log is refused', async () => {
    const decisions = { ...run.manifest.decisions, traceHash: hex('0') };
    await expect(
      replay(asRun(resealed(run, { decisions })), { strategy: momentum() }),
    ).rejects.toMatchObject({ code: 'QL_REPLAY_EVIDENCE' });
  });

  test('REPLAY-8: an unsealed run and one without a seed are refused', async () => {
    for (const changes of [{ status: 'running' as const }, { seeds: {} }]) {
      await expect(
        replay(asRun(resealed(run, changes)), { strategy: momentum() }),
      ).rejects.toMatchObject({ code: 'QL_REPLAY_EVIDENCE' });
    }
  });

  test('REPLAY-8: inputs that end before the last one the run took in are refused', async () => {
    const total = run.facts.length;
    for (const keep of [0, 1, 100, total - 1]) {
      const facts = run.facts.slice(0, keep);
      await expect(
        replay(asRun({ ...run, facts }), { strategy: momentum() }),
      ).rejects.toMatchObject({
        code: 'QL_REPLAY_EVIDENCE',
        context: { lastSeq: keep, toSeq: total },
      });
    }
    // Nothing is decided on these two facts: without the check such a replay would be equal.
    const idle = await paperRun({ count: 0 });
    const result = { ...idle.manifest.result, finalStateHash: null };
    const first = { ...resealed(idle, { result }), records: [] };
    expect((await replay(asRun(first), { strategy: momentum() })).equal).toBe(true);
    await expect(
      replay(asRun({ ...first, facts: [] }), { strategy: momentum() }),
    ).rejects.toMatchObject({ code: 'QL_REPLAY_EVIDENCE' });
    // The control: inputs beyond the last one are left alone.
    const more = [...run.facts, { ...(run.facts.at(-1) as Event), seq: total + 1 }];
    expect((await replay(asRun({ ...run, facts: more }), { strategy: momentum() })).equal).toBe(
      true,
    );
  });

  test('REPLAY-1: says whether there was a final state to compare', async () => {
    const result = { ...run.manifest.result, finalStateHash: null };
    const without = await replay(asRun(resealed(run, { result })), { strategy: momentum() });
    expect(without).toMatchObject({ equal: true, stateCompared: false });
    expect(without.finalStateHash.recorded).toBeNull();
    const whole = await replay(asRun(run), { strategy: momentum() });
    expect(whole).toMatchObject({ equal: true, stateCompared: true });
    const other = { ...run.manifest.result, finalStateHash: hex('0') };
    const differs = await replay(asRun(resealed(run, { result: other })), { strategy: momentum() });
    expect(differs).toMatchObject({ equal: false, stateCompared: true });
    // A replay that parts from its record has no final state of its own.
    const parted = await replay(asRun(damaged(1, () => null)), { strategy: momentum() });
    expect(parted).toMatchObject({ equal: false, stateCompared: false });
  });

  test('REPLAY-6: what reading throws is passed on, and both streams are closed', async () => {
    const closed: string[] = [];
    const stream = async function* (name: string, events: readonly Event[], fail: boolean) {
      try {
        yield events.slice(0, 40);
        if (fail) throw new Error('damaged');
        yield events.slice(40);
      } finally {
        closed.push(name);
      }
    };
    const broken = {
      manifest: run.manifest,
      inputs: () => stream('inputs', run.facts, true),
      recorded: () => stream('recorded', run.records, false),
    };
    await expect(replay(broken, { strategy: momentum() })).rejects.toThrow('damaged');
    expect(closed.sort()).toEqual(['inputs', 'recorded']);
  });
});

describe('in words', () => {
  test('REPLAY-2: names place, both values, the field, the class and the context', async () => {
    const current = { ...bindingsOf(run.manifest), code: hex('0') };
    const changed = damaged(50, (output) => {
      return { ...output, body: { ...output.body, cause: 1, 'x\u001b[2J': 1 } } as unknown as Event;
    });
    const { divergence } = await replay(asRun(changed), { strategy: momentum(), current });
    if (divergence === null) expect.fail('equal');
    const text = describeDivergence(divergence).join('\n');
    expect(text).toMatch(/^output 50, after input seq \d+: /);
    expect(text).toContain('class CODE: code differs from the recorded run');
    expect(text).toMatch(/ {2}recorded: \{"body":/);
    expect(text).toMatch(/ {2}replayed, next output: \{"body":/);
    expect(text).toContain('last 20 inputs');
    expect(text).not.toContain('\u001b');
    expect(
      describeDivergence({
        ...divergence,
        bindings: { ...divergence.bindings, env: 'unchecked' },
      })[1],
    ).toContain('not compared: env');
  });
});
