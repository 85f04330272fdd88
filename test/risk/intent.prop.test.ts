import fc from 'fast-check';
import { decodeEventJson, encodeEventJson } from 'quantlaxmi/events';
import { sanitizeIntent } from 'quantlaxmi/risk';
import { brokenIntentArbitrary, placeIntentArbitrary } from 'quantlaxmi/testing';
import { expect, test } from 'vitest';
import { codes, decide, intent } from './lib.js';

test('RISK-8: what a broken strategy returns is logged and denied, never thrown', () => {
  fc.assert(
    fc.property(brokenIntentArbitrary(), (raw) => {
      const { intent: clean, problem } = sanitizeIntent(raw);
      const body = {
        cause: 1,
        decisionId: 'd',
        features: {},
        intents: [clean],
        profile: '',
        regime: '',
        strategyId: 's',
      };
      const event = { t: 'Decision', sv: 1, rx: 1, ts: null, src: 'RUNNER', body } as const;
      // The log takes it, and gives it back unchanged.
      expect(decodeEventJson(encodeEventJson({ ...event, seq: 1 }))?.body).toEqual(body);
      const decision = decide(raw);
      if (problem === '') return true;
      return decision.approved === null && codes(decision).includes('QL_INTENT_INVALID');
    }),
    { numRuns: 500 },
  );
});

test('RISK-8: sound intents pass through unchanged', () => {
  fc.assert(
    fc.property(placeIntentArbitrary(), (raw) => {
      const { intent: clean, problem } = sanitizeIntent(raw);
      expect(clean).toEqual(raw);
      return problem === '';
    }),
  );
});

test.each([
  ['a limit order without price', { price: null }, 'a limit order has no price'],
  ['a market order with price', { type: 'market' }, 'a market order has price 1000, expected null'],
  ['a post-only market order', { type: 'market', price: null, tif: 'gtx' }, 'post-only'],
  ['a cancel of a quantity', { action: 'cancel', price: null }, 'a cancel has quantity 5'],
  ['a fraction', { qty: 0.1 }, 'qty is 0.1, expected an integer mantissa'],
  ['NaN', { price: Number.NaN }, 'price is NaN, expected an integer mantissa'],
  ['a field nobody knows', { stopPrice: 5 }, 'unknown field "stopPrice"'],
  ['a wrong word', { side: 'BUY' }, 'side is "BUY", expected buy or sell'],
] as const)('RISK-8: %s is named', (_, part, problem) => {
  expect(sanitizeIntent({ ...intent(), ...(part as object) }).problem).toContain(problem);
});
