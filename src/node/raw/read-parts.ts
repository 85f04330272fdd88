/** Reading the parts of a raw record back, record by record. @module */
import { QuantlaxmiError } from '../../core/index.js';
import { parseRawLine, type RawHead, type RawRecord } from '../../venues/feed/index.js';
import { readRecordingFile } from '../pipeline/recording-file.js';
import { RAW_LINE_BYTES_MAX } from './bind.js';

/** A line of a part: what it holds, or why it could not be read. */
export type RawLine =
  | RawHead
  | RawRecord
  | { readonly kind: 'bad'; readonly error: QuantlaxmiError };

const noRecord = (): QuantlaxmiError =>
  new QuantlaxmiError('QL_VENUE_LINE', 'a line of a raw record without a mark (# or @)');

const lineOf = (bytes: Uint8Array, start: number, end: number): RawLine => {
  try {
    return parseRawLine(bytes, start, end) ?? { kind: 'bad', error: noRecord() };
  } catch (error) {
    if (error instanceof QuantlaxmiError) return { kind: 'bad', error };
    throw error;
  }
};

/** What {@link readRawPart} needs. */
export interface ReadRawPartOptions {
  /** Lines that are not wanted are not parsed. Default: all are. */
  readonly wanted?: (bytes: Uint8Array, start: number, end: number) => boolean;
  /** Awaited with the lines of each piece, in order, and the bytes read so far. */
  readonly lines: (lines: readonly RawLine[], bytesRead: number) => Promise<void>;
}

/**
 * Reads one part to its end, with flat memory.
 *
 * @returns its bytes, and how it breaks off: null when it is whole
 * @throws QuantlaxmiError QL_FILE_READ, and what `lines` throws
 */
export const readRawPart = async (
  file: string,
  options: ReadRawPartOptions,
): Promise<{ readonly bytes: number; readonly damage: QuantlaxmiError | null }> => {
  let lines: RawLine[] = [];
  return await readRecordingFile({
    file,
    lineBytesMax: RAW_LINE_BYTES_MAX,
    unfinished: 'drop',
    sink: {
      line(bytes, start, end) {
        if (options.wanted?.(bytes, start, end) !== false) lines.push(lineOf(bytes, start, end));
      },
      tooLong: () => lines.push({ kind: 'bad', error: noRecord() }),
    },
    async afterPiece(bytesRead) {
      const taken = lines;
      lines = [];
      await options.lines(taken, bytesRead);
    },
  });
};

/** Ends the reading of a file with what its first line is. */
class Found extends Error {
  readonly head: RawHead | null;

  constructor(head: RawHead | null) {
    super('found');
    this.head = head;
  }
}

/** Head of a file; null for another line, undefined where there is no whole line. */
const firstLine = async (file: string): Promise<RawHead | null | undefined> => {
  let first = true;
  // Of another recording only the first line is looked at, and none is parsed.
  const wanted = (): boolean => {
    const was = first;
    first = false;
    return was;
  };
  try {
    await readRawPart(file, {
      wanted,
      lines: async ([line]) => {
        if (line !== undefined) throw new Found(line.kind === 'head' ? line : null);
        if (!first) throw new Found(null);
      },
    });
  } catch (error) {
    if (error instanceof Found) return error.head;
    throw error;
  }
  return undefined;
};

/**
 * Head of a raw record's part.
 *
 * @param file - a part, or any other recording
 * @returns null when its first line is no head: the file is no part of a raw record
 * @throws QuantlaxmiError QL_FILE_READ
 */
export const rawHeadOf = async (file: string): Promise<RawHead | null> =>
  (await firstLine(file)) ?? null;

/**
 * First head of a raw record. Parts without a whole line are passed over: their writer was killed
 * before it had written one, and nothing came after it.
 *
 * @param files - parts of one raw record in order, or any other recordings
 * @returns null when there is none, or the first line of all is no head
 * @throws QuantlaxmiError QL_FILE_READ
 */
export const firstHeadOf = async (files: readonly string[]): Promise<RawHead | null> => {
  for (const file of files) {
    const head = await firstLine(file);
    if (head !== undefined) return head;
  }
  return null;
};
