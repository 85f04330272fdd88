import type {
  Event,
  EventInput,
  EventInputOf,
  InstrumentBody,
  SessionBody,
} from 'quantlaxmi/events';
import { quoteAge, riskPolicy } from 'quantlaxmi/risk';
import { createStep, defineStrategy } from 'quantlaxmi/strategy';
import { sessionOf, testInstrument } from 'quantlaxmi/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { counting, erratic, inst, ofType, optionsOf, place, quoteBody, runAll } from './lib.js';

type Part = Parameters<typeof sessionOf>[0][number];

const declared = (rx: number, part: Partial<InstrumentBody> = {}): Part => ({
  t: 'Instrument',
  rx,
  body: testInstrument(part),
});
const quote = (rx: number): Part => ({ t: 'Quote', rx, body: quoteBody({ askQty: 500 }) });
const released: SessionBody = {
  code: '',
  details: { by: 'asha', engaged: 0 },
  inst: null,
  kind: 'killSwitch',
};
const release = (rx: number): Part => ({ t: 'Session', rx, body: released });
const finer = { qtyExponent: -4, lot: 1 };
const coarser = { qtyExponent: -2, lot: 1 };

/** Buys 100 with every quote: 0.100 is the limit of the policy at exponent -3. */
const buyer = counting((event, n) =>
  event.t === 'Quote' ? { intents: [place({ intentId: `i${n}`, qty: 100 })] } : null,
);

const verdicts = (records: readonly EventInput[]) =>
  ofType(records, 'Risk').map(({ body }) => [
    body.verdict,
    ...body.checks.flatMap(({ code }) => (code === '' ? [] : [code])),
  ]);

describe('STRATEGY-13: other exponents under a position stop trading', () => {
  const bought = [declared(0), quote(10), quote(5_000)] as const;

  test('a position of 0.100 does not become 0.0100', async () => {
    const events = [...bought, declared(6_000, finer), quote(6_001)];
    const { records, runner } = await runAll(buyer, sessionOf(events));
    expect(ofType(records, 'Session')[0]).toMatchObject({
      src: 'RUNNER',
      body: {
        kind: 'killSwitch',
        code: 'QL_INSTRUMENT_REDECLARED',
        details: { by: 'RUNNER', cause: 4, engaged: 1, inst },
      },
    });
    expect(verdicts(records).at(-1)).toEqual([
      'halt',
      'QL_RISK_HALTED',
      'QL_RISK_POSITION_UNKNOWN',
      'QL_RISK_POSITION_UNKNOWN',
    ]);
    expect(runner.step.portfolio().position(inst)).toMatchObject({ qty: 100, qtyExponent: -3 });
  });

  test('a release does not make the position known, under any policy', async () => {
    const events = [...bought, declared(6_000, finer), release(6_001), quote(6_002)];
    const risk = riskPolicy({ checks: [quoteAge({ ageMaxUs: 60_000_000 })] });
    const { records } = await runAll(buyer, sessionOf(events), { risk });
    expect(verdicts(records)).toEqual([
      ['allow'],
      ['allow'],
      ['reject', 'QL_RISK_POSITION_UNKNOWN'],
    ]);
  });

  test('declared back, it is known again', async () => {
    const events = [...bought, declared(6_000, finer), declared(6_001), release(6_002)];
    const { records } = await runAll(buyer, sessionOf([...events, quote(6_003)]));
    expect(verdicts(records).at(-1)).toEqual(['reject', 'QL_RISK_POSITION_MAX']);
  });

  test('other prices alone, and the same exponents again', async () => {
    const price = [...bought, declared(6_000, { priceExponent: -3 })];
    const same = [...bought, declared(6_000, { tick: 2 })];
    const halts = async (events: readonly Part[]) =>
      ofType((await runAll(buyer, sessionOf(events))).records, 'Session').map((s) => s.body.code);
    expect(await halts(price)).toEqual(['QL_INSTRUMENT_REDECLARED', '']);
    expect(await halts(same)).toEqual(['']);
  });

  test('working orders count; with neither the new declaration is taken', async () => {
    // The order is on its way when the instrument changes, refused there, and then nothing is held.
    const events = [declared(0), quote(10), declared(11, finer), release(5_000), quote(5_001)];
    const again = [declared(6_000, finer), quote(6_001), quote(9_000), quote(12_000)];
    const { records, runner } = await runAll(buyer, sessionOf([...events, ...again]));
    expect(verdicts(records)).toEqual([
      ['allow'],
      ['reject', 'QL_RISK_POSITION_UNKNOWN', 'QL_RISK_POSITION_UNKNOWN'],
      ['allow'],
      ['allow'],
      ['allow'],
    ]);
    expect(ofType(records, 'Order')[1]?.body).toMatchObject({
      state: 'rejected',
      reason: 'QL_SIM_REDECLARED',
    });
    expect(runner.step.portfolio().position(inst)).toMatchObject({ qty: 300, qtyExponent: -4 });
  });

  test('fills that were under way are booked in the units of their order', () => {
    const [first, second, third] = sessionOf([declared(0), quote(10), declared(20, finer)]);
    const step = createStep(optionsOf(buyer));
    step.onInput(first as Event);
    const [order] = ofType(step.onInput(second as Event), 'Order');
    step.onInput(third as Event);
    const fill: EventInputOf<'Fill'>['body'] = {
      cause: 3,
      fee: 0,
      feeCurrency: 'USDT',
      feeExponent: -8,
      fillId: 'f',
      inst,
      liquidity: 'taker',
      orderId: order?.body.orderId ?? '',
      price: 1_001,
      qty: 100,
      side: 'buy',
    };
    step.onVenue({ t: 'Fill', sv: 1, rx: 21, ts: null, src: 'SIM', body: fill });
    expect(step.portfolio().position(inst)).toMatchObject({ qty: 100, qtyExponent: -3 });
  });

  test('the strategy reads its position in the new units, an error if none', async () => {
    const seen: unknown[] = [];
    const looking = (qty: number) =>
      defineStrategy<number, unknown>({
        ...counting(() => null),
        onEvent: (n, event, ctx) => {
          if (event.t === 'Quote' && n === 1) return { state: 2, intents: [place({ qty })] };
          if (event.t !== 'Instrument') return null;
          try {
            seen.push(ctx.position(inst));
          } catch (error) {
            seen.push((error as { code?: unknown }).code);
          }
          return { state: n + 1 };
        },
      });
    for (const [qty, part] of [
      [40, finer],
      [40, coarser],
      [45, coarser],
    ] as const) {
      const events = [declared(0), quote(10), quote(5_000), declared(6_000, part)];
      await runAll(looking(qty), sessionOf(events));
    }
    expect(seen).toEqual([0, 400, 0, 4, 0, 'QL_INSTRUMENT_REDECLARED']);
  });
});

