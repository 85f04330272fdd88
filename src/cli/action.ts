/**
 * From a command line to what is printed.
 * @module
 */
import { escapeControl } from '../core/index.js';
import type { CommonOptions, ExitCode, Outcome } from './outcome.js';

/** What a command calls. */
type Action<A extends readonly unknown[]> = (...args: A) => Promise<Outcome>;

/** Wraps what a command calls for commander. */
export type Run = <A extends readonly unknown[]>(
  name: string,
  action: Action<A>,
) => (...args: unknown[]) => Promise<void>;

/** Version of the `--json` documents; raised when a field changes its meaning or goes. */
const DOCUMENT_VERSION = 1;

/** Commander hands an action its arguments, its options and itself. */
export const runner =
  (report: (code: ExitCode) => void): Run =>
  <A extends readonly unknown[]>(name: string, action: Action<A>) =>
  async (...args: unknown[]) => {
    const options = args.at(-2) as CommonOptions;
    const outcome = await action(...(args.slice(0, -1) as unknown as A));
    const fmt = `quantlaxmi-${name}/${DOCUMENT_VERSION}`;
    const document = { fmt, ...outcome.document };
    // An escape within a JSON string is the same string: no document can move a cursor.
    const text = options.json === true ? escapeControl(JSON.stringify(document)) : outcome.text;
    if (text !== '') process.stdout.write(`${text}\n`);
    report(outcome.exitCode);
  };

/** The flag every command has that prints a result. */
export const JSON_FLAG = ['--json', 'print one JSON document on stdout'] as const;
