/**
 * The pieces that the event schemas are made of. They say in zod's words what the descriptor table
 * says in data; a property test holds the two together.
 * @module
 */

import * as z from 'zod';
import { isForbiddenKey, isWellFormed } from '../../core/index.js';
import { isDecimalText, isHex64 } from '../internal/text.js';
import type { EventOf, EventType } from '../types.js';

/** A safe integer that is not -0. */
export const int = () => z.int().refine((n) => !Object.is(n, -0), 'expected 0, found -0');
/** A safe integer that is not negative. */
export const natural = () => int().min(0);
/** A safe integer from 1. */
export const positive = () => int().min(1);
/** A decimal exponent. */
export const exponent = () => int().min(-18).max(18);
/** Well-formed Unicode of any length. */
export const text = () => z.string().refine(isWellFormed, 'expected well-formed Unicode');
/** Well-formed Unicode with at least one character. */
export const name = () => text().min(1);
/** Plain decimal text. */
export const decimal = () => z.string().refine(isDecimalText, 'expected decimal text like -12.5');
/** SHA-256 in hex. */
export const hash = () => z.string().refine(isHex64, 'expected 64 lower-case hex digits');
/** Levels of one side of a book. */
export const levels = () => z.array(z.tuple([int(), natural()]));

// z.record drops an own `__proto__` key in silence, so names are checked before it looks.
const hasAllowedKeys = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  Object.keys(value).every((key) => isWellFormed(key) && !isForbiddenKey(key));

/** A record with free keys. */
export const record = <T extends z.ZodType>(value: T) =>
  z
    .unknown()
    .refine(hasAllowedKeys, 'a key is forbidden or not well-formed Unicode')
    .pipe(z.record(z.string(), value));

/** A record of integers and texts. */
export const numbersOrTexts = () => record(z.union([int(), text()]));

/** Side of an order or fill. */
export const side = () => z.enum(['buy', 'sell']);
/** Time in force. */
export const tif = () => z.enum(['gtc', 'ioc', 'fok', 'gtx']);
/** Limit or market. */
export const orderKind = () => z.enum(['limit', 'market']);

/** A logged event: the envelope around one body. Its output type is that of the event. */
export type EventSchema<T extends EventType> = z.ZodType<EventOf<T>>;

/** The envelope around a body schema. */
export const envelope = <T extends EventType, B extends z.ZodType>(t: T, body: B) =>
  z.strictObject({
    seq: positive(),
    t: z.literal(t),
    sv: z.literal(1),
    rx: natural(),
    ts: natural().nullable(),
    src: name(),
    body,
  });
