const view = new DataView(new ArrayBuffer(8));

/** Doubles in order as integers: neighbours differ by 1. */
function rank(x: number): bigint {
  view.setFloat64(0, x);
  const bits = view.getBigInt64(0);
  return bits < 0n ? -(bits & 0x7fff_ffff_ffff_ffffn) : bits;
}

/** How many doubles apart two results are. */
export function ulpsApart(a: number, b: number): number {
  const gap = rank(a) - rank(b);
  return Number(gap < 0n ? -gap : gap);
}

/** The double of 16 hex digits. */
export function doubleOfHex(hex: string): number {
  view.setBigUint64(0, BigInt(`0x${hex}`));
  return view.getFloat64(0);
}
