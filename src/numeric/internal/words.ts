/**
 * Bit access to doubles through one shared buffer. The index of the high word is found by looking,
 * so both byte orders give the same results.
 * @module
 */

const double = /* @__PURE__ */ new Float64Array(1);
const words = /* @__PURE__ */ new Uint32Array(/* @__PURE__ */ bufferOf(double));
const HIGH = /* @__PURE__ */ highIndex();

function bufferOf(view: Float64Array): ArrayBuffer {
  return view.buffer as ArrayBuffer;
}

function highIndex(): 0 | 1 {
  const one = new Uint32Array(bufferOf(new Float64Array([1])));
  return one[0] === 0 ? 1 : 0;
}

/** High 32 bits of a double as a signed integer. */
export function highWord(x: number): number {
  double[0] = x;
  return (words[HIGH] as number) | 0;
}

/** The double made of two 32-bit words. */
export function fromWords(high: number, low: number): number {
  words[HIGH] = high;
  words[1 - HIGH] = low;
  return double[0] as number;
}

/** `x` with its high word replaced. */
export function withHighWord(x: number, high: number): number {
  double[0] = x;
  words[HIGH] = high;
  return double[0];
}
