/**
 * The two compressed forms of a sealed segment: where the compressed data stands in the file, how
 * long the decompressed segment is, and the engines of `node:zlib`.
 * @module
 */
import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { LIMITS, QuantlaxmiError } from '../../core/index.js';
import { WAL_LIMITS } from '../../wal/index.js';

/** How a sealed segment is compressed. */
export type CompressedKind = 'gzip' | 'zstd';

/** Suffix behind a segment's name. */
export const COMPRESSED_SUFFIX: Readonly<Record<CompressedKind, string>> = {
  gzip: '.gz',
  zstd: '.zst',
};
/** Suffix of a compressed file that is being made. */
export const COMPRESSING = /^(.*\.wal\.jsonl)\.(gz|zst)\.tmp$/;
const COMPRESSED = /^(.*\.wal\.jsonl)\.(gz|zst)$/;

/** Segment and kind of a compressed file's name; null for other names. */
export function parseCompressedName(
  name: string,
): { segment: string; kind: CompressedKind } | null {
  const match = COMPRESSED.exec(name);
  if (match === null) return null;
  return { segment: match[1] as string, kind: match[2] === 'gz' ? 'gzip' : 'zstd' };
}

/** No segment is longer: the largest that rotates, behind which one batch may still stand. */
export const DECOMPRESSED_BYTES_MAX = /* @__PURE__ */ (() =>
  LIMITS.segmentBytes + WAL_LIMITS.commitBytes)();

/** An engine of zlib; `bytesWritten` counts the bytes it consumed. */
export type Engine = Transform & { readonly bytesWritten: number };

/** What Node 22.15 and 23.8 added; older type descriptions do not have it. */
interface Zstd {
  readonly createZstdCompress?: (options: object) => Engine;
  readonly createZstdDecompress?: (options: object) => Engine;
  readonly constants: Readonly<Record<string, number>>;
}
const zstd = zlib as unknown as Zstd;

/** True when the runtime has zstd. */
export function hasZstd(): boolean {
  return typeof zstd.createZstdCompress === 'function';
}

/** What to tell who asks for zstd where there is none. */
export function zstdMissing(code: 'WAL_IO' | 'WAL_OPTIONS', what: string): QuantlaxmiError {
  return new QuantlaxmiError(
    code,
    `${what}: node ${process.versions.node} has no zstd; it came with Node 22.15 and 23.8. Use one ` +
      'of these or later, or gzip, or decompress the file with "zstd -d"',
    { context: { node: process.versions.node } },
  );
}

const CHUNK_BYTES = 65_536;
/** Memory that a frame may ask for, as a power of two: 16 MiB. */
const ZSTD_WINDOW_LOG = 24;

/** Compresses; `size` is how many bytes will come. */
export function compressor(kind: CompressedKind, level: number, size: number): Engine {
  if (kind === 'gzip') return zlib.createGzip({ level, chunkSize: CHUNK_BYTES });
  if (zstd.createZstdCompress === undefined) throw zstdMissing('WAL_OPTIONS', 'compression zstd');
  const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag } = zstd.constants;
  return zstd.createZstdCompress({
    chunkSize: CHUNK_BYTES,
    pledgedSrcSize: size,
    params: { [String(ZSTD_c_compressionLevel)]: level, [String(ZSTD_c_checksumFlag)]: 1 },
  });
}

/** Decompresses the data between header and trailer. */
export function decompressor(kind: CompressedKind, label: string): Engine {
  if (kind === 'gzip') return zlib.createInflateRaw({ chunkSize: CHUNK_BYTES });
  if (zstd.createZstdDecompress === undefined) throw zstdMissing('WAL_IO', label);
  const { ZSTD_d_windowLogMax } = zstd.constants;
  return zstd.createZstdDecompress({
    chunkSize: CHUNK_BYTES,
    params: { [String(ZSTD_d_windowLogMax)]: ZSTD_WINDOW_LOG },
  });
}

/** Where the compressed data stands, and what the file states of the decompressed. */
export interface Layout {
  readonly from: number;
  readonly to: number;
  /** Decompressed length as stated; not to be believed before the end was reached. */
  readonly size: number;
  /** CRC-32 of the decompressed bytes; null when the engine checks a sum of its own. */
  readonly crc32: number | null;
}

/** Longest header looked at: `gzip` puts a file name there. */
export const HEADER_BYTES_MAX = 4_096;
const GZIP_HEADER_BYTES = 10;
const GZIP_TRAILER_BYTES = 8;

/** End of a zero-terminated field from `at`, or -1. */
function afterZero(head: Uint8Array, at: number): number {
  return at < 0 ? -1 : head.indexOf(0, at) + 1 || -1;
}

/** Layout of a gzip file (RFC 1952) of one member, from its first and last bytes. */
export function gzipLayout(head: Uint8Array, end: Uint8Array, fileBytes: number): Layout | string {
  if (fileBytes < GZIP_HEADER_BYTES + GZIP_TRAILER_BYTES) return 'too short for gzip';
  const flags = head[3] as number;
  if (head[0] !== 0x1f || head[1] !== 0x8b || head[2] !== 8 || (flags & 0xe0) !== 0) {
    return 'no gzip header';
  }
  let from = GZIP_HEADER_BYTES;
  if ((flags & 4) !== 0) from += 2 + (head[10] as number) + 256 * (head[11] as number);
  if ((flags & 8) !== 0) from = afterZero(head, from);
  if ((flags & 16) !== 0) from = afterZero(head, from);
  if ((flags & 2) !== 0 && from >= 0) from += 2;
  if (from < 0 || from > head.length || from > fileBytes - GZIP_TRAILER_BYTES) {
    return 'no end of the gzip header';
  }
  const trailer = new DataView(end.buffer, end.byteOffset + end.length - 8, 8);
  return {
    from,
    to: fileBytes - GZIP_TRAILER_BYTES,
    size: trailer.getUint32(4, true),
    crc32: trailer.getUint32(0, true),
  };
}

/** Layout of a zstd file (RFC 8878) of one frame that states its size and has a checksum. */
export function zstdLayout(head: Uint8Array, fileBytes: number): Layout | string {
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  if (head.length < 18 || view.getUint32(0, true) !== 0xfd2fb528) return 'no zstd frame';
  const flags = head[4] as number;
  const single = (flags & 0x20) !== 0;
  if ((flags & 0x0c) !== 4 || (flags & 3) !== 0) return 'a zstd frame without checksum';
  const at = single ? 5 : 6;
  const width = flags >>> 6;
  const layout = { from: 0, to: fileBytes, crc32: null };
  if (width === 0 && !single) return 'a zstd frame that does not state its size';
  if (width === 0) return { ...layout, size: view.getUint8(at) };
  if (width === 1) return { ...layout, size: view.getUint16(at, true) + 256 };
  if (width === 2) return { ...layout, size: view.getUint32(at, true) };
  return { ...layout, size: Number(view.getBigUint64(at, true)) };
}
