import { maxPosition, quoteAge, riskPolicy, selfTrade } from 'quantlaxmi/risk';
import { expect, test } from 'vitest';
import { counting, inst, ofType, place, quotesAt, sim } from './lib.js';
import { running } from './scripted.js';

const risk = riskPolicy({
  checks: [
    maxPosition({ qtyMax: { [inst]: '1000' } }),
    quoteAge({ ageMaxUs: 1_000_000 }),
    selfTrade({ mode: 'cancelOldest' }),
  ],
});

/** A resting buy, then a sell that would meet it. */
async function crossing(guard: { check(action: { readonly kind: string }): string }) {
  const sent: string[] = [];
  const venue = sim(1, 1);
  const strategy = counting((event) => {
    if (event.t !== 'Quote') return null;
    if (event.seq === 2) {
      return { intents: [place({ intentId: 'first', side: 'buy', price: 990, tif: 'gtc' })] };
    }
    if (event.seq !== 3) return null;
    return { intents: [place({ intentId: 'second', side: 'sell', price: 980, tif: 'gtc' })] };
  });
  const noting = {
    check: (action: { readonly kind: string }) => {
      const said = guard.check(action);
      if (said === '') sent.push(action.kind);
      return said;
    },
  };
  const { log, runner } = running(strategy, { guard: noting, risk, venue });
  await runner.push(quotesAt(10, 1_000, 2_000));
  return { sent, log };
}

test('STRATEGY-11: an order that goes only after a cancel does not go without it', async () => {
  const free = await crossing({ check: () => '' });
  expect(free.sent).toEqual(['submit', 'cancel', 'submit']);
  const held = await crossing({ check: ({ kind }) => (kind === 'cancel' ? 'QL_HELD' : '') });
  expect(held.sent).toEqual(['submit']);
  const last = ofType(held.log.records, 'Order').filter(({ src }) => src === 'OPERATOR');
  expect(last.map(({ body }) => [body.side, body.reason])).toEqual([
    ['buy', 'QL_HELD'],
    ['sell', 'QL_SEND_CANCEL_HELD_BACK'],
  ]);
});
