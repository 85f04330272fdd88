/**
 * A log as text for people.
 * @module
 */
import type { HasherFactory } from '../core/index.js';
import { escapeControl } from '../core/index.js';
import { encodeEventJson } from '../events/index.js';
import { readWal } from './read.js';
import type { WalStore } from './store.js';

/** Options of `dumpWal`. */
export interface DumpWalOptions {
  readonly hasher: HasherFactory;
  readonly fromSeq?: number;
  readonly toSeq?: number;
  /** Receive times, µs. */
  readonly fromRx?: number;
  readonly toRx?: number;
}

/**
 * Committed events as lines of JSON without checksums, safe to print: characters that move a
 * terminal's cursor or hide text are shown as `\uXXXX`.
 *
 * @param store - the log
 * @param options - which events
 * @returns pieces of text, each one or more lines with their LF
 * @throws QuantlaxmiError as `readWal`, but for WAL_TORN_TAIL
 * @example
 * ```ts
 * import { sha256Pure } from 'quantlaxmi/core';
 * import { dumpWal, memoryStore } from 'quantlaxmi/wal';
 *
 * let text = '';
 * for await (const piece of dumpWal(memoryStore(), { hasher: sha256Pure })) text += piece;
 * text; // => ''
 * ```
 */
export async function* dumpWal(store: WalStore, options: DumpWalOptions): AsyncGenerator<string> {
  for await (const events of readWal(store, { ...options, upTo: 'commit' })) {
    yield events.map((event) => `${escapeControl(encodeEventJson(event))}\n`).join('');
  }
}
