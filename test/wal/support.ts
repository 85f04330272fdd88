import { createHash } from 'node:crypto';
import type { HasherFactory } from 'quantlaxmi/core';
import { crc32c } from 'quantlaxmi/core';
import type { Event, EventInput } from 'quantlaxmi/events';
import type { WalStore, WalWriter, WalWriterOptions } from 'quantlaxmi/wal';
import { openWalWriter, readWal } from 'quantlaxmi/wal';

export const WAL_ID = '0123456789abcdef0123456789abcdef';
export const NOW_US = 1_700_000_000_000_000;

export const hasher: HasherFactory = () => {
  const hash = createHash('sha256');
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => new Uint8Array(hash.digest()),
  };
};

/** A clock moved by hand. */
export function handClock(start = NOW_US) {
  const clock = { us: start, nowUs: () => clock.us };
  return clock;
}

export function options(over: Partial<WalWriterOptions> = {}): WalWriterOptions {
  return {
    walId: WAL_ID,
    clock: { nowUs: () => NOW_US },
    hasher,
    policy: { kind: 'always' },
    rotate: { bytes: 1_048_576, events: 1_000_000 },
    ...over,
  };
}

/** A small event; `i` shows in its body and in `rx`. */
export function timer(i: number, rx = 1_000 + i): EventInput {
  return {
    t: 'Timer',
    sv: 1,
    rx,
    ts: null,
    src: 'RUNNER',
    body: { cause: i, due: i, id: `t${i}` },
  };
}

export function trade(i: number): EventInput {
  return {
    t: 'Trade',
    sv: 1,
    rx: 1_000 + i,
    ts: 900 + i,
    src: 'BINANCE',
    body: {
      aggressor: 'buy',
      inst: 'BINANCE:SPOT:BTCUSDT',
      price: 100 + i,
      qty: 1 + i,
      tradeId: String(i),
      venueSeq: null,
    },
  };
}

export async function readAll(
  store: WalStore,
  over: Partial<Parameters<typeof readWal>[1]> = {},
): Promise<Event[]> {
  const all: Event[] = [];
  for await (const events of readWal(store, { hasher, ...over })) all.push(...events);
  return all;
}

/** Writes batches of timers of the given sizes, one flush each, and closes. */
export async function writeLog(
  store: WalStore,
  sizes: readonly number[],
  over: Partial<WalWriterOptions> = {},
): Promise<void> {
  const log = await openWalWriter(store, options(over));
  await appendSizes(log, sizes);
  await log.close();
}

export async function appendSizes(log: WalWriter, sizes: readonly number[]): Promise<void> {
  for (const size of sizes) {
    for (let i = 0; i < size; i += 1) log.append(timer(log.appendedSeq + 1));
    await log.flush();
  }
}

/** Lines of a file with their offsets, LF included in the length. */
export function linesOf(bytes: Uint8Array): { text: string; byte: number; end: number }[] {
  const lines: { text: string; byte: number; end: number }[] = [];
  let byte = 0;
  for (const text of Buffer.from(bytes).toString('latin1').split('\n').slice(0, -1)) {
    lines.push({ text, byte, end: byte + text.length + 1 });
    byte += text.length + 1;
  }
  return lines;
}

/** A line's text with another prefix and a checksum that holds. */
export function sealLine(prefix: string): string {
  const bytes = Buffer.from(prefix, 'latin1');
  return `${prefix},"crc":"${crc32c(bytes).toString(16).padStart(8, '0')}"}`;
}

export function prefixOf(line: string): string {
  return line.slice(0, -18);
}

export function textBytes(lines: readonly string[]): Uint8Array {
  return new Uint8Array(Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1'));
}

/** What an error says of itself. */
export async function failureOf(promise: Promise<unknown>): Promise<{
  code: string;
  message: string;
  context: Record<string, unknown>;
}> {
  try {
    await promise;
  } catch (error) {
    return error as { code: string; message: string; context: Record<string, unknown> };
  }
  return { code: 'none', message: '', context: {} };
}
