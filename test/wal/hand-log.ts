import { createHash } from 'node:crypto';
import { crc32c } from 'quantlaxmi/core';
import { segmentName } from 'quantlaxmi/wal';
import { WAL_ID } from './support.js';

const sha = (...parts: (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

const whole = (prefix: string): string => {
  const crc = crc32c(new Uint8Array(Buffer.from(prefix)))
    .toString(16)
    .padStart(8, '0');
  return `${prefix},"crc":"${crc}"}\n`;
};

/** A segment's commits, each a list of event lines without their checksums. */
export type HandSegment = readonly (readonly string[])[];

/**
 * A closed log put together from event lines straight from the format text: what another release,
 * which knows other types and versions, would have written.
 */
export function handLog(
  segments: readonly HandSegment[],
  schemas: Readonly<Record<string, number>>,
): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let h = sha(`quantlaxmi-wal/v1\n${WAL_ID}`);
  let [seq, b] = [0, 0];
  segments.forEach((commits, i) => {
    const first = seq + 1;
    const listed = Object.keys(schemas)
      .sort()
      .map((name) => `"${name}":${schemas[name]}`);
    const header = whole(
      `{"k":"H","v":1,"fmt":"quantlaxmi-wal","wal":"${WAL_ID}","seg":${i + 1},"first":${first},` +
        `"b0":${b},"epoch":1,"prev":"${h}","ts":0,"schemas":{${listed.join(',')}}`,
    );
    h = sha(Buffer.from(h, 'hex'), header);
    let text = header;
    const rxs: number[] = [];
    for (const events of commits) {
      const lines = events.map(whole).join('');
      rxs.push(...events.map((event) => Number(/"rx":(\d+)/.exec(event)?.[1])));
      seq += events.length;
      b += 1;
      const prefix = `{"k":"C","b":${b},"d":${b - 1},"seq":${seq},"n":${events.length}`;
      h = sha(Buffer.from(h, 'hex'), lines, prefix);
      text += lines + whole(`${prefix},"h":"${h}"`);
    }
    const why = i === segments.length - 1 ? 'close' : 'rotate';
    const footer = whole(
      `{"k":"F","why":"${why}","n":${rxs.length},"first":${first},"last":${seq},"b":${b},` +
        `"rx0":${rxs[0] ?? null},"rx1":${rxs.at(-1) ?? null},"bytes":${Buffer.byteLength(text)},` +
        `"sha256":"${sha(text)}","h":"${h}"`,
    );
    files.set(segmentName(i + 1, first), new Uint8Array(Buffer.from(text + footer)));
  });
  return files;
}

/** An event line without its checksum. */
export function eventLine(
  seq: number,
  { t, sv, rx = 1_000 + seq }: { readonly t: string; readonly sv: number; readonly rx?: number },
  body: string,
): string {
  return `{"k":"E","seq":${seq},"t":"${t}","sv":${sv},"rx":${rx},"ts":null,"src":"A","body":${body}`;
}
