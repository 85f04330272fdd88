/**
 * Keys of Kite from the environment: a flag would stand in the list of processes and in the history
 * of the shell.
 * @module
 */
import { QuantlaxmiError, Secret } from '../../core/index.js';

const WHAT_TO_DO: Readonly<Record<string, string>> = {
  KITE_API_KEY: 'the key of your app, from developers.kite.trade',
  KITE_API_SECRET: 'the secret of your app, from developers.kite.trade',
  KITE_ACCESS_TOKEN: "today's token; quantlaxmi login zerodha writes a file to take it from",
};

/** A variable that has to be set. */
export const kiteVariable = (name: string): string => {
  const value = process.env[name]?.trim() ?? '';
  if (value !== '') return value;
  throw new QuantlaxmiError(
    'QL_BAD_INPUT',
    `the environment variable ${name} is not set: ${WHAT_TO_DO[name] ?? 'see docs/zerodha.md'}`,
    { context: { variable: name } },
  );
};

/** A variable that has to be set and must not be shown. */
export const kiteSecret = (name: string): Secret<string> => new Secret(kiteVariable(name));
