import { existsSync, readFileSync } from 'node:fs';

/**
 * A file of `../shared` as text, or undefined when it is not there: then the caller skips, and the
 * reason is printed. With REQUIRE_SHARED=1 a missing file is an error.
 */
export function sharedText(path: string): string | undefined {
  const full = `../shared/${path}`;
  if (existsSync(full)) return readFileSync(full, 'utf8');
  const reason = `${full} is missing`;
  if (process.env['REQUIRE_SHARED'] === '1') throw new Error(reason);
  console.warn(`SKIPPED: ${reason}; set REQUIRE_SHARED=1 to make that a failure`);
  return undefined;
}

interface VectorCase {
  readonly kind: string;
  readonly id: string;
}

/** The cases of a vector file of one kind, or undefined as for {@link sharedText}. */
export function sharedCases<T extends object>(
  file: string,
  kind: string,
): (T & VectorCase)[] | undefined {
  const text = sharedText(`vectors/${file}.json`);
  if (text === undefined) return undefined;
  const { cases } = JSON.parse(text) as { cases: (T & VectorCase)[] };
  const chosen = cases.filter((each) => each.kind === kind);
  if (chosen.length === 0) throw new Error(`${file}.json has no case of kind ${kind}`);
  return chosen;
}
