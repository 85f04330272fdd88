/** SUBSCRIBE and the other commands of a Binance connection, with the documented errors. @module */
import type { Connection } from '../connection.js';

/** What a connection's commands change. */
export interface CommandState {
  /** True when messages come in the envelope of a combined stream. */
  combined: boolean;
}

const METHODS = ['SUBSCRIBE', 'UNSUBSCRIBE', 'LIST_SUBSCRIPTIONS', 'SET_PROPERTY', 'GET_PROPERTY'];
const ID_TEXT = /^[0-9A-Za-z_-]{1,36}$/;

type Id = number | string | null;

interface Command {
  readonly method: string;
  readonly params: readonly unknown[] | undefined;
  readonly id: Id;
}

/** An error as the venue words it. */
class CommandError {
  readonly code: number;
  readonly msg: string;

  constructor(code: number, msg: string) {
    this.code = code;
    this.msg = msg;
  }
}

function parse(text: string): Command | CommandError {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return new CommandError(3, 'Invalid JSON: expected value at line 1 column 1');
  }
  const { method, params, id } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (method === undefined) {
    const at = `line 1 column ${text.length}`;
    return new CommandError(2, `Invalid request: missing field \`method\` at ${at}`);
  }
  const known = typeof id === 'number' ? Number.isSafeInteger(id) : ID_TEXT.test(String(id));
  if (id === undefined || !(known || id === null)) {
    return new CommandError(2, 'Invalid request: request ID must be an unsigned integer');
  }
  if (typeof method !== 'string' || !METHODS.includes(method)) {
    const expected = METHODS.map((name) => `\`${name}\``).join(', ');
    const name = typeof method === 'string' ? method : JSON.stringify(method);
    const wrong = `unknown variant \`${name}\`, expected one of ${expected}`;
    return new CommandError(2, `Invalid request: ${wrong} at line 1 column 28`);
  }
  if (params !== undefined && !Array.isArray(params)) {
    return new CommandError(2, 'Invalid request: invalid type: expected a sequence');
  }
  return { method, params, id: id as Id };
}

function subscribe(conn: Connection, names: readonly string[], max: number): null | CommandError {
  const fresh = names.filter((name) => !conn.asked.has(name));
  if (conn.asked.size + new Set(fresh).size > max) {
    return new CommandError(4, 'Too many subscriptions');
  }
  for (const name of fresh) conn.asked.set(name, canonicalStream(name));
  return null;
}

/** A stream's name without its speed: `btcusdt@depth@100ms` and `@0ms` are the same updates. */
export function canonicalStream(name: string): string {
  return name.replace(/@\d+m?s$/, '');
}

function property(command: Command, state: CommandState): unknown {
  const [name, value] = command.params ?? [];
  if (typeof name !== 'string') {
    return new CommandError(2, 'Invalid request: property name must be a string');
  }
  if (name !== 'combined') return new CommandError(0, 'Unknown property');
  if (command.method === 'GET_PROPERTY') return state.combined;
  if (typeof value !== 'boolean') {
    return new CommandError(1, 'Invalid value type: expected Boolean');
  }
  state.combined = value;
  return null;
}

function run(command: Command, conn: Connection, state: CommandState, max: number): unknown {
  const { method, params = [] } = command;
  if (method === 'LIST_SUBSCRIPTIONS') {
    if (params.length > 0) return new CommandError(2, 'Invalid request: too many parameters');
    return conn.subscriptions;
  }
  if (method === 'SET_PROPERTY' || method === 'GET_PROPERTY') return property(command, state);
  const names = params.filter((name) => typeof name === 'string');
  if (names.length !== params.length || names.length === 0) {
    return new CommandError(2, 'Invalid request: params must be a list of stream names');
  }
  if (method === 'SUBSCRIBE') return subscribe(conn, names, max);
  for (const name of names) conn.asked.delete(name);
  return null;
}

/** Fault for the next command, asked for only when it is one. */
export type NextFault = () =>
  | { readonly kind: 'ackLost' }
  | { readonly kind: 'subscribeError'; readonly code: number; readonly message: string }
  | null;

/** Carries out a command and answers it. */
export function runCommand(
  conn: Connection,
  text: string,
  options: { readonly state: CommandState; readonly max: number; readonly fault: NextFault },
): void {
  const command = parse(text);
  if (command instanceof CommandError) {
    conn.answer(JSON.stringify({ code: command.code, msg: command.msg }));
    return;
  }
  const { id } = command;
  const fault = options.fault();
  if (fault?.kind === 'subscribeError') {
    conn.answer(JSON.stringify({ code: fault.code, msg: fault.message, id }));
    return;
  }
  const result = run(command, conn, options.state, options.max);
  if (fault?.kind === 'ackLost') return;
  if (result instanceof CommandError) {
    conn.answer(JSON.stringify({ code: result.code, msg: result.msg, id }));
  } else conn.answer(JSON.stringify({ result, id }));
}
