import { expect, test } from 'vitest';
import { orderCrashes } from '../node/order-crash/rounds.js';

test('200 times kill -9 around orders, the venue elsewhere: nothing doubled or lost', async () => {
  const sum = await orderCrashes(200, { seed: 1_000n });
  console.log(`order crashes: ${JSON.stringify(sum)}`);
  expect(sum).toMatchObject({ duplicates: 0, unlogged: 0, lost: 0, wrongPositions: 0 });
  expect(sum.atOrders).toBeGreaterThan(20);
}, 1_800_000);
