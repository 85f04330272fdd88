/** What is remembered and worked out in small numbers changes no answer. */
import * as fc from 'fast-check';
import { compareRational, formatBig, rationalToBig } from 'quantlaxmi/fixed-point';
import { contractValue } from 'quantlaxmi/portfolio';
import { evaluateIntent, parseRiskPolicy, sanitizeIntent } from 'quantlaxmi/risk';
import { testInstrument } from 'quantlaxmi/testing';
import { expect, test } from 'vitest';
import { decimalText } from '../../src/risk/checks/result.js';
import { unitValue } from '../../src/risk/exposure.js';
import { fullPolicySpec } from './full-policy.data.js';
import { BTC, knownView } from './known-view.js';

const seed = 20_260_312;
const spec = fullPolicySpec({ inst: BTC, venue: 'SIM', settle: 'USDT', qtyMax: '100' });
const ids = { clientOrderId: 'c', decisionId: 'd', orderId: 'o', riskDecisionId: 'r' };

const slowText = (num: bigint, den: bigint): string =>
  formatBig(rationalToBig({ num, den }, -18, 'halfEven'), -18).replace(/\.?0+$/, '');

const edge = 2n ** 53n;
const integers = fc.oneof(
  fc.bigInt({ min: -1_000_000n, max: 1_000_000n }),
  fc.bigInt({ min: edge - 3n, max: edge + 3n }),
  fc.bigInt({ min: -edge - 3n, max: -edge + 3n }),
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
);
const denominators = fc.oneof(
  fc.integer({ min: 0, max: 24 }).map((n) => 10n ** BigInt(n)),
  fc.bigInt({ min: 1n, max: 10n ** 20n }),
);

test('a fraction reads the same by small numbers as by exact division', () => {
  fc.assert(
    fc.property(integers, denominators, (num, den) => {
      expect(decimalText({ num, den })).toBe(slowText(num, den));
    }),
    { seed, numRuns: 2_000 },
  );
});

test('one quantity mantissa is worth what the portfolio says, linear and inverse', () => {
  const price = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  fc.assert(
    fc.property(price, fc.boolean(), fc.constantFrom('1', '0.001', '75', '100'), (at, ...terms) => {
      const [inverse, multiplier] = terms;
      const instrument = { ...testInstrument(), inverse, multiplier };
      const { den, num } = contractValue(instrument, at, 1);
      const exact = { num, den: den * 10n ** 18n };
      expect(compareRational(unitValue(instrument, at), exact)).toBe(0);
    }),
    { seed, numRuns: 300 },
  );
});

test('a policy and an instrument in use answer as new ones do', () => {
  const used = parseRiskPolicy(spec);
  const price = fc.oneof(
    fc.integer({ min: -5, max: 2_000 }),
    fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  );
  const intents = fc.record({
    action: fc.constant('place'),
    inst: fc.constantFrom(BTC, BTC, BTC, 'SIM:X:NONE'),
    intentId: fc.constant('new'),
    price,
    qty: fc.oneof(fc.integer({ min: 1, max: 600 }), price),
    reduceOnly: fc.boolean(),
    side: fc.constantFrom('buy', 'sell'),
    tif: fc.constant('gtc'),
    type: fc.constant('limit'),
  });
  const known = testInstrument();
  const position = fc.integer({ min: -1_000, max: 1_000 });
  fc.assert(
    fc.property(intents, position, (raw, held) => {
      const order = { ...sanitizeIntent(raw), ...ids };
      const warm = knownView({
        position: () => held,
        held: () => [BTC],
        instrument: (inst) => (inst === BTC ? known : null),
      });
      // Declared anew with every call, and read anew: nothing is remembered of it.
      const cold = knownView({ position: () => held, held: () => [BTC] });
      const answer = evaluateIntent(used, order, warm);
      expect(answer).toEqual(evaluateIntent(parseRiskPolicy(spec), order, cold));
    }),
    { seed, numRuns: 60 },
  );
});
