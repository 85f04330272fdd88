import { inspect, isDeepStrictEqual } from 'node:util';
import { runInThisContext } from 'node:vm';

const asValue = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: runInThisContext(`(${text})`) as unknown };
  } catch {
    return undefined;
  }
};

const show = (value: unknown): string =>
  inspect(value, { depth: 8, breakLength: Number.POSITIVE_INFINITY, sorted: false });

const fits = (shown: string, pattern: string): boolean => {
  const parts = pattern.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[\\s\\S]*')}$`).test(shown);
};

/**
 * Does a value equal the text after `// =>`? The text is a JavaScript expression, or what
 * `util.inspect` prints, where `…` stands for anything.
 */
export const equalsText = (value: unknown, text: string): boolean => {
  const expected = asValue(text);
  if (expected !== undefined && isDeepStrictEqual(value, expected.value)) return true;
  return [show(value), String(value)].some((shown) => shown === text || fits(shown, text));
};

/** Compares one value of a fence; `throws CODE` expects an error with that code. */
export const expectValue = async (
  line: number,
  thunk: () => Promise<unknown>,
  text: string,
): Promise<void> => {
  const code = /^throws (\w+)/.exec(text)?.[1];
  if (code === undefined) {
    const value = await thunk();
    if (equalsText(value, text)) return;
    throw new Error(`line ${line}: the text says ${text}, it is ${show(value)}`);
  }
  let thrown: unknown;
  try {
    await thunk();
  } catch (error) {
    thrown = error;
  }
  const found = (thrown as { code?: string; name?: string } | undefined) ?? {};
  if (found.code === code || found.name === code) return;
  const seen = thrown === undefined ? 'nothing is thrown' : `it throws ${show(thrown)}`;
  throw new Error(`line ${line}: the text says throws ${code}, ${seen}`);
};
