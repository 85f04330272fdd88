/** Captures that could not begin or brought nothing: exit code, what is said, what to do next. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { binanceVenue, syntheticBinance } from '../../src/testing/node/index.js';
import { temporaryFolder } from '../node/folders.js';
import { FIXTURE } from './lib/command.js';
import { commandHere } from './lib/in-process.js';

vi.setConfig({ testTimeout: 120_000 });

const LIVE = ['capture', 'binance', '--market', 'usdm', '--symbols', 'NOPEUSDT'];
const at = (ws: string, rest: string): string[] => ['--endpoint-ws', ws, '--endpoint-rest', rest];

test.each([
  ['http:/x', 'http://127.0.0.1:1', '--endpoint-ws http:/x: expected ws://host or wss://host'],
  ['ws:/x', 'http://127.0.0.1:1', '--endpoint-ws ws:/x'],
  ['ws://x', 'ftp://x', '--endpoint-rest ftp://x: expected http://host or https://host'],
  ['ws://x', 'nothing', '--endpoint-rest nothing'],
])('CLI-1: addresses %s and %s are refused before anything is made', async (ws, rest, said) => {
  const out = join(temporaryFolder(), 'session');
  const { code, err } = await commandHere([...LIVE, ...at(ws, rest), '--out', out]);
  expect(err).toContain(said);
  expect(code).toBe(2);
  expect(existsSync(out)).toBe(false);
});

test('CLI-1: a capture that reached nobody is 1, and says so', async () => {
  const out = join(temporaryFolder(), 'session');
  const given = [...LIVE, ...at('ws://127.0.0.1:1', 'http://127.0.0.1:1'), '--duration', '1'];
  const { code, out: text } = await commandHere([...given, '--out', out, '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(text)).toMatchObject({ connected: false });
  const people = await commandHere([...given, '--out', `${out}-2`]);
  expect(people.out).toContain('no connection was ever made');
});

test('CLI-1: a folder that a failed start occupies names --resume and deletion', async () => {
  const source = syntheticBinance({ market: 'usdm', seed: 3n, durationUs: 7_000_000 });
  const venue = await binanceVenue({ source });
  try {
    const out = join(temporaryFolder(), 'session');
    const given = [...LIVE, ...at(venue.url.ws, venue.url.http), '--out', out];
    const first = await commandHere(given);
    expect(first.code).not.toBe(0);
    expect(first.err).toContain('NOPEUSDT');
    expect(first.err).toContain('--resume');
    const second = await commandHere(given);
    expect(second.err).toContain('QL_SESSION_EXISTS');
    expect(second.err).toContain('--resume');
    expect(second.err).toContain('delete the folder');
    expect(second.code).toBe(2);
    // What is said helps: the symbol that exists, in the folder that was deleted.
    rmSync(out, { recursive: true });
    const good = given.map((word) => (word === 'NOPEUSDT' ? 'BTCUSDT' : word));
    // Books hold from the first update after their snapshot: something has to come.
    const playing = venue.play({ speed: 1 });
    const third = await commandHere([...good, '--duration', '8', '--json']);
    await playing;
    expect(third.code, third.err).toBe(0);
    expect(JSON.parse(third.out)).toMatchObject({ connected: true });
  } finally {
    await venue.close();
  }
});

test('CLI-1: recordings that cannot be read leave no riddle behind', async () => {
  const dir = temporaryFolder();
  const out = join(dir, 'session');
  const from = ['capture', 'binance', '--market', 'usdm', '--out', out, '--from'];
  const failed = await commandHere([...from, FIXTURE, join(dir, 'not-there.gz')]);
  expect(failed.code).toBe(2);
  if (existsSync(join(out, 'session_manifest.json'))) {
    expect(failed.err).toContain('delete the folder before the next attempt');
    rmSync(out, { recursive: true });
  }
  const again = await commandHere([...from, FIXTURE]);
  expect(again.code, again.err).toBe(0);
});
