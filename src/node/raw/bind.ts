/** What a session's manifest states of its raw record, and holding the files to it. @module */
import { join } from 'node:path';
import { QuantlaxmiError } from '../../core/index.js';
import {
  diffJson,
  type FieldDifference,
  type RawBinding,
  type RawPartBinding,
} from '../../manifest/index.js';
import { RAW_FORMAT } from '../../venues/feed/index.js';
import { readRecordingFile } from '../pipeline/recording-file.js';
import { resolveInside } from '../internal/read-file.js';
import { hashRawFile, RAW_DIR, rawParts } from './raw-file.js';

/** Longest line of a raw record: a list of all instruments of a venue has some 20 MB. */
export const RAW_LINE_BYTES_MAX = 64 * 1024 * 1024;

/** Binding of a record that nothing was written to yet. */
export const emptyRaw = (): RawBinding => ({ dir: RAW_DIR, fmt: RAW_FORMAT, parts: [] });

/** Digits a line starts with; null when it does not. */
function timeOf(bytes: Uint8Array, start: number, end: number): number | null {
  let value = 0;
  let at = start;
  for (; at < end && at - start < 16; at += 1) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return at === start ? null : value;
}

async function bindPart(dir: string, name: string): Promise<RawPartBinding> {
  const file = join(dir, name);
  let lines = 0;
  let rx0: number | null = null;
  let rx1: number | null = null;
  const { damage } = await readRecordingFile({
    file,
    lineBytesMax: RAW_LINE_BYTES_MAX,
    unfinished: 'drop',
    sink: {
      line(bytes, start, end) {
        lines += 1;
        rx1 = timeOf(bytes, start, end) ?? rx1;
        rx0 ??= rx1;
      },
      tooLong() {
        lines += 1;
      },
    },
    afterPiece: async () => undefined,
  });
  const { bytes, sha256 } = await hashRawFile(file);
  return { bytes, lines, name, rx0, rx1, sha256, whole: damage === null && lines > 0 };
}

/** Reads every part of a session's raw record and states what it is. */
export async function bindRaw(sessionDir: string, draft: RawBinding): Promise<RawBinding> {
  const dir = join(sessionDir, draft.dir);
  const parts: RawPartBinding[] = [];
  for (const name of await rawParts(dir)) parts.push(await bindPart(dir, name));
  return { ...draft, parts };
}

/** Where the files differ from what a manifest binds; a file that is not there has no values. */
export async function rawDifferences(
  sessionDir: string,
  bound: RawBinding | undefined,
): Promise<readonly FieldDifference[]> {
  if (bound === undefined) return [];
  const dir = await resolveInside(sessionDir, bound.dir);
  const found: unknown[] = [];
  const names = new Set(bound.parts.map(({ name }) => name));
  for (const part of bound.parts) {
    const held = await hashRawFile(join(dir, part.name)).catch((error: unknown) => {
      if (error instanceof QuantlaxmiError) return null;
      throw error;
    });
    found.push(held === null ? null : { ...part, ...held });
  }
  // A part that nobody bound would be read with the others.
  for (const name of await rawParts(dir)) if (!names.has(name)) found.push({ name });
  return diffJson({ raw: { parts: bound.parts } }, { raw: { parts: found } });
}
