/** Facts about a capture that only the whole log knows: counted from it when it is sealed. */
import type { Event, InstrumentBody, SessionBody } from '../../events/index.js';
import type { CaptureEvidence, ScaleBinding } from '../../manifest/index.js';

type Counted = Pick<
  CaptureEvidence,
  'gaps' | 'malformed' | 'reconnects' | 'recoveredDroppedBytes' | 'scales'
>;

/** Code of the facts that mark a salvaged log and its holes. */
export const SALVAGED_CODE = 'WAL_SALVAGED';

/** Collects facts while a log is read once. */
export class SessionFacts {
  /** Last record per instrument. */
  readonly instruments = new Map<string, InstrumentBody>();
  /** Receive time of the last Instrument event, µs. */
  asOfUs: number | null = null;
  recovered = false;
  /** The log was put together from what was left of a damaged one. */
  salvaged = false;
  #gaps = 0;
  #malformed = 0;
  #connected = 0;
  #droppedBytes = 0;

  add(batch: readonly Event[]): void {
    for (const event of batch) {
      if (event.t === 'Instrument') {
        this.instruments.set(event.body.instrumentId, event.body);
        this.asOfUs = event.rx;
      } else if (event.t === 'Session') this.#session(event.body);
    }
  }

  #session({ code, kind, details }: SessionBody): void {
    if (code === SALVAGED_CODE) this.salvaged = true;
    if (kind === 'gap') this.#gaps += 1;
    else if (kind === 'malformed') this.#malformed += 1;
    else if (kind === 'connected') this.#connected += 1;
    else if (kind === 'recovered') {
      this.recovered = true;
      const dropped = details['droppedBytes'];
      if (typeof dropped === 'number') this.#droppedBytes += dropped;
    }
  }

  counted(): Counted {
    return {
      gaps: this.#gaps,
      malformed: this.#malformed,
      reconnects: Math.max(0, this.#connected - 1),
      recoveredDroppedBytes: this.#droppedBytes,
      scales: [...this.instruments.keys()].sort().map((id) => this.#scale(id)),
    };
  }

  /** What the log itself says of its end. */
  status(): 'ended' | 'recovered' | 'quarantined' {
    if (this.salvaged) return 'quarantined';
    return this.recovered ? 'recovered' : 'ended';
  }

  venues(): string[] {
    return [...new Set([...this.instruments.values()].map((body) => body.venue))];
  }

  #scale(id: string): ScaleBinding {
    const body = this.instruments.get(id) as InstrumentBody;
    const { inferred, lot, priceExponent, qtyExponent, tick } = body;
    return { inferred, inst: id, lot, priceExponent, qtyExponent, tick };
  }
}
