import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
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

test('WAL-16: what was answered while this process was busy counts before it rings', async () => {
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

/** Fires what is next, as late as it may be; timers here know nothing of how late they are. */
const nextTimer = (): void => void vi.advanceTimersToNextTimer();

describe('with timers by hand', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate'] });
  });
  afterEach(() => vi.useRealTimers());

  test('called off between the time and the ring, it does not ring', () => {
    const rung: string[] = [];
    const callOff = alarm(1_000, () => rung.push('called off'));
    alarm(1_000, () => rung.push('rung'));
    nextTimer();
    callOff();
    vi.runAllTimers();
    expect(rung).toEqual(['rung']);
  });

  test('WAL-16: a second takes four looks, however long the process slept between two', () => {
    let rung = 0;
    alarm(1_000_000, () => {
      rung += 1;
    });
    const looks: number[] = [];
    for (let i = 1; i <= 6; i += 1) {
      nextTimer();
      looks.push(rung);
    }
    // Four ticks, then two turns for answers.
    expect(looks).toEqual([0, 0, 0, 0, 0, 1]);
    vi.runAllTimers();
    expect(rung).toBe(1);
  });

  test('called off in the middle, nothing is left', () => {
    const callOff = alarm(30_000_000, () => expect.fail('rang'));
    nextTimer();
    nextTimer();
    callOff();
    expect(vi.getTimerCount()).toBe(0);
  });
});
