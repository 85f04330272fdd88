import { join } from 'node:path';
import { build } from 'esbuild';

/** Bundles a program that imports `./src/…`, so that a test can measure or kill its process. */
export async function buildProgram(root: string, source: string): Promise<string> {
  const script = join(root, 'program.mjs');
  await build({
    stdin: { contents: source, resolveDir: process.cwd(), loader: 'ts' },
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
  return script;
}
