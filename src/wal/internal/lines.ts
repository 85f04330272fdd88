/**
 * Writing and reading single lines: tails, headers, commits, footers. Building and parsing are one
 * another's proof: a header or footer is accepted only when building it again gives the same bytes.
 */
import { crc32c, fromHex } from '../../core/index.js';
import type { FooterReason, WalFooter, WalHeader } from '../format.js';
import { TAIL_BYTES, WAL_FORMAT, WAL_FORMAT_VERSION } from '../format.js';

const HEX = /* @__PURE__ */ asciiBytes('0123456789abcdef');
const TAIL_OPEN = /* @__PURE__ */ asciiBytes(',"crc":"');

export const LF = 10;
export const QUOTE = 34;
export const CLOSE_BRACE = 125;
/** Byte of a line that says its kind. */
export const KIND_AT = 6;
/** First digit of `seq` in an event line. */
export const SEQ_AT = 15;
export const KIND_HEADER = 72;
export const KIND_EVENT = 69;
export const KIND_COMMIT = 67;
export const KIND_FOOTER = 70;

/** Bytes of ASCII text. */
export function asciiBytes(text: string): Uint8Array {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) out[i] = text.charCodeAt(i);
  return out;
}

/** Text of ASCII bytes; a byte above 127 becomes a character that no canonical line has. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i += 1) text += String.fromCharCode(bytes[i] as number);
  return text;
}

/**
 * Puts `,"crc":"hhhhhhhh"}` LF after the prefix `out[start..pos)`; the caller has left room.
 *
 * @returns position after the LF
 */
export function writeTail(out: Uint8Array, start: number, pos: number): number {
  let crc = crc32c(out, start, pos);
  for (let i = 0; i < 8; i += 1) out[pos + i] = TAIL_OPEN[i] as number;
  for (let i = 15; i > 7; i -= 1) {
    out[pos + i] = HEX[crc & 15] as number;
    crc >>>= 4;
  }
  out[pos + 16] = QUOTE;
  out[pos + 17] = CLOSE_BRACE;
  out[pos + 18] = LF;
  return pos + TAIL_BYTES;
}

/** A prefix as a whole line. */
export function lineOf(prefix: string): Uint8Array {
  const out = new Uint8Array(prefix.length + TAIL_BYTES);
  out.set(asciiBytes(prefix), 0);
  writeTail(out, 0, prefix.length);
  return out;
}

/** True when `bytes[prefixEnd..)` has the fixed text of a tail; its digits are not looked at. */
export function hasTail(bytes: Uint8Array, prefixEnd: number): boolean {
  for (let i = 0; i < 8; i += 1) if (bytes[prefixEnd + i] !== TAIL_OPEN[i]) return false;
  return bytes[prefixEnd + 16] === QUOTE && bytes[prefixEnd + 17] === CLOSE_BRACE;
}

/** True when the digits of the tail at `prefixEnd` are the CRC of the prefix from `start`. */
export function crcHolds(bytes: Uint8Array, start: number, prefixEnd: number): boolean {
  let crc = crc32c(bytes, start, prefixEnd);
  for (let i = 15; i > 7; i -= 1) {
    if (bytes[prefixEnd + i] !== HEX[crc & 15]) return false;
    crc >>>= 4;
  }
  return true;
}

/** True when `bytes[start..lf]` is a line with a tail and a CRC that holds. */
export function lineHolds(bytes: Uint8Array, start: number, lf: number): boolean {
  const prefixEnd = lf + 1 - TAIL_BYTES;
  return (
    prefixEnd > start + KIND_AT && hasTail(bytes, prefixEnd) && crcHolds(bytes, start, prefixEnd)
  );
}

/** Prefix of a header line. `schemas` keys are written sorted. */
export function headerPrefix(h: WalHeader): string {
  const schemas = Object.keys(h.schemas)
    .sort()
    .map((name) => `"${name}":${h.schemas[name]}`)
    .join(',');
  return (
    `{"k":"H","v":${WAL_FORMAT_VERSION},"fmt":"${WAL_FORMAT}","wal":"${h.wal}","seg":${h.seg},` +
    `"first":${h.first},"b0":${h.b0},"epoch":${h.epoch},"prev":"${h.prev}","ts":${h.ts},` +
    `"schemas":{${schemas}}`
  );
}

/** Part of a commit line that the chain covers. */
export function commitPrefix(b: number, d: number, seq: number, n: number): string {
  return `{"k":"C","b":${b},"d":${d},"seq":${seq},"n":${n}`;
}

/** Prefix of a footer line. */
export function footerPrefix(f: WalFooter): string {
  return (
    `{"k":"F","why":"${f.why}","n":${f.n},"first":${f.first},"last":${f.last},"b":${f.b},` +
    `"rx0":${f.rx0},"rx1":${f.rx1},"bytes":${f.bytes},"sha256":"${f.sha256}","h":"${f.h}"`
  );
}

