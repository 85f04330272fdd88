import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRng } from 'quantlaxmi/core';
import { backoffUs } from 'quantlaxmi/venues/feed';
import { FakeMachine, SECOND } from './fake-ports.js';
import { link, request, rig } from './fake-venue.js';

const seed = 4_005;

interface Spent {
  readonly at: number;
  readonly weight: number;
}

/** The most that any window of `perUs` holds, looking at each that starts at an event. */
function mostInWindow(spent: readonly Spent[], perUs: number): number {
  const sums = spent.map(({ at }) =>
    spent.filter((x) => x.at >= at && x.at < at + perUs).reduce((sum, x) => sum + x.weight, 0),
  );
  return Math.max(0, ...sums);
}

test('the slow count of windows finds a limit that is broken', () => {
  const burst = [0, 999_999, 1_000_000].map((at) => ({ at, weight: 2 }));
  expect(mostInWindow(burst, SECOND)).toBe(4);
  expect(mostInWindow(burst, SECOND + 1)).toBe(6);
});

test('FEED-3: messages on a connection keep the limit in any window, none is lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        count: fc.integer({ min: 1, max: 5 }),
        perUs: fc.integer({ min: 1, max: 3 * SECOND }),
        bursts: fc.array(fc.tuple(fc.nat(6), fc.nat(2 * SECOND)), { maxLength: 8 }),
      }),
      async ({ bursts, count, perUs }) => {
        const r = await rig({
          protocol: (p) => {
            Object.assign(p.limits, { sends: { count, perUs } });
            p.greeting = () => ['g0', 'g1', 'g2'];
          },
        });
        const socket = r.machine.last;
        const wanted = ['g0', 'g1', 'g2'];
        for (const [size, waitUs] of bursts) {
          for (let i = 0; i < size; i++) {
            wanted.push(`m${wanted.length}`);
            r.feed.command([{ t: 'send', link: '0', data: wanted.at(-1) as string }]);
          }
          r.machine.advance(waitUs);
        }
        for (let i = 0; i < 60 && socket.texts.length < wanted.length; i++) {
          socket.alive();
          r.machine.advance(10 * SECOND);
        }
        expect(socket.texts).toEqual(wanted);
        const spent = [...socket.sent.map((x) => x.at), ...socket.pings].map((at) => ({
          at,
          weight: 1,
        }));
        expect(mostInWindow(spent, perUs)).toBeLessThanOrEqual(count);
        r.feed.stop();
      },
    ),
    { seed, numRuns: 60 },
  );
});

test('FEED-3: connection attempts of all links together keep the limit in any window', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 20 * SECOND }),
      fc.integer({ min: 1, max: 4 }),
      async (count, perUs, links) => {
        const r = await rig({
          accept: false,
          protocol: (p) => {
            Object.assign(p.limits, { connects: { count, perUs } });
            p.wanted = Array.from({ length: links }, (_, i) => link(String(i)));
          },
        });
        r.machine.onOpen = (socket) => r.machine.network(() => socket.end({ error: 'refused' }));
        for (const socket of r.machine.sockets) socket.end({ error: 'refused' });
        r.machine.advance(120 * SECOND);
        const spent = r.machine.sockets.map((s) => ({ at: s.openedAt, weight: 1 }));
        expect(spent.length).toBeGreaterThan(links);
        expect(mostInWindow(spent, perUs)).toBeLessThanOrEqual(count);
        r.feed.stop();
      },
    ),
    { seed, numRuns: 40 },
  );
});

test('FEED-5: the weight of requests keeps the budget in any window; all are made', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 10 }), fc.nat(20 * SECOND)), { maxLength: 12 }),
      fc.integer({ min: 10, max: 15 }),
      async (wanted, count) => {
        const perUs = 30 * SECOND;
        const r = await rig({
          protocol: (p) => Object.assign(p.limits, { requests: { count, perUs } }),
        });
        const weights: number[] = [];
        const drive = async (us: number): Promise<void> => {
          for (let at = 0; at < us; at += SECOND) {
            r.machine.advance(SECOND);
            r.machine.last.alive();
            for (const one of r.machine.requests) if (!one.settled) one.answer(200);
            await r.machine.settle();
          }
        };
        for (const [weight, waitUs] of wanted) {
          const one = request(`k${weights.length}`, { weight });
          weights.push(weight);
          r.feed.command([{ t: 'request', request: one }]);
          await drive(waitUs);
        }
        await drive(weights.length * perUs);
        expect(r.machine.requests.map((x) => x.request.url)).toEqual(
          weights.map((_, i) => `https://venue.example/k${i}?secret=1`),
        );
        const spent = r.machine.requests.map((x, i) => ({ at: x.at, weight: weights[i] ?? 0 }));
        expect(mostInWindow(spent, perUs)).toBeLessThanOrEqual(count);
        r.feed.stop();
      },
    ),
    { seed, numRuns: 15 },
  );
});

test('FEED-3: waits double up to their maximum, and only the jitter is random', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10 * SECOND }),
      fc.integer({ min: 0, max: 600 * SECOND }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(200),
      (baseUs, more, jitter, n) => {
        const options = { baseUs, maxUs: baseUs + more, jitter, resetAfterUs: 0 };
        let full = baseUs;
        for (let i = 0; i < n && full < options.maxUs; i++) full *= 2;
        full = Math.min(full, options.maxUs);
        const wait = backoffUs(options, n, createRng(BigInt(n), 1n));
        expect(Number.isSafeInteger(wait)).toBe(true);
        expect(wait).toBeLessThanOrEqual(full);
        expect(wait).toBeGreaterThanOrEqual(Math.floor(full * (1 - jitter)) - 1);
      },
    ),
    { seed, numRuns: 500 },
  );
  const machine = new FakeMachine();
  const options = { baseUs: SECOND, maxUs: SECOND, jitter: 1, resetAfterUs: 0 };
  const waits = new Set(Array.from({ length: 50 }, () => backoffUs(options, 0, machine.ports.rng)));
  expect(waits.size, 'feeds do not come back at once').toBeGreaterThan(40);
  expect(() => backoffUs(options, -1, machine.ports.rng)).toThrow('n is -1');
});
