import type { EventInput } from 'quantlaxmi/events';
import type { WalWriterOptions } from 'quantlaxmi/wal';
import { memoryStore, openWalWriter } from 'quantlaxmi/wal';
import { options, timer, trade } from '../../../wal/support.js';

export type Files = Map<string, Uint8Array>;

/** A mix of long and short lines, all canonical. */
export function eventOf(i: number): EventInput {
  if (i % 5 === 0) return timer(i);
  if (i % 5 === 1) {
    const body = { ask: 101 + i, askQty: 7, bid: 100 + i, bidQty: 9 };
    const rest = { inst: 'BINANCE:SPOT:BTCUSDT', venueSeq: i };
    const envelope = { sv: 1, rx: 1_000 + i, ts: null, src: 'BINANCE' } as const;
    return { t: 'Quote', ...envelope, body: { ...body, ...rest } };
  }
  return trade(i);
}

/** Files of a log of batches of the given sizes, one flush each. */
export async function logOf(
  sizes: readonly number[],
  over: Partial<WalWriterOptions> & { readonly close?: boolean } = {},
): Promise<Files> {
  const { close = true, ...rest } = over;
  const store = memoryStore();
  const log = await openWalWriter(store, options(rest));
  for (const size of sizes) {
    const first = log.appendedSeq + 1;
    log.appendBatch(Array.from({ length: size }, (_, i) => eventOf(first + i)));
    await log.flush();
  }
  if (close) await log.close();
  return store.snapshot();
}

export const namesOf = (files: Files): string[] => [...files.keys()].sort();

export const bytesOf = (files: Files, name: string): Uint8Array => {
  const bytes = files.get(name);
  if (bytes === undefined) throw new Error(`no file ${name}`);
  return bytes;
};

export function without(files: Files, name: string): Files {
  const less = new Map(files);
  less.delete(name);
  return less;
}

export const withBytes = (files: Files, name: string, bytes: Uint8Array): Files =>
  new Map(files).set(name, bytes);

/** Lines of a file as text, byte for character, without their LF. */
export const textLines = (bytes: Uint8Array): string[] =>
  Buffer.from(bytes).toString('latin1').split('\n').slice(0, -1);

export const fileOf = (lines: readonly string[]): Uint8Array =>
  new Uint8Array(Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1'));

/** Byte at which line `at` starts. */
export const startOf = (lines: readonly string[], at: number): number =>
  lines.slice(0, at).reduce((sum, line) => sum + line.length + 1, 0);

export const kindOf = (line: string | undefined): string => line?.[6] ?? '';
