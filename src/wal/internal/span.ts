/** Which events of a log a reader is asked for. */
import type { HasherFactory } from '../../core/index.js';
import type { Event } from '../../events/index.js';
import { decodeEvent } from '../../events/index.js';
import type { SegmentName } from '../format.js';
import type { EventDecoder, ScanOptions } from './scan-types.js';
import type { Expected } from './segment-rules.js';

/** Events within all four bounds, which belong to the span themselves. */
export interface Span {
  readonly fromSeq: number;
  readonly toSeq: number;
  /** Receive times, µs. */
  readonly fromRx: number;
  readonly toRx: number;
}

/** A span with the bounds that were left out. */
export function spanOf(given: { readonly [K in keyof Span]?: Span[K] | undefined }): Span {
  const { fromSeq = 1, toSeq = Infinity, fromRx = 0, toRx = Infinity } = given;
  return { fromSeq, toSeq, fromRx, toRx };
}

/** `events` within the span; the same array when all are. Both orders never go back. */
export function within(events: Event[], { fromSeq, toSeq, fromRx, toRx }: Span): Event[] {
  const first = events[0];
  const last = events[events.length - 1];
  if (first === undefined || last === undefined) return events;
  const starts = first.seq >= fromSeq && first.rx >= fromRx;
  if (starts && last.seq <= toSeq && last.rx <= toRx) return events;
  return events.filter(
    ({ seq, rx }) => seq >= fromSeq && seq <= toSeq && rx >= fromRx && rx <= toRx,
  );
}

/** How a reader scans one segment: decoding what is in the span, held together by the chain. */
export function scanOptions(
  segment: SegmentName,
  expected: Expected,
  how: {
    readonly hasher: HasherFactory;
    readonly span: Span;
    readonly decode?: EventDecoder | undefined;
  },
): ScanOptions {
  return {
    seg: segment.seg,
    first: segment.first,
    expected,
    hasher: how.hasher,
    crc: false,
    sha256: false,
    count: false,
    decode: how.decode ?? decodeEvent,
    fromSeq: how.span.fromSeq,
    fromRx: how.span.fromRx,
  };
}
