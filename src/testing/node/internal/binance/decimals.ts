/** How many decimals prices and quantities of a text have. @module */

/** Decimals of prices and quantities. */
export interface Decimals {
  price: number;
  qty: number;
}

/** `["61800.20","2.909"]`, the form of all levels. */
const LEVEL = /\["\d+(?:\.(\d+))?","\d+(?:\.(\d+))?"\]/g;

/** Raises the counts to the most decimals of any level in a message. */
export function countDecimals(text: string, into: Decimals): void {
  for (const [, price = '', qty = ''] of text.matchAll(LEVEL)) {
    if (price.length > into.price) into.price = price.length;
    if (qty.length > into.qty) into.qty = qty.length;
  }
}
