/**
 * The kept logs: folders of sealed segments that every later release must read. Each has an entry
 * in `fixtures/wal/corpus.json` that never changes, but for a new trace when a schema moves on.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canonicalIntegerJson, sha256Hex } from '../../src/core/index.js';
import { encodeEventJson } from '../../src/events/index.js';
import { bindSchemas } from '../../src/manifest/index.js';
import { nodeSha256 } from '../../src/node/sha256.js';
import { memoryStore, readWal, verifyWal } from '../../src/wal/index.js';

/** Folder of the kept logs. */
export const CORPUS = fileURLToPath(new URL('../../fixtures/wal/', import.meta.url));

/** What was true of a log when it was kept. */
export interface CorpusEntry {
  readonly folder: string;
  /** What it is kept for. */
  readonly note: string;
  /** Release that kept it. */
  readonly release: string;
  readonly walId: string;
  readonly files: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly sha256: string;
  }[];
  readonly lastSeq: number;
  readonly totalEvents: number;
  readonly perType: Readonly<Record<string, number>>;
  readonly chainHead: string;
  readonly why: readonly (string | null)[];
  /** SHA-256 of the events as decoded, by the schemas of the release that decoded them. */
  readonly traces: Readonly<Record<string, string>>;
}

/** `corpus.json`. */
export interface Corpus {
  readonly fmt: 'quantlaxmi-wal-corpus/1';
  readonly logs: readonly CorpusEntry[];
}

/** Reads `corpus.json`. */
export function readCorpus(): Corpus {
  return JSON.parse(readFileSync(join(CORPUS, 'corpus.json'), 'utf8')) as Corpus;
}

/** Files of a kept log. */
export function filesOf(folder: string): Map<string, Uint8Array> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.wal.jsonl'));
  return new Map(
    names.sort().map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]),
  );
}

/** Names the set of schemas of this release. */
export function schemaSet(): string {
  const schemas = Object.entries(bindSchemas()).map(([t, { sha256, sv }]) => ({ sha256, sv, t }));
  return sha256Hex(canonicalIntegerJson(schemas)).slice(0, 16);
}

/** SHA-256 of all events of a log as this release decodes them, one JSON line each. */
export async function traceOf(files: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const events of readWal(memoryStore(files), { hasher: nodeSha256 })) {
    for (const event of events) hash.update(`${encodeEventJson(event)}\n`);
  }
  return hash.digest('hex');
}

/** The part of an entry that never changes, as text to be pinned. */
export function pinOf({ traces: _, ...entry }: CorpusEntry): string {
  return createHash('sha256').update(JSON.stringify(entry)).digest('hex');
}

/** What is true of a sealed log now; the first problem is thrown. */
export async function entryOf(
  files: ReadonlyMap<string, Uint8Array>,
  named: Pick<CorpusEntry, 'folder' | 'note' | 'release'>,
): Promise<CorpusEntry> {
  const found = await verifyWal(memoryStore(files), {
    hasher: nodeSha256,
    canonical: true,
    expectSealed: true,
  });
  const [problem] = found.problems;
  if (problem !== undefined) throw new Error(problem.message);
  return {
    ...named,
    walId: found.walId ?? '',
    files: [...files].map(([name, bytes]) => ({
      name,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })),
    lastSeq: found.lastSeq,
    totalEvents: found.totalEvents,
    perType: found.perType,
    chainHead: found.chainHead,
    why: found.segments.map((segment) => segment.why),
    traces: { [schemaSet()]: await traceOf(files) },
  };
}
