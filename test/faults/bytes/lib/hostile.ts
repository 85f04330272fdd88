/** Files made to hurt whoever reads them: each with the code that must come of it. */
import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parseSegmentName } from 'quantlaxmi/wal';
import { EVERYTHING, rechain } from './forge.js';
import { fileOf, textLines } from './logs.js';

/** How a file is read: the log's readers and the manifests'. */
export type Reader = 'read' | 'verify' | 'session' | 'evidence';

/** A file and what each reader must say of it. */
export interface Hostile {
  readonly name: string;
  /** Writes it into a folder made for it, which holds what an honest one would. */
  readonly write: (dir: string) => void;
  readonly expected: Readonly<Partial<Record<Reader, string>>>;
}

const SEGMENT = '00000001-0000000000000001.wal.jsonl';
export const GIB = 1_073_741_824;
const MIB = 1_048_576;

/** A file of `size` bytes that begins with `head`; the rest is NUL and takes no space. */
function sparse(path: string, head: Uint8Array, size: number): void {
  const file = openSync(path, 'w');
  writeSync(file, head);
  ftruncateSync(file, size);
  closeSync(file);
}

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** The event that a hostile body stands in, its envelope in order. */
const eventWith = (body: string): string =>
  `{"k":"E","seq":1,"t":"Session","sv":1,"rx":1001,"ts":null,"src":"RUNNER","body":${body},"crc":"00000000"}`;

/** A log of one event with right checksums and hashes, whatever its body is. */
export function forgedLog(clean: Uint8Array, event: string): Uint8Array {
  const lines = textLines(clean).map((line) => (line[6] === 'E' ? event : line));
  return fileOf(rechain(lines, EVERYTHING).lines);
}

const details = (inner: string): string =>
  `{"code":"","details":${inner},"inst":null,"kind":"start"}`;

