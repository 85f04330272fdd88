/** Damaged files: never a crash, never an event that cannot be. */
import { describe, expect, test } from 'vitest';
import { nseCapture } from 'quantlaxmi/venues/nse';
import { bhavcopy, eventsOf, recordText } from './files.js';
import { checkPossible, recordMutants } from './mutations.js';

describe('damaged files', { timeout: 300_000 }, () => {
  test('NSEFILE-8: no damage ends a capture or makes an impossible event', () => {
    const { files, recorded, codes } = recordMutants(2500, 20260202n);
    console.info(files, 'damaged files,', recorded, 'of them gave contracts', codes);
    // Both outcomes occur, and the kinds of damage that are told apart.
    expect(recorded).toBeGreaterThan(500);
    expect(recorded).toBeLessThan(2400);
    for (const code of ['QL_CSV', 'QL_UTF8', 'QL_JSON_SYNTAX', 'QL_NSE_HEADER', 'QL_NSE_ROW']) {
      expect(codes.get(code) ?? 0, code).toBeGreaterThan(10);
    }
  });

  test('NSEFILE-8: the check itself sees a price, a side and a range that cannot be', () => {
    const { events } = recordText(bhavcopy([{}]));
    const declared = new Map();
    for (const event of events) checkPossible(event, declared);
    const [, stats] = eventsOf(events, 'Stats');
    if (stats === undefined) throw new Error('no Stats');
    for (const wrong of [
      { last: 0 },
      { last: stats.body.low! - 5 },
      { volume: -1 },
      { inst: 'X' },
    ]) {
      const event = { ...stats, body: { ...stats.body, ...wrong } };
      expect(() => checkPossible(event, declared)).toThrow();
    }
    const quote = { ask: 5, askQty: 1, bid: 5, bidQty: 1, inst: stats.body.inst, venueSeq: null };
    const crossed = { ...stats, t: 'Quote', body: quote } as const;
    expect(() => checkPossible(crossed, declared)).toThrow('crossed');
  });

  test('NSEFILE-9: what is no file is a fact, and facts of others are handed on', () => {
    const capture = nseCapture({ sessionId: 's' });
    const bytes = new Uint8Array([123]);
    const frame = { kind: 'frame', rx: 5, conn: 1, binary: false, bytes } as const;
    expect(capture.record(frame).map((e) => e.t === 'Session' && e.body.code)).toEqual([
      '',
      'QL_NSE_FILE',
    ]);
    const body = { kind: 'gap', code: 'QL_FEED_RESTARTED', inst: null, details: {} } as const;
    const [fact] = capture.record({ kind: 'fact', rx: 6, body });
    expect(fact).toMatchObject({ rx: 6, body });
    const back = capture.record({ kind: 'fact', rx: 4, body });
    expect(back.map(({ rx }) => rx)).toEqual([6, 6]);
    expect(back[0]).toMatchObject({ body: { kind: 'clock', code: 'QL_VENUE_CLOCK_STEP' } });
    const url = 'gone.csv';
    const missing = { kind: 'answer', rx: 7, tookUs: 1, status: 404, url, bytes } as const;
    expect(capture.record(missing)[0]).toMatchObject({ body: { code: 'QL_NSE_FILE' } });
    expect(capture.stop()[0]).toMatchObject({
      body: { kind: 'stop', details: { QL_NSE_FILE: 2, malformed: 2, refusedFiles: 1 } },
    });
  });

  test('NSEFILE-9: a capture goes on from the instruments that a log holds', () => {
    const { events } = recordText(bhavcopy([{}]));
    const capture = nseCapture({ sessionId: 's' });
    for (const event of events) capture.restore(event);
    const text = new TextEncoder().encode(bhavcopy([{}]));
    const rx = (events[0]?.rx ?? 0) + 1;
    const again = capture.record({
      ...{ kind: 'answer', rx, tookUs: 0, status: 200, url: 'again', bytes: text },
    });
    expect(again.map(({ t }) => t)).toEqual(['Stats', 'Stats']);
  });
});
