import { expect, test } from 'vitest';
import type { EventInput } from 'quantlaxmi/events';
import type { Step } from 'quantlaxmi/strategy';
import { policyOf, runWorlds } from './worlds.js';

test('no sequence of 20,000 random commands takes the run past a limit or out of HALT', () => {
  const counts = runWorlds({ worlds: 50, commands: 400, replayed: true });
  expect(counts.commands).toBe(20_000);
  // Neither out of reach nor in the way of everything.
  expect(counts.placed).toBeGreaterThan(1_200);
  expect(counts.denied).toBeGreaterThan(500);
  expect(counts.fills).toBeGreaterThan(800);
  expect(counts.amends).toBeGreaterThan(80);
  expect(counts.halts).toBeGreaterThan(20);
});

const caught = (part: Parameters<typeof runWorlds>[0]): string => {
  try {
    runWorlds({ worlds: 30, commands: 400, ...part });
    return 'nothing was noticed';
  } catch (error) {
    return (error as Error).message;
  }
};

/** A step that takes the facts of its venue otherwise. */
const taking =
  (take: (step: Step, event: EventInput) => readonly EventInput[] | null) =>
  (step: Step): Step => {
    let nothing = false;
    return {
      cause: 0,
      onInput: (event) => {
        nothing = false;
        return step.onInput(event);
      },
      onVenue: (event) => {
        const records = take(step, event);
        nothing = records === null;
        return records ?? [];
      },
      actions: () => (nothing ? [] : step.actions()),
      portfolio: () => step.portfolio(),
      openOrders: () => step.openOrders(),
      stateHash: () => step.stateHash(),
    };
  };

test('an engine without its position limit is caught', () => {
  expect(
    caught({ policy: policyOf(['maxExposure', 'maxPosition']), grossLimit: 1_000_000_000n }),
  ).toMatch(/passes/);
});

test('an engine without its exposure limit is caught', () => {
  expect(caught({ policy: policyOf(['maxExposure']) })).toMatch(/gross exposure .* passes/);
});

test('a ladder that leaves HALT by itself is caught', () => {
  let calls = 0;
  const wrap = taking((step, event) => {
    calls += 1;
    const records = step.onVenue(event);
    if (calls % 50 !== 0 || step.actions().length > 0) return records;
    const details = { by: 'nobody', scope: 'all' };
    const body = { code: 'QL_OPERATOR_REARM', details, inst: null, kind: 'operator' } as const;
    const again = { t: 'Session', sv: 1, rx: event.rx, ts: null, src: 'X', body } as const;
    return [...records, ...step.onVenue(again)];
  });
  expect(caught({ wrap })).toMatch(/HALT of .* was left by itself/);
});

test('reduce-only that is not held to the position is caught', () => {
  expect(caught({ bend: (intent) => ({ ...intent, reduceOnly: false }) })).toMatch(
    /reduce-only order could open/,
  );
});

test('a kill switch that nobody reads is caught', () => {
  const deaf = (event: EventInput) => event.t === 'Session' && event.body.kind === 'killSwitch';
  const wrap = taking((step, event) => (deaf(event) ? null : step.onVenue(event)));
  expect(caught({ wrap })).toMatch(/kill switch/);
});
