import type { Side } from '../../events/index.js';

interface Net {
  qty: bigint;
  /** Finest exponent the quantities came in; nothing is ever rounded away. */
  exponent: number;
}

/** Power of ten for a difference of exponents. */
function tens(digits: number): bigint {
  return 10n ** BigInt(digits);
}

/** Signed sums of quantities by instrument, exact across declarations with other exponents. */
export class NetPositions {
  readonly #byInst = new Map<string, Net>();

  add(inst: string, qty: number, exponent: number): void {
    const net = this.#byInst.get(inst);
    if (net === undefined) {
      this.#byInst.set(inst, { qty: BigInt(qty), exponent });
      return;
    }
    if (exponent < net.exponent) {
      net.qty *= tens(net.exponent - exponent);
      net.exponent = exponent;
    }
    net.qty += BigInt(qty) * tens(exponent - net.exponent);
  }

  /** Largest quantity (mantissa at `exponent`) by which an order of `side` only reduces. */
  reducible(inst: string, side: Side, exponent: number): number {
    const net = this.#byInst.get(inst);
    if (net === undefined) return 0;
    const open = side === 'buy' ? -net.qty : net.qty;
    if (open <= 0n) return 0;
    const digits = net.exponent - exponent;
    const qty = digits >= 0 ? open * tens(digits) : open / tens(-digits);
    const most = BigInt(Number.MAX_SAFE_INTEGER);
    return Number(qty < most ? qty : most);
  }
}
