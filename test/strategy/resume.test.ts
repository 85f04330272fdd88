import type { Event, EventInput } from 'quantlaxmi/events';
import { resumeRunner, type Strategy } from 'quantlaxmi/strategy';
import { describe, expect, test } from 'vitest';
import { counting, erratic, memoryLog, optionsOf, place, quotesAt, runAll, sim } from './lib.js';

const stream = async function* (events: readonly Event[]) {
  for (let from = 0; from < events.length; from += 3) yield events.slice(from, from + 3);
};

const numbered = (records: readonly EventInput[]): Event[] =>
  records.map((record, i) => ({ ...record, seq: i + 1 }) as Event);

/** Goes on from the first `kept` records of a run's log to the end of the session. */
const goOn = async (
  strategy: Strategy<number, unknown>,
  events: readonly Event[],
  before: readonly EventInput[],
) => {
  const log = memoryLog();
  log.records.push(...before);
  const logs = { inputs: stream(events), recorded: stream(numbered(before)) };
  const options = optionsOf(strategy, { log, venue: sim() });
  const runner = await resumeRunner(options, { ...logs, venue: 'rebuilt' });
  await runner.push(events.slice(runner.step.cause));
  return { summary: await runner.finish(), records: log.records };
};

describe('STRATEGY-17: a killed run goes on from its log', () => {
  const market = quotesAt(...Array.from({ length: 22 }, (_, i) => 10 + i * 400));

  test('at whatever record it was cut: log, trace and state are those of a whole run', async () => {
    const whole = await runAll(erratic, market);
    expect(whole.summary.fills).toBeGreaterThan(2);
    // The stop at the end is the operator's: a run cut behind it is over.
    const last = whole.records.findIndex(
      (record) => record.t === 'Session' && record.body.kind === 'stop',
    );
    for (let kept = 0; kept <= last; kept += 1) {
      const again = await goOn(erratic, market, whole.records.slice(0, kept));
      expect(again.records.length).toBe(whole.records.length);
      expect(again.summary).toEqual(whole.summary);
    }
    expect(last).toBeGreaterThan(40);
  });

  test('with other code it does not go on', async () => {
    const whole = await runAll(erratic, market);
    const other = counting(() => ({ intents: [place()] }));
    const { id } = erratic;
    const changed = { ...other, id };
    const gone = goOn(changed, market, whole.records.slice(0, 20));
    await expect(gone).rejects.toMatchObject({
      code: 'QL_RUNNER_HALTED',
      cause: { code: 'QL_RESUME_DIVERGED' },
    });
  });
});
