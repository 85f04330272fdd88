/**
 * Facts about connections, as they stand in the log.
 * @module
 */
import { escapeControl } from '../../../core/index.js';
import type { SessionBody } from '../../../events/index.js';
import type { SocketEnd } from '../ports.js';
import type { FeedLink } from '../protocol.js';
import type { Connection } from './connection.js';

/** Longest reason kept; a close frame has at most 123 bytes of it. */
const REASON_CHARS_MAX = 256;

/** Text of the other side, safe in a log. */
function reasonOf(end: SocketEnd): string {
  const text = end.reason === '' ? end.error : end.reason;
  return escapeControl(text.slice(0, REASON_CHARS_MAX));
}

export interface LinkUp {
  readonly code: '' | 'QL_FEED_RECONNECTED' | 'QL_FEED_HANDOVER';
  readonly attempt: number;
}

export function connectedFact(link: FeedLink, { conn }: Connection, up: LinkUp): SessionBody {
  const { attempt, code } = up;
  return { code, details: { attempt, conn, link: link.id }, inst: null, kind: 'connected' };
}

/** `conn` takes over from `closed`: the newer from the older, or back when the newer failed. */
export function handOverFact(link: FeedLink, conn: number, closed: number): SessionBody {
  return {
    code: 'QL_FEED_HANDOVER',
    details: { closed, conn, link: link.id },
    inst: null,
    kind: 'config',
  };
}

export type LossCode = 'QL_FEED_CLOSED' | 'QL_FEED_SILENT' | 'QL_FEED_ERROR' | 'QL_FEED_REQUESTED';

/** What a connection ended with, by its code: a failure on this side, or a close of the other. */
export function lossCode(end: SocketEnd): LossCode {
  return end.error === '' ? 'QL_FEED_CLOSED' : 'QL_FEED_ERROR';
}

export interface Loss {
  readonly code: LossCode;
  readonly conn: number;
  readonly end: SocketEnd;
  /** The feed has other links too, whose books stay good. */
  readonly manyLinks: boolean;
}

/** One fact about everything, or one per instrument of the link when the feed has other links. */
export function lossFacts(link: FeedLink, loss: Loss): SessionBody[] {
  const { code, conn, end, manyLinks } = loss;
  const details = { closeCode: end.code, conn, link: link.id, reason: reasonOf(end) };
  const insts = manyLinks && link.insts.length > 0 ? link.insts : [null];
  return insts.map((inst) => ({ code, details, inst, kind: 'disconnected' }));
}
