import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { EventInput } from 'quantlaxmi/events';
import { memoryStore, openWalWriter, verifyWal } from 'quantlaxmi/wal';
import { oracleRead } from './oracle.js';
import { hasher, options, readAll, timer, trade } from './support.js';

const folder = fileURLToPath(new URL('../../fixtures/wal/v1/', import.meta.url));

/** The kept log of format version 1: never rewritten, only added to. */
function golden(): Map<string, Uint8Array> {
  return new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => [name, new Uint8Array(readFileSync(`${folder}${name}`))]),
  );
}

const fact: EventInput = {
  t: 'Session',
  sv: 1,
  rx: 1_000,
  ts: null,
  src: 'BINANCE',
  body: { code: '', details: { endpoint: 'é "q" \\ ₹' }, inst: null, kind: 'start' },
};

/** The calls that wrote it. */
async function writeGolden(): Promise<Map<string, Uint8Array>> {
  const store = memoryStore();
  const schemas = { Session: 1, Timer: 1, Trade: 1 };
  const how = options({ schemas, rotate: { bytes: 1_048_576, events: 5 } });
  const log = await openWalWriter(store, how);
  log.append(fact);
  await log.flush();
  log.appendBatch([trade(1), trade(2), timer(3)]);
  await log.flush();
  log.appendBatch([timer(4), timer(5)]);
  await log.flush();
  // Killed here: the next opening recovers, and closes in order.
  const again = memoryStore(store.snapshot());
  const next = await openWalWriter(again, how);
  next.append(trade(9));
  await next.close();
  return again.snapshot();
}

test('the kept log of format 1 is still read, event by event', async () => {
  const files = golden();
  const store = memoryStore(files);
  const found = await verifyWal(store, { hasher, canonical: true, expectSealed: true });
  expect(found).toMatchObject({
    ok: true,
    totalEvents: 8,
    perType: { Session: 2, Timer: 3, Trade: 3 },
  });
  expect(found.segments.map((segment) => segment.why)).toEqual(['rotate', 'recovered', 'close']);
  const events = await readAll(store);
  expect(events[0]?.body).toEqual(fact.body);
  expect(events.map((event) => `${event.seq} ${event.t} ${event.rx}`)).toEqual([
    '1 Session 1000',
    '2 Trade 1001',
    '3 Trade 1002',
    '4 Timer 1003',
    '5 Timer 1004',
    '6 Timer 1005',
    '7 Session 1005',
    '8 Trade 1009',
  ]);
  expect(oracleRead(files).head).toBe(found.chainHead);
});

test('and still written to the same bytes', async () => {
  const now = await writeGolden();
  const kept = golden();
  expect([...now.keys()].sort()).toEqual([...kept.keys()].sort());
  for (const [name, bytes] of kept) {
    expect(Buffer.from(now.get(name) ?? []).toString()).toBe(Buffer.from(bytes).toString());
  }
});

test('its footers hold under coreutils arithmetic: sha256 of the first `bytes` bytes', () => {
  for (const bytes of golden().values()) {
    const footer = JSON.parse(Buffer.from(bytes).toString().trimEnd().split('\n').at(-1) ?? '');
    const sha256 = createHash('sha256').update(bytes.subarray(0, footer.bytes)).digest('hex');
    expect(sha256).toBe(footer.sha256);
  }
});
