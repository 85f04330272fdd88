/**
 * Keeps a sealed log for ever: copies its segments to `fixtures/wal/<folder>/`, writes what is true
 * of it into `corpus.json`, and prints the pin for `test/wal/corpus.test.ts`.
 *
 *     npx tsx scripts/keep-wal.ts LOG_DIR FOLDER "what it is kept for"
 *     npx tsx scripts/keep-wal.ts --traces      after a schema moved on: adds how each log reads
 *     now
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Corpus } from './lib/wal-corpus.js';
import {
  CORPUS,
  entryOf,
  filesOf,
  pinOf,
  readCorpus,
  schemaSet,
  traceOf,
} from './lib/wal-corpus.js';

function write(corpus: Corpus): void {
  writeFileSync(join(CORPUS, 'corpus.json'), `${JSON.stringify(corpus, null, 2)}\n`);
}

function corpusOrNew(): Corpus {
  if (existsSync(join(CORPUS, 'corpus.json'))) return readCorpus();
  return { fmt: 'quantlaxmi-wal-corpus/1', logs: [] };
}

async function addTraces(): Promise<void> {
  const { fmt, logs } = readCorpus();
  const now = await Promise.all(
    logs.map(async (log) => ({
      ...log,
      traces: { ...log.traces, [schemaSet()]: await traceOf(filesOf(join(CORPUS, log.folder))) },
    })),
  );
  write({ fmt, logs: now });
}

async function keep(dir: string, folder: string, note: string): Promise<void> {
  const { fmt, logs } = corpusOrNew();
  if (logs.some((log) => log.folder === folder)) throw new Error(`${folder} is kept already`);
  const packageFile = fileURLToPath(new URL('../package.json', import.meta.url));
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
  const files = filesOf(dir);
  const entry = await entryOf(files, { folder, note, release: version });
  const target = join(CORPUS, folder);
  mkdirSync(target, { recursive: true });
  for (const [name, bytes] of files) {
    if (!existsSync(join(target, name))) writeFileSync(join(target, name), bytes);
  }
  write({ fmt, logs: [...logs, entry] });
  console.log(`  '${folder}': '${pinOf(entry)}',`);
}

const [dir, folder, note] = process.argv.slice(2);
if (dir === '--traces') await addTraces();
else if (dir === undefined || folder === undefined || note === undefined) {
  console.error('usage: npx tsx scripts/keep-wal.ts LOG_DIR FOLDER "what it is kept for"');
  process.exitCode = 2;
} else await keep(dir, folder, note);