/** Sum of the run's fills at 10^-6, each in the units its order was sent in. */
function worstExposure(records: readonly EventInput[], events: readonly Event[]) {
  const scales = new Map<string, number>();
  let net = 0;
  let worst = 0;
  for (const record of records) {
    if (record.t === 'Order' && record.body.state === 'submitted') {
      let exponent = 0;
      for (const event of events) {
        if (event.seq > record.body.cause) break;
        if (event.t === 'Instrument') exponent = event.body.qtyExponent;
      }
      scales.set(record.body.orderId, 10 ** (exponent + 6));
    }
    if (record.t !== 'Fill') continue;
    const { orderId, qty, side } = record.body;
    net += (side === 'buy' ? qty : -qty) * (scales.get(orderId) ?? Number.NaN);
    worst = Math.max(worst, Math.abs(net));
  }
  return { net, worst };
}

/** What a new step makes of the session and the recorded facts, each at its place. */
function replayed(events: readonly Event[], records: readonly EventInput[], seed: bigint) {
  const step = createStep(optionsOf(erratic, { seed }));
  const made: EventInput[] = [];
  const facts = records.filter(({ src }) => src !== 'RUNNER');
  for (const event of events) {
    made.push(...step.onInput(event));
    for (let next = facts[0]; next !== undefined; next = facts[0]) {
      const { cause } = (next.t === 'Session' ? next.body.details : next.body) as { cause: number };
      if (cause !== step.cause) break;
      facts.shift();
      made.push(...step.onVenue(next));
    }
  }
  return made;
}

const sessions = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: fc.constant('quote' as const) },
      { weight: 1, arbitrary: fc.constantFrom(-2, -3, -4, -5) },
      { weight: 1, arbitrary: fc.constant('release' as const) },
    ),
    { minLength: 20, maxLength: 120 },
  )
  .map((steps) => {
    const parts: Part[] = [declared(0)];
    steps.forEach((step, i) => {
      const rx = (i + 1) * 400;
      if (step === 'quote') parts.push(quote(rx));
      else if (step === 'release') parts.push(release(rx));
      else parts.push(declared(rx, { qtyExponent: step, lot: 1 }), release(rx), quote(rx + 1));
    });
    return sessionOf(parts);
  });

test('STRATEGY-13: whatever is declared, the limit holds and the books are true', async () => {
  let halts = 0;
  await fc.assert(
    fc.asyncProperty(sessions, fc.bigInt({ min: 0n, max: 1_000n }), async (events, seed) => {
      const { records, runner } = await runAll(erratic, events, { seed });
      expect(replayed(events, records, seed)).toEqual(
        records.filter(({ src }) => src === 'RUNNER'),
      );
      const { net, worst } = worstExposure(records, events);
      expect(worst).toBeLessThanOrEqual(100_000);
      const position = runner.step.portfolio().position(inst);
      const booked = position === null ? 0 : position.qty * 10 ** (position.qtyExponent + 6);
      expect(booked).toBe(net);
      halts += ofType(records, 'Session').filter(
        ({ body }) => body.code === 'QL_INSTRUMENT_REDECLARED',
      ).length;
    }),
    { numRuns: 60, seed: 5 },
  );
  expect(halts).toBeGreaterThan(20);
});
