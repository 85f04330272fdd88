import { expect, test, vi } from 'vitest';
import { systemAlarm } from 'quantlaxmi/node';

const alarm = systemAlarm();
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('rings once, unless called off', async () => {
  const rung: string[] = [];
  const callOff = alarm(1_000, () => rung.push('called off'));
  callOff();
  await new Promise<void>((resolve) => {
    alarm(5_000, () => {
      rung.push('rung');
      resolve();
    });
  });
  callOff();
  for (let i = 0; i < 5; i += 1) await turn();
  expect(rung).toEqual(['rung']);
});

test('WAL-16: what was answered while this process was busy is taken in before it rings', async () => {
  const order: string[] = [];
  const rung = new Promise<void>((resolve) => {
    alarm(2_000, () => {
      order.push('alarm');
      resolve();
    });
  });
  // The disk answers in the same turn in which the time is found to be over.
  const { port1, port2 } = new MessageChannel();
  port1.on('message', () => {
    order.push('answer');
    port1.close();
  });
  port2.postMessage(null);
  const until = performance.now() + 20;
  while (performance.now() < until);
  await rung;
  expect(order).toEqual(['answer', 'alarm']);
});

test('called off between the time and the ring, it does not ring', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate'] });
  try {
    const rung: string[] = [];
    const callOff = alarm(1_000, () => rung.push('called off'));
    alarm(1_000, () => rung.push('rung'));
    vi.advanceTimersToNextTimer();
    callOff();
    vi.runAllTimers();
    expect(rung).toEqual(['rung']);
  } finally {
    vi.useRealTimers();
  }
});
