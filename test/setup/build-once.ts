import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const newest = (dir: string, ends: string): number => {
  if (!existsSync(dir)) return 0;
  let last = 0;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) last = Math.max(last, newest(path, ends));
    else if (entry.name.endsWith(ends)) last = Math.max(last, statSync(path).mtimeMs);
  }
  return last;
};

/** Oldest output among those that have a source, 0 when a source has no output yet. */
const oldestOutput = (from: string, to: string): number => {
  if (!existsSync(from)) return Number.POSITIVE_INFINITY;
  let oldest = Number.POSITIVE_INFINITY;
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const target = join(to, entry.name.replace(/\.ts$/, '.js'));
    if (entry.isDirectory())
      oldest = Math.min(oldest, oldestOutput(join(from, entry.name), target));
    else if (entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts')) {
      oldest = Math.min(oldest, existsSync(target) ? statSync(target).mtimeMs : 0);
    }
  }
  return oldest;
};

/** Builds `dist` when a source is newer, so that tests can spawn `node dist/cli/main.js`. */
export default function buildOnce(): void {
  const sources = Math.max(newest('src', '.ts'), newest('examples', '.ts'));
  const outputs = Math.min(oldestOutput('src', 'dist'), oldestOutput('examples', 'dist/examples'));
  if (outputs >= sources) return;
  try {
    execFileSync('npm', ['run', '-s', 'build:js'], { stdio: 'pipe', encoding: 'utf8' });
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr ?? String(cause);
    const text = `build:js failed, tests that run dist see an old build:\n${said}`;
    if (process.env['REQUIRE_SHARED'] === '1') throw new Error(text, { cause });
    console.error(text);
  }
}
