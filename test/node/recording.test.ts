/** Recordings as they come: huge lines, many snapshots, broken starts, failing consumers. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/events/index.js';
import { captureRecording, type Session } from '../../src/node/index.js';
import { scratch } from '../acceptance/lib/command.js';

const dir = scratch('recording');
const START = 1_723_161_600_000_000_000n;

const line = (at: number, message: string): string =>
  `${START + BigInt(at) * 1_000_000n} ${message}`;

const ticker = (at: number, symbol: string): string =>
  line(
    at,
    `{"stream":"${symbol.toLowerCase()}@bookTicker","data":{"e":"bookTicker","u":${at},` +
      `"s":"${symbol}","b":"10.0","B":"1","a":"10.1","A":"1","T":1723161600000,"E":1723161600000}}`,
  );

const snapshot = (at: number, symbol: string, levels: number): string => {
  const side = (from: number, step: number): string =>
    Array.from({ length: levels }, (_, i) => `["${(from + step * i) / 10}","1.234"]`).join(',');
  return line(
    at,
    `{"lastUpdateId":${at},"E":1,"T":1,"symbol":"${symbol}",` +
      `"bids":[${side(900_000, -1)}],"asks":[${side(900_001, 1)}]}`,
  );
};

const write = (name: string, lines: readonly string[]): string => {
  const file = join(dir, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
};

const capture = (name: string, lines: readonly string[], extra: object = {}) =>
  captureRecording({
    market: 'usdm',
    files: [write(`${name}.raw`, lines)],
    out: join(dir, name),
    ...extra,
  });

const eventsOf = async (session: Session): Promise<Event[]> => {
  const out: Event[] = [];
  for await (const batch of session.read()) out.push(...batch);
  return out;
};

describe('a recording', { timeout: 120_000 }, () => {
  test('NODE-17: many snapshots at once wait for the log', async () => {
    const symbols = Array.from({ length: 60 }, (_, i) => `A${i}USDT`);
    const lines = symbols.map((symbol, i) => snapshot(i + 1, symbol, 5000));
    const { session, stats } = await capture('many', lines);
    expect(stats.snapshots).toBe(60);
    expect(session.manifest.wal.perType['BookSnapshot']).toBe(60);
  });

  test('NODE-17: a message too long for the log is a fact, the rest is kept', async () => {
    const lines = [ticker(1, 'BIGUSDT'), snapshot(2, 'BIGUSDT', 60_000), ticker(3, 'BIGUSDT')];
    const { session } = await capture('big', lines);
    const events = await eventsOf(session);
    expect(events.filter(({ t }) => t === 'Quote')).toHaveLength(2);
    const facts = events.filter(
      ({ t, body }) => t === 'Session' && 'code' in body && body.code !== '',
    );
    expect(facts.map(({ body }) => 'code' in body && body.code)).toContain('WAL_LINE_TOO_LONG');
    expect(session.manifest.capture.malformed).toBe(1);
  });

  test('NODE-18: an error of the consumer is no damage: nothing is sealed', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => ticker(i + 1, 'AUSDT'));
    const file = join(dir, 'consumer.gz');
    writeFileSync(file, gzipSync(`${lines.join('\n')}\n`));
    const onProgress = (): never => {
      throw new TypeError('a bar that broke');
    };
    const options = { market: 'usdm', files: [file], out: join(dir, 'consumer') } as const;
    await expect(captureRecording({ ...options, onProgress })).rejects.toThrow('a bar that broke');
    const whole = await captureRecording({ ...options, out: join(dir, 'consumer-2') });
    expect([whole.stats.quotes, whole.damage]).toEqual([5000, []]);
    // A thousand events a commit, whether anybody listens for acknowledgements or not.
    const [segment] = whole.session.manifest.wal.segments;
    const log = readFileSync(join(dir, 'consumer-2', 'wal', segment?.name ?? ''), 'latin1');
    expect(log.split('\n{"k":"C"').length - 1).toBe(6);
  });

  test('NODE-18: reading fails as QL_FILE_READ', async () => {
    expect(
      await codeOfAsync(
        captureRecording({ market: 'usdm', files: [dir], out: join(dir, 'folder') }),
      ),
    ).toBe('QL_FILE_READ');
  });

  test('NODE-19: a session starts at its first receive time', async () => {
    const rest = join(dir, 'rest.json');
    writeFileSync(rest, snapshot(5, 'AUSDT', 10).replace(/^\d+ /, ''));
    const lines = ['no time here', ticker(7, 'AUSDT'), ticker(8, 'AUSDT')];
    const { session } = await capture('late', lines, { snapshots: [rest] });
    const events = await eventsOf(session);
    const first = Number((START + 7_000_000n) / 1000n);
    expect(events.filter(({ t }) => t === 'BookSnapshot').map(({ rx }) => rx)).toEqual([first]);
    expect(Math.max(...events.map(({ rx }) => rx))).toBe(first + 1000);
  });
});

async function codeOfAsync(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => (error as { code?: unknown }).code,
  );
}
