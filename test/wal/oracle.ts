import { createHash } from 'node:crypto';

/** CRC-32C bit by bit, from its definition. */
export function slowCrc(bytes: Uint8Array): string {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}

const sha = (...parts: (string | Uint8Array)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export interface OracleLog {
  /** Parsed committed event lines, without their crc. */
  readonly events: Record<string, unknown>[];
  readonly headers: Record<string, unknown>[];
  readonly footers: Record<string, unknown>[];
  /** Sizes of the commits in order. */
  readonly commits: number[];
  readonly head: string;
}

/** Reads a log the obvious way, by JSON.parse and whole files, straight from the format text. */
export function oracleRead(files: ReadonlyMap<string, Uint8Array>): OracleLog {
  const log: OracleLog & { head: string } = {
    events: [],
    headers: [],
    footers: [],
    commits: [],
    head: '',
  };
  const names = [...files.keys()].filter((name) => /^\d{8}-\d{16}\.wal\.jsonl$/.test(name)).sort();
  let h: Buffer = Buffer.alloc(0);
  for (const name of names) {
    const text = Buffer.from(files.get(name) as Uint8Array).toString('utf8');
    let open: string[] = [];
    let offset = 0;
    for (const line of text.split('\n').slice(0, -1)) {
      const prefix = line.slice(0, -18);
      if (line.slice(-18) !== `,"crc":"${slowCrc(Buffer.from(prefix))}"}`) throw new Error('crc');
      const { crc, ...value } = JSON.parse(line) as Record<string, unknown>;
      if (typeof crc !== 'string') throw new Error('no crc');
      const whole = `${line}\n`;
      if (value['k'] === 'H') {
        const prev = log.headers.length === 0 ? sha(`quantlaxmi-wal/v1\n${value['wal']}`) : h;
        if (value['prev'] !== prev.toString('hex')) throw new Error('prev');
        const [seg, first] = [String(value['seg']), String(value['first'])];
        if (name !== `${seg.padStart(8, '0')}-${first.padStart(16, '0')}.wal.jsonl`) {
          throw new Error('name');
        }
        h = sha(prev, whole);
        log.headers.push(value);
      } else if (value['k'] === 'E') {
        open.push(whole);
      } else if (value['k'] === 'C') {
        h = sha(h, ...open, line.slice(0, line.indexOf(',"h":')));
        if (value['h'] !== h.toString('hex') || value['n'] !== open.length)
          throw new Error('chain');
        for (const event of open) {
          const { crc: _, ...rest } = JSON.parse(event) as Record<string, unknown>;
          log.events.push(rest);
        }
        log.commits.push(open.length);
        open = [];
      } else {
        const before = Buffer.from(text, 'utf8').subarray(0, offset);
        if (value['sha256'] !== sha(before).toString('hex')) throw new Error('sha256');
        if (value['bytes'] !== before.length || value['h'] !== h.toString('hex'))
          throw new Error('F');
        log.footers.push(value);
      }
      offset += Buffer.byteLength(whole);
    }
  }
  log.head = h.toString('hex');
  return log;
}
