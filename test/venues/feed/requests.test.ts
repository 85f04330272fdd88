import { expect, test } from 'vitest';
import { SECOND } from './fake-ports.js';
import { factsOf, request, rig, texts, type Rig } from './fake-venue.js';

const MINUTE = 60 * SECOND;
const ask = (r: Rig, ...keys: string[]): void =>
  r.feed.command(keys.map((key) => ({ t: 'request', request: request(key) })));
const asked = (r: Rig): string[] => r.machine.requests.map((x) => x.request.url.slice(22, -9));

async function answerAll(r: Rig, status = 200, headers: Record<string, string> = {}) {
  for (const one of r.machine.requests) if (!one.settled) one.answer(status, 'ok', headers);
  await r.read();
}

test('FEED-5: one of a key at a time; after its answer the key is free', async () => {
  const r = await rig();
  ask(r, 'a', 'a', 'b');
  expect(asked(r)).toEqual(['a', 'b']);
  ask(r, 'a');
  await answerAll(r);
  ask(r, 'a');
  expect(asked(r)).toEqual(['a', 'b', 'a']);
});

test('FEED-5: a request is made again with growing waits until its status is 200', async () => {
  const r = await rig();
  ask(r, 'a');
  const gaps: number[] = [];
  for (const status of [500, 503, 404]) {
    await answerAll(r, status);
    const before = r.machine.nowUs;
    while (r.machine.requests.every((x) => x.settled)) r.machine.advance(100_000);
    gaps.push(Math.round((r.machine.nowUs - before) / SECOND));
  }
  expect(gaps).toEqual([1, 2, 4]);
  await answerAll(r);
  r.machine.advance(MINUTE);
  expect(r.machine.requests).toHaveLength(4);
  expect(texts(r), 'every answer is a record').toEqual(['ack', 'ok', 'ok', 'ok', 'ok']);
});

test('FEED-5: one that is not to be repeated is made once, whatever comes of it', async () => {
  const r = await rig();
  r.feed.command([{ t: 'request', request: request('once', { retry: false }) }]);
  await answerAll(r, 500);
  r.machine.advance(50 * SECOND);
  expect(r.machine.requests).toHaveLength(1);
  expect(factsOf(r)).toEqual(['connected']);
});

test('FEED-5: no answer is a fact, with what the port says, and never the address', async () => {
  const r = await rig();
  ask(r, 'a');
  r.machine.requests[0]?.fail('timeout after 1 s');
  await r.read();
  expect(r.facts.at(-1)).toEqual({
    kind: 'malformed',
    code: 'QL_FEED_REQUEST',
    inst: null,
    details: { key: 'a', reason: 'timeout after 1 s' },
  });
  r.machine.advance(2 * SECOND);
  expect(r.machine.requests).toHaveLength(2);
});

test('FEED-5: 429 and 418 hold all requests for as long as the venue says', async () => {
  for (const status of [429, 418]) {
    const r = await rig();
    ask(r, 'a');
    await answerAll(r, status, { 'retry-after': '30' });
    ask(r, 'b', 'c');
    r.machine.advance(29 * SECOND);
    expect(asked(r), String(status)).toEqual(['a']);
    r.machine.advance(2 * SECOND);
    expect(asked(r).sort()).toEqual(['a', 'a', 'b', 'c']);
  }
  // Without a usable header: the length of the budget's window.
  for (const header of ['', 'Fri, 31 Dec 2027 23:59:59 GMT', '-1', '1e9']) {
    const r = await rig();
    ask(r, 'a');
    await answerAll(r, 429, { 'retry-after': header });
    r.machine.advance(59 * SECOND);
    expect(asked(r), header).toEqual(['a']);
    r.machine.advance(2 * SECOND);
    expect(asked(r), header).toEqual(['a', 'a']);
  }
  // Control: other statuses hold nothing.
  const r = await rig();
  ask(r, 'a');
  await answerAll(r, 500, { 'retry-after': '30' });
  ask(r, 'b');
  expect(asked(r)).toEqual(['a', 'b']);
});

test('FEED-5: what the venue counted counts: other programs use up the same budget', async () => {
  const r = await rig();
  ask(r, 'a');
  await answerAll(r, 200, { 'x-used': '99' });
  ask(r, 'b');
  await answerAll(r);
  ask(r, 'c');
  r.machine.advance(58 * SECOND);
  expect(asked(r)).toEqual(['a', 'b']);
  r.machine.advance(3 * SECOND);
  expect(asked(r)).toEqual(['a', 'b', 'c']);
});

test('FEED-5: a request heavier than the whole budget is refused, not kept waiting', async () => {
  const r = await rig();
  r.feed.command([{ t: 'request', request: request('huge', { weight: 101 }) }]);
  await r.read();
  expect(r.error).toMatchObject({ code: 'QL_BAD_INPUT' });
});

test('FEED-5: an opening request that fails for good ends the feed', async () => {
  for (const how of ['status', 'nothing']) {
    const r = await rig({ protocol: (p) => (p.first = [request('token', { retry: false })]) });
    if (how === 'status') r.machine.requests[0]?.answer(403, 'expired');
    else r.machine.requests[0]?.fail('refused');
    await r.read();
    expect(r.error).toMatchObject({ code: 'QL_FEED_REQUEST' });
    expect(String(r.error)).not.toContain('secret');
    expect(texts(r)).toEqual(how === 'status' ? ['expired'] : []);
    expect(r.machine.timersLeft).toBe(0);
  }
  const r = await rig({ protocol: (p) => (p.first = [request('info')]) });
  await answerAll(r, 503);
  r.machine.advance(2 * SECOND);
  await answerAll(r);
  r.machine.advance(SECOND);
  expect(r.feed.state).toBe('live');
});

test('FEED-5: after a stop nothing is asked for, and no answer is recorded', async () => {
  const r = await rig();
  ask(r, 'a');
  r.feed.stop();
  await answerAll(r);
  ask(r, 'b');
  r.machine.advance(MINUTE);
  expect(asked(r)).toEqual(['a']);
  expect(texts(r)).toEqual(['ack']);
  expect(r.done).toBe(true);
});
