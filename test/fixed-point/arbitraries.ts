import fc from 'fast-check';
import type { Rounding } from 'quantlaxmi/fixed-point';

export const ROUNDINGS: readonly Rounding[] = ['floor', 'ceil', 'trunc', 'halfEven', 'halfUp'];

export const rounding = fc.constantFrom(...ROUNDINGS);

/** Mantissas of every size: digits are drawn first, so that small ones are as likely as large. */
export const mantissa = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -1000, max: 1000 }),
  fc.integer({ min: 0, max: 1000 }).map((n) => Number.MAX_SAFE_INTEGER - n),
  fc.integer({ min: 0, max: 1000 }).map((n) => n - Number.MAX_SAFE_INTEGER),
  fc
    .tuple(fc.nat({ max: 15 }), fc.integer({ min: -9, max: 9 }))
    .map(([zeros, digit]) => Number(`${digit}${'0'.repeat(zeros)}`) + 0),
);

const digits = (maxLength: number) =>
  fc.oneof(
    fc.stringMatching(/^[0-9]{1,5}$/),
    fc.stringMatching(new RegExp(`^[0-9]{1,${maxLength}}$`)),
    fc.stringMatching(new RegExp(`^[0-9]{1,4}0{0,${maxLength - 4}}$`)),
    fc.stringMatching(new RegExp(`^0{0,${maxLength - 4}}[0-9]{1,4}$`)),
  );

/** Plain decimals, short and long, with leading and trailing zeros. */
export const decimal = fc
  .tuple(fc.constantFrom('', '-'), digits(24), fc.option(digits(28), { nil: undefined }))
  .map(([sign, whole, part]) => (part === undefined ? sign + whole : `${sign}${whole}.${part}`));

/** Decimals around 2^53, where floats start to round. */
export const nearLimit = fc
  .tuple(fc.bigInt({ min: -3000n, max: 3000n }), fc.nat({ max: 20 }), fc.constantFrom('', '-'))
  .map(([offset, places, sign]) => {
    const text = String(2n ** 53n + offset).padStart(places + 1, '0');
    const cut = text.length - places;
    return places === 0 ? sign + text : `${sign}${text.slice(0, cut)}.${text.slice(cut)}`;
  });

/** Almost decimals: one character too many or replaced. */
export const broken = fc
  .tuple(decimal, fc.nat(), fc.constantFrom(...'+-.eE ,_xn\t\0٣', ''), fc.boolean())
  .map(([text, at, char, replace]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + char + text.slice(place + (replace ? 1 : 0));
  });
