/** Reads what the log itself needs of an event line, without decoding the body. */
import { asciiBytes, asciiText } from './lines.js';

const HEAD = /* @__PURE__ */ asciiBytes('{"k":"E","seq":');
const TYPE = /* @__PURE__ */ asciiBytes(',"t":"');
const VERSION = /* @__PURE__ */ asciiBytes('","sv":');
const RX = /* @__PURE__ */ asciiBytes(',"rx":');
const LONGEST_TYPE = 64;

/** Reused by a scan, so that a line costs no allocation. */
export interface Envelope {
  seq: number;
  rx: number;
  /** Position of the type's name in the bytes last read, and of its closing quote. */
  typeStart: number;
  typeEnd: number;
}

/** Start of the number after `literal` at `pos`, or -1. */
function after(bytes: Uint8Array, pos: number, literal: Uint8Array): number {
  for (let i = 0; i < literal.length; i += 1) if (bytes[pos + i] !== literal[i]) return -1;
  return pos + literal.length;
}

/**
 * Fills `out` from the line that starts at `start`.
 *
 * @returns false when the bytes are no canonical envelope
 */
export function readEnvelope(bytes: Uint8Array, start: number, out: Envelope): boolean {
  let pos = after(bytes, start, HEAD);
  if (pos < 0) return false;
  let value = 0;
  let from = pos;
  let digit = (bytes[pos] as number) - 48;
  while (digit >= 0 && digit <= 9) {
    value = value * 10 + digit;
    digit = (bytes[++pos] as number) - 48;
  }
  if (pos === from || pos - from > 16 || bytes[from] === 48) return false;
  out.seq = value;
  pos = after(bytes, pos, TYPE);
  if (pos < 0) return false;
  out.typeStart = pos;
  while (bytes[pos] !== 34) {
    pos += 1;
    if (pos - out.typeStart > LONGEST_TYPE) return false;
  }
  out.typeEnd = pos;
  pos = after(bytes, pos, VERSION);
  if (pos < 0) return false;
  while (bytes[pos] !== 44 && pos - out.typeEnd < 32) pos += 1;
  pos = after(bytes, pos, RX);
  if (pos < 0) return false;
  value = 0;
  from = pos;
  digit = (bytes[pos] as number) - 48;
  while (digit >= 0 && digit <= 9) {
    value = value * 10 + digit;
    digit = (bytes[++pos] as number) - 48;
  }
  if (pos === from || pos - from > 16 || bytes[pos] !== 44) return false;
  out.rx = value;
  return true;
}

/** Counts events by type without building a string per line. */
export class TypeCounter {
  readonly #names: string[] = [];
  readonly #bytes: Uint8Array[] = [];
  #pending: number[] = [];
  #counts: number[] = [];

  /** Counts the type named in `bytes[start..end)`; it counts for good at `commit`. */
  add(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    next: for (let t = 0; t < this.#names.length; t += 1) {
      const name = this.#bytes[t] as Uint8Array;
      if (name.length !== length) continue;
      for (let i = 0; i < length; i += 1) if (name[i] !== bytes[start + i]) continue next;
      this.#pending[t] = (this.#pending[t] as number) + 1;
      return;
    }
    this.#names.push(asciiText(bytes, start, end));
    this.#bytes.push(bytes.slice(start, end));
    this.#pending.push(1);
    this.#counts.push(0);
  }

  /** Counts a type by its name, as `add` does. */
  addName(name: string): void {
    const t = this.#names.indexOf(name);
    if (t < 0) this.add(asciiBytes(name), 0, name.length);
    else this.#pending[t] = (this.#pending[t] as number) + 1;
  }

  /** What was added since the last commit now counts. */
  commit(): void {
    for (let t = 0; t < this.#pending.length; t += 1) {
      this.#counts[t] = (this.#counts[t] as number) + (this.#pending[t] as number);
      this.#pending[t] = 0;
    }
  }

  /** Forgets what was added since the last commit. */
  rollBack(): void {
    this.#pending.fill(0);
  }

  /** Adds this segment's counts to the log's. */
  addTo(totals: Map<string, number>): void {
    for (let t = 0; t < this.#names.length; t += 1) {
      const count = this.#counts[t] as number;
      const name = this.#names[t] as string;
      if (count > 0) totals.set(name, (totals.get(name) ?? 0) + count);
    }
  }
}
