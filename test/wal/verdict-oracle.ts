import { createHash } from 'node:crypto';
import { slowCrc } from './oracle.js';

/** First thing wrong with a segment, straight from the table in docs/wal-format.md. */
export interface OracleVerdict {
  readonly code: string;
  readonly byte: number;
  /** `seq` due there. */
  readonly seq: number;
}

/** What is known of a segment before it is read. */
export interface OraclePlace {
  readonly seg: number;
  readonly first: number;
  readonly wal: string;
  readonly prev: string;
  readonly b: number;
  readonly epoch: number;
  readonly rx: number;
}

interface Line {
  readonly k: string;
  readonly [name: string]: unknown;
}

const sha = (...parts: (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) {
    hash.update(typeof part === 'string' ? Buffer.from(part, 'latin1') : part);
  }
  return hash.digest('hex');
};

/** Reads a segment that others follow the plain way: whole, by lines, with JSON.parse. */
export function oracleVerdict(bytes: Uint8Array, place: OraclePlace): OracleVerdict | null {
  const text = Buffer.from(bytes).toString('latin1');
  const state = new OracleScan(place);
  let at = 0;
  while (at < text.length) {
    const lf = text.indexOf('\n', at);
    const line = lf < 0 ? text.slice(at) : text.slice(at, lf);
    const code = lf < 0 ? 'WAL_CORRUPT' : state.line(line, text.slice(0, at));
    if (code !== null) return { code, byte: at, seq: state.seq + 1 };
    at = lf + 1;
  }
  return state.footer ? null : { code: 'WAL_UNSEALED', byte: 0, seq: state.committedSeq + 1 };
}

class OracleScan {
  seq: number;
  committedSeq: number;
  footer = false;
  #header = false;
  #head = '';
  #b = 0;
  #d = 0;
  #rx: number;
  #rx0: unknown = null;
  #rx1: unknown = null;
  #n = 0;
  #open: string[] = [];
  #end = 0;
  readonly #place: OraclePlace;

  constructor(place: OraclePlace) {
    this.#place = place;
    this.seq = place.first - 1;
    this.committedSeq = this.seq;
    this.#rx = place.rx;
  }

  line(line: string, before: string): string | null {
    if (line.length + 1 > 1_048_576) return 'WAL_LINE_TOO_LONG';
    if (this.footer) return 'WAL_CORRUPT';
    const prefix = line.slice(0, -18);
    const crc = slowCrc(Buffer.from(prefix, 'latin1'));
    if (line.length < 25 || line.slice(-18) !== `,"crc":"${crc}"}`) return 'WAL_CORRUPT';
    const kind = line[6];
    if (!this.#header) return this.#onHeader(line, prefix);
    if (kind === 'E') return this.#onEvent(line, prefix);
    if (kind === 'C') return this.#onCommit(line, prefix, before);
    if (kind === 'F') return this.#onFooter(prefix, before);
    return 'WAL_VERSION';
  }

  #onHeader(line: string, prefix: string): string | null {
    const { seg, first, wal, prev, b, epoch } = this.#place;
    if (line[6] !== 'H') return 'WAL_CORRUPT';
    const h = JSON.parse(`${prefix}}`) as Line;
    if (h['v'] !== 1) return 'WAL_VERSION';
    if (h['seg'] !== seg || h['first'] !== first) return 'WAL_SEGMENT_MISSING';
    if (h['wal'] !== wal) return 'WAL_FOREIGN';
    if (h['prev'] !== prev || h['b0'] !== b || (h['epoch'] as number) < epoch) return 'WAL_CHAIN';
    this.#header = true;
    this.#b = b;
    this.#d = b;
    this.#head = sha(Buffer.from(prev, 'hex'), `${line}\n`);
    this.#end = line.length + 1;
    return null;
  }

  #onEvent(line: string, prefix: string): string | null {
    const e = JSON.parse(`${prefix}}`) as Line;
    if (e['seq'] !== this.seq + 1) return 'WAL_SEQ';
    if ((e['rx'] as number) < this.#rx) return 'WAL_RX_ORDER';
    this.seq += 1;
    this.#rx = e['rx'] as number;
    this.#rx0 ??= e['rx'];
    this.#open.push(line);
    return null;
  }

  #onCommit(line: string, prefix: string, before: string): string | null {
    const c = JSON.parse(`${prefix}}`) as Line;
    const n = this.#open.length;
    if (c['b'] !== this.#b + 1 || c['n'] !== n || c['seq'] !== this.seq || n === 0) {
      return 'WAL_CHAIN';
    }
    const d = c['d'] as number;
    if (d < this.#d || d >= (c['b'] as number)) return 'WAL_CHAIN';
    const events = this.#open.map((event) => `${event}\n`).join('');
    const chained = prefix.slice(0, prefix.indexOf(',"h":'));
    const h = sha(Buffer.from(this.#head, 'hex'), events, chained);
    if (c['h'] !== h) return 'WAL_CHAIN';
    this.#head = h;
    this.#b += 1;
    this.#d = d;
    this.#n += n;
    this.#rx1 = this.#rx;
    this.committedSeq = this.seq;
    this.#open = [];
    this.#end = before.length + line.length + 1;
    return null;
  }

  #onFooter(prefix: string, before: string): string | null {
    const f = JSON.parse(`${prefix}}`) as Line;
    const { first } = this.#place;
    const facts = [f['n'], f['first'], f['last'], f['b'], f['rx0'], f['rx1'], f['bytes'], f['h']];
    const due = [this.#n, first, this.committedSeq, this.#b, this.#rx0, this.#rx1];
    if (JSON.stringify(facts) !== JSON.stringify([...due, this.#end, this.#head])) {
      return 'WAL_CHAIN';
    }
    if (this.#end !== before.length || f['sha256'] !== sha(before)) return 'WAL_CHAIN';
    this.footer = true;
    return null;
  }
}