const HEX64 = /^[0-9a-f]{64}$/;
const HEX32 = /^[0-9a-f]{32}$/;
const TYPE_NAME = /^[A-Za-z][A-Za-z0-9-]{0,63}$/;
const REASONS: readonly string[] = ['rotate', 'close', 'recovered'];

/** True for the text of a log's id. */
export function isWalId(value: unknown): value is string {
  return typeof value === 'string' && HEX32.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isCountOrNull(value: unknown): value is number | null {
  return value === null || isCount(value);
}

function parseObject(bytes: Uint8Array, start: number, prefixEnd: number): Record<string, unknown> {
  const value: unknown = JSON.parse(`${asciiText(bytes, start, prefixEnd)}}`);
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** A header, `{ v }` when its format version is another one, or null when it is no header. */
export function parseHeader(
  bytes: Uint8Array,
  start: number,
  prefixEnd: number,
): WalHeader | { readonly v: number } | null {
  try {
    const o = parseObject(bytes, start, prefixEnd);
    const v = o['v'];
    if (o['fmt'] === WAL_FORMAT && isCount(v) && v !== WAL_FORMAT_VERSION) return { v };
    const schemas = o['schemas'];
    if (typeof schemas !== 'object' || schemas === null) return null;
    const names = Object.entries(schemas as Record<string, unknown>);
    if (!names.every(([name, sv]) => TYPE_NAME.test(name) && isCount(sv))) return null;
    const h = o as unknown as WalHeader;
    if (!isWalId(h.wal) || !HEX64.test(h.prev)) return null;
    if (![h.seg, h.first, h.b0, h.epoch, h.ts].every(isCount)) return null;
    const same = headerPrefix(h) === asciiText(bytes, start, prefixEnd);
    return same ? h : null;
  } catch {
    return null;
  }
}

/** A footer, or null when the bytes are not a canonical one. */
export function parseFooter(bytes: Uint8Array, start: number, prefixEnd: number): WalFooter | null {
  try {
    const f = parseObject(bytes, start, prefixEnd) as unknown as WalFooter;
    if (!REASONS.includes(f.why as FooterReason)) return null;
    if (!HEX64.test(f.sha256) || !HEX64.test(f.h)) return null;
    if (![f.n, f.first, f.last, f.b, f.bytes].every(isCount)) return null;
    if (!isCountOrNull(f.rx0) || !isCountOrNull(f.rx1)) return null;
    return footerPrefix(f) === asciiText(bytes, start, prefixEnd) ? f : null;
  } catch {
    return null;
  }
}

/** Fields of a commit line and where its chained part ends. */
export interface Commit {
  b: number;
  d: number;
  seq: number;
  n: number;
  /** Position of `,"h":"`: end of what the chain covers. */
  chainEnd: number;
}

const COMMIT_KEYS = /* @__PURE__ */ ['{"k":"C","b":', ',"d":', ',"seq":', ',"n":'].map(asciiBytes);
const HASH_KEY = /* @__PURE__ */ asciiBytes(',"h":"');

function literalAt(bytes: Uint8Array, pos: number, literal: Uint8Array): boolean {
  for (let i = 0; i < literal.length; i += 1) if (bytes[pos + i] !== literal[i]) return false;
  return true;
}

/** Reads a commit line into `out` without building a string; false when it is not canonical. */
export function parseCommit(
  bytes: Uint8Array,
  start: number,
  prefixEnd: number,
  out: Commit,
): boolean {
  let pos = start;
  for (let k = 0; k < 4; k += 1) {
    const key = COMMIT_KEYS[k] as Uint8Array;
    if (!literalAt(bytes, pos, key)) return false;
    pos += key.length;
    const from = pos;
    let value = 0;
    for (; pos < prefixEnd; pos += 1) {
      const digit = (bytes[pos] as number) - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (pos === from || pos - from > 15 || (bytes[from] === 48 && pos - from > 1)) return false;
    if (k === 0) out.b = value;
    else if (k === 1) out.d = value;
    else if (k === 2) out.seq = value;
    else out.n = value;
  }
  out.chainEnd = pos;
  return (
    literalAt(bytes, pos, HASH_KEY) && prefixEnd === pos + 71 && bytes[prefixEnd - 1] === QUOTE
  );
}

/** The hash that the 64 characters at `pos` spell; null when they are not lower-case hex. */
export function hashAt(bytes: Uint8Array, pos: number): Uint8Array | null {
  const text = asciiText(bytes, pos, pos + 64);
  return HEX64.test(text) ? fromHex(text) : null;
}

/** True when the 64 hex digits at `pos` spell `hash`. */
export function hexIs(bytes: Uint8Array, pos: number, hash: Uint8Array): boolean {
  for (let i = 0; i < 32; i += 1) {
    const byte = hash[i] as number;
    if (bytes[pos + 2 * i] !== HEX[byte >>> 4]) return false;
    if (bytes[pos + 2 * i + 1] !== HEX[byte & 15]) return false;
  }
  return true;
}
