/**
 * Writes `src/events/generated/` from `src/events/descriptors.data.ts`.
 *
 *     npx tsx scripts/generate-codecs.ts            write
 *     npx tsx scripts/generate-codecs.ts --check    compare, exit 1 on a difference
 * @module
 */

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { DESCRIPTORS } from '../src/events/descriptors.data.js';
import {
  type DescriptorTable,
  envelopeFile,
  fileName,
  tablesFile,
  typeFile,
} from './codecs/files.js';

const FOLDER = fileURLToPath(new URL('../src/events/generated/', import.meta.url));

/** File name → text for a descriptor table. */
export function generateCodecs(table: DescriptorTable): Map<string, string> {
  const files = new Map<string, string>();
  for (const [type, versions] of Object.entries(table)) {
    files.set(`${fileName(type)}.ts`, typeFile(type, versions));
  }
  files.set('envelope.ts', envelopeFile(table));
  files.set('tables.ts', tablesFile(table));
  return files;
}

/** Names of the files on disk that differ from what the table gives. */
export function staleCodecs(): string[] {
  const wanted = generateCodecs(DESCRIPTORS);
  const present = readdirSync(FOLDER);
  const differing = [...wanted].filter(
    ([name, text]) => !present.includes(name) || readFileSync(FOLDER + name, 'utf8') !== text,
  );
  const stray = present.filter((name) => !wanted.has(name));
  return [...differing.map(([name]) => name), ...stray];
}

function main(): void {
  if (process.argv.includes('--check')) {
    const stale = staleCodecs();
    if (stale.length === 0) return;
    console.error(
      `src/events/generated is stale: ${stale.join(', ')}; run the script without --check`,
    );
    process.exitCode = 1;
    return;
  }
  mkdirSync(FOLDER, { recursive: true });
  const wanted = generateCodecs(DESCRIPTORS);
  for (const name of readdirSync(FOLDER)) if (!wanted.has(name)) rmSync(FOLDER + name);
  for (const [name, text] of wanted) writeFileSync(FOLDER + name, text);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
