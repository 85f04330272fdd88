import {
  addMantissa,
  type Mantissa,
  mantissa,
  type PriceMantissa,
  parseMantissa,
  type QtyMantissa,
  roundToStep,
  subMantissa,
} from 'quantlaxmi/fixed-point';

const price: PriceMantissa = parseMantissa('43250.12', -2);
const qty: QtyMantissa = mantissa(500);

const plain: number = price;
const some: Mantissa = qty;
const moved: PriceMantissa = addMantissa(price, price);
const left: QtyMantissa = subMantissa(qty, qty);
const ticked: PriceMantissa = roundToStep(price, 5, 'floor');
const sum: number = addMantissa(1, 2);

// @ts-expect-error a quantity is not a price
const wrongBrand: PriceMantissa = qty;
// @ts-expect-error a plain number is not a price
const unchecked: PriceMantissa = 4325012;
// @ts-expect-error price and quantity do not add up
addMantissa(price, qty);
// @ts-expect-error a plain number does not add to a price
addMantissa(price, 1);
// @ts-expect-error the sum of two prices is not a quantity
const sumAsQty: QtyMantissa = addMantissa(price, price);
// @ts-expect-error a mantissa of unknown unit is not a price
const unitless: PriceMantissa = some;
// @ts-expect-error rounding has no default
roundToStep(price, 5);
// @ts-expect-error there is no such rounding
roundToStep(price, 5, 'nearest');
// @ts-expect-error a bigint is not a mantissa
mantissa(5n);

export { left, moved, plain, sum, sumAsQty, ticked, unchecked, unitless, wrongBrand };
