/**
 * What the log commands share.
 * @module
 */
import { fileStore, findLog } from '../../node/index.js';
import type { WalStore } from '../../wal/index.js';
import { grouped } from '../format.js';

/** The log that a session, run or segment folder means. */
export const storeOf = (dir: string): WalStore => fileStore(findLog(dir));

/** Events per type as text. */
export const countsText = (perType: Readonly<Record<string, number>>): string =>
  Object.entries(perType)
    .map(([type, n]) => `${type} ${grouped(n)}`)
    .join(', ') || 'none';
