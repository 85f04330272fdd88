/**
 * Streams whose silence is told, and when their last message came.
 * @module
 */
import type { EventType } from '../../../events/index.js';
import type { WatchedStream } from '../../feed/index.js';
import type { BinanceCapture } from '../capture-types.js';
import { binanceInstrumentId } from '../market.js';
import type { LinkTable } from './link-table.js';
import type { BinancePlan } from './options.js';
import { isDiffDepth, type StreamOf } from './streams.js';

/** Event a stream brings, and the option that says how long it may be silent. */
function kindOf(kind: string): { type: EventType; silence: keyof BinancePlan['silence'] } | null {
  if (isDiffDepth(kind)) return { type: 'BookDelta', silence: 'depthUs' };
  if (kind.startsWith('depth')) return { type: 'BookSnapshot', silence: 'depthUs' };
  if (kind === 'bookTicker') return { type: 'Quote', silence: 'bookTickerUs' };
  if (kind.startsWith('markPrice')) return { type: 'Funding', silence: 'markPriceUs' };
  return null;
}

export class Watch {
  readonly #plan: BinancePlan;
  readonly #capture: BinanceCapture;
  /** Mark prices also come as answers, so the capture's time of the last one says too little. */
  readonly #marks = new Map<string, number>();
  /** Messages up to this time are of an earlier subscription of the stream. */
  readonly #before = new Map<string, number>();

  constructor(plan: BinancePlan, capture: BinanceCapture) {
    this.#plan = plan;
    this.#capture = capture;
  }

  /** A stream is asked for: what came of it before does not count. */
  add(stream: StreamOf): void {
    const kind = kindOf(stream.kind);
    if (kind === null) return;
    const last = this.#lastRx(stream.symbol, kind.type);
    if (last > 0) this.#before.set(stream.name, last);
  }

  /** A mark price came on a stream. */
  mark(inst: string, rx: number): void {
    this.#marks.set(inst, rx);
  }

  /** O(streams). */
  list(links: LinkTable, refused: ReadonlySet<string>): WatchedStream[] {
    const watched: WatchedStream[] = [];
    for (const { id, streams } of links.shares) {
      for (const { kind, name, symbol } of streams.values()) {
        const known = kindOf(kind);
        if (known === null || refused.has(name)) continue;
        const silenceUs = this.#plan.silence[known.silence];
        if (silenceUs === null) continue;
        const last = this.#lastRx(symbol, known.type);
        const lastRx = last > (this.#before.get(name) ?? 0) ? last : 0;
        const inst = binanceInstrumentId(this.#plan.market, symbol);
        watched.push({ stream: name, inst, link: id, silenceUs, lastRx });
      }
    }
    return watched;
  }

  #lastRx(symbol: string, type: EventType): number {
    if (type !== 'Funding') return this.#capture.lastRx(symbol, type);
    return this.#marks.get(binanceInstrumentId(this.#plan.market, symbol)) ?? 0;
  }
}