/** Bodies that are JSON to `JSON.parse`, and nothing that this log may hold. */
export const BODIES: readonly (readonly [string, string])[] = [
  ['__proto__ as a key', details('{"__proto__":{"admin":1}}')],
  ['constructor as a key', details('{"constructor":1}')],
  ['prototype as a key', details('{"prototype":1}')],
  ['a key twice', details('{"a":1,"a":2}')],
  ['a field twice', '{"code":"","code":"x","details":{},"inst":null,"kind":"start"}'],
  ['2^53+1', details('{"a":9007199254740993}')],
  ['minus 2^53-2', details('{"a":-9007199254740994}')],
  ['-0', details('{"a":-0}')],
  ['a fraction', details('{"a":1.5}')],
  ['an exponent', details('{"a":1e3}')],
  ['a number of 100,000 digits', details(`{"a":${'9'.repeat(100_000)}}`)],
  ['100,000 levels of objects', details(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`)],
  ['200,000 levels of lists', details(`{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`)],
  ['100,000 open objects', details('{"a":'.repeat(100_000))],
  ['a lone surrogate as an escape', details('{"a":"\\ud800"}')],
  ['a control character as it is', details('{"a":"\u0007"}')],
  ['blanks', details('{ "a": 1 }')],
  ['keys out of order', details('{"b":1,"a":2}')],
  ['an unknown field', '{"code":"","details":{},"inst":null,"kind":"start","more":1}'],
];

/** Bytes that are no UTF-8, each within a text. */
export const BAD_UTF8: readonly (readonly [string, string])[] = [
  ['ff', '\u00ff'],
  ['a lone continuation', '\u0080'],
  ['an overlong NUL', '\u00c0\u0080'],
  ['an overlong slash', '\u00e0\u0080\u00af'],
  ['a surrogate in UTF-8', '\u00ed\u00a0\u0080'],
  ['a character cut short', '\u00e2\u0082'],
  ['beyond U+10FFFF', '\u00f4\u0090\u0080\u0080'],
];

const NON_CANONICAL = { read: 'WAL_NON_CANONICAL', verify: 'WAL_NON_CANONICAL' } as const;

function forgedCases(clean: Uint8Array): Hostile[] {
  const bad = BAD_UTF8.map(([name, bytes]) => [
    `bad UTF-8: ${name}`,
    `{"code":"${bytes}","details":{},"inst":null,"kind":"start"}`,
  ]);
  return [...BODIES, ...bad].map(([name = '', body = '']) => ({
    name: `event: ${name}`,
    write: (dir) => writeFileSync(join(dir, SEGMENT), forgedLog(clean, eventWith(body))),
    expected: NON_CANONICAL,
  }));
}

function sizeCases(clean: Uint8Array, huge: number): Hostile[] {
  const header = latin(`${textLines(clean)[0]}\n`);
  const long = eventWith(details(`{"a":"${'x'.repeat(MIB)}"}`));
  const tooLong = { read: 'WAL_LINE_TOO_LONG', verify: 'WAL_LINE_TOO_LONG' } as const;
  return [
    {
      name: 'a line of 1 MiB and a bit, checksums right',
      write: (dir) => writeFileSync(join(dir, SEGMENT), forgedLog(clean, long)),
      expected: tooLong,
    },
    {
      name: 'a file of NUL',
      write: (dir) => sparse(join(dir, SEGMENT), latin(''), huge),
      expected: { read: 'WAL_TORN_TAIL', verify: 'WAL_TORN_TAIL' },
    },
    {
      name: 'a header and then NUL',
      write: (dir) => sparse(join(dir, SEGMENT), header, huge),
      expected: { read: 'WAL_TORN_TAIL', verify: 'WAL_TORN_TAIL' },
    },
    {
      name: 'a header and no line end after it, then another segment',
      write: (dir) => {
        sparse(join(dir, SEGMENT), Buffer.concat([header, latin('{"k":"E"')]), huge);
        writeFileSync(join(dir, '00000002-0000000000000002.wal.jsonl'), clean);
      },
      expected: tooLong,
    },
  ];
}

function gzipCases(clean: Uint8Array, huge: number): Hostile[] {
  const header = latin(`${textLines(clean)[0]}\n`);
  const zeros = Buffer.alloc(160 * MIB);
  const gz = (bytes: Uint8Array): Buffer => gzipSync(bytes, { level: 1 });
  const member = gz(Buffer.alloc(16 * MIB));
  const tooLong = { read: 'WAL_LINE_TOO_LONG', verify: 'WAL_LINE_TOO_LONG' } as const;
  return [
    ['a gzip bomb of NUL', () => gz(zeros)],
    ['a gzip bomb behind a header', () => gz(Buffer.concat([header, zeros]))],
    ['a gzip bomb of many members', () => Buffer.concat(Array(huge / (16 * MIB)).fill(member))],
  ].map(([name, bytes]) => ({
    name: name as string,
    write: (dir) => writeFileSync(join(dir, `${SEGMENT}.gz`), (bytes as () => Buffer)()),
    expected: tooLong,
  }));
}

/** Hostile logs, the large ones of `huge` bytes, and what the readers must make of them. */
export const hostileLogs = (clean: Uint8Array, huge: number): readonly Hostile[] => {
  if (parseSegmentName(SEGMENT) === null) throw new Error('segment names have changed');
  return [...forgedCases(clean), ...sizeCases(clean, huge), ...gzipCases(clean, huge)];
};

/** Hostile manifests and signature files, from the text of an honest manifest. */
export const hostileManifests = (manifest: string, huge: number): readonly Hostile[] => {
  const start = (inner: string): Buffer => latin(`{${inner},${utf8(manifest).slice(1)}`);
  const texts: readonly (readonly [string, string, Uint8Array])[] = [
    ['__proto__', 'QL_JSON_KEY', start('"__proto__":{"admin":1}')],
    ['constructor', 'QL_JSON_KEY', start('"constructor":1')],
    ['a key twice', 'QL_JSON_DUPLICATE_KEY', start('"fmt":"quantlaxmi-session/1"')],
    ['2^53+1', 'QL_JSON_NUMBER', start('"a":9007199254740993')],
    ['-0', 'QL_JSON_NUMBER', start('"a":-0')],
    ['10,000 levels', 'QL_JSON_DEPTH', start(`"a":${'['.repeat(10_000)}${']'.repeat(10_000)}`)],
    ['300,000 open lists', 'QL_JSON_DEPTH', latin('['.repeat(300_000))],
    ['8 million open lists', 'QL_JSON_SIZE', latin('['.repeat(8 * MIB))],
    ['5 million empty lists', 'QL_JSON_SIZE', latin(`[${'[],'.repeat(5 * MIB)}0]`)],
    ['8 million zeros', 'QL_JSON_SIZE', latin(`[${'0,'.repeat(7 * MIB)}0]`)],
    ['one text of 15 MiB', 'QL_JSON_SIZE', latin(`{"fmt":"${'x'.repeat(15 * MIB)}"}`)],
    ['one key of 15 MiB', 'QL_JSON_SIZE', latin(`{"${'x'.repeat(15 * MIB)}":1}`)],
    ['bad UTF-8', 'QL_UTF8', start('"a":"\u00ff"')],
    ['a lone surrogate', 'QL_JSON_SYNTAX', start('"a":"\\ud800"')],
    [
      'a byte order mark',
      'QL_JSON_SYNTAX',
      Buffer.concat([latin('\u00ef\u00bb\u00bf'), start('"a":1')]),
    ],
    ['1 MiB of NUL', 'QL_JSON_SYNTAX', Buffer.alloc(MIB)],
    ['nothing', 'QL_JSON_SYNTAX', Buffer.alloc(0)],
  ];
  const file = 'session_manifest.json';
  const named = texts.map(([name, code, bytes]) => ({
    name: `manifest: ${name}`,
    write: (dir: string) => {
      writeFileSync(join(dir, file), bytes);
      writeFileSync(join(dir, `${file}.dsse.json`), bytes);
    },
    expected: {
      session: code,
      evidence: bytes.length > 8 * MIB ? 'QL_FILE_SIZE' : 'QL_EVIDENCE_ENVELOPE',
    },
  }));
  const large: Hostile = {
    name: 'manifest: a huge file of NUL',
    write: (dir) => {
      sparse(join(dir, file), latin(''), huge);
      sparse(join(dir, `${file}.dsse.json`), latin(''), huge);
    },
    expected: { session: 'QL_FILE_SIZE', evidence: 'QL_FILE_SIZE' },
  };
  return [...named, large];
};
