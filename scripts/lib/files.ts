import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path/posix';

/** Files under `dir` whose name ends with `end`, in code unit order, without installed ones. */
export const listFiles = (dir: string, end: string): string[] => {
  if (!existsSync(dir)) return [];
  const found: string[] = [];
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name.startsWith('.')) continue;
    const path = join(dir, entry.name);
    if (entry.isDirectory()) found.push(...listFiles(path, end));
    else if (entry.name.endsWith(end)) found.push(path);
  }
  return found.sort();
};

/** The same files with their texts. */
export const readSources = (dir: string, end: string): { path: string; text: string }[] =>
  listFiles(dir, end).map((path) => ({ path, text: readFileSync(path, 'utf8') }));
