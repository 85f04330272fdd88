import { DESCRIPTORS, type Field } from './descriptors.data.js';
import type { EventType } from './types.js';

/** One field of a body, for whoever lays events out in columns. */
export interface EventField {
  readonly name: string;
  /**
   * `int` is a safe integer, `word` one of a fixed list, `decimal` text that is a decimal number;
   * `levels` is a list of `[price, qty]`, `map` a record with free keys, `list` a list of records.
   */
  readonly kind: 'int' | 'text' | 'decimal' | 'word' | 'bool' | 'levels' | 'map' | 'list';
  /** True when the value may be null. */
  readonly nullable: boolean;
}

function shapeOf(name: string, field: Field): EventField {
  const kind = field.kind === 'text' && field.form === 'decimal' ? 'decimal' : field.kind;
  return { name, kind, nullable: 'nullable' in field && field.nullable === true };
}

/**
 * Fields of a type's body in its newest schema version, in the order of the log's bytes.
 *
 * @param t - event type
 * @example
 * ```ts
 * import { eventFields } from 'quantlaxmi/events';
 *
 * eventFields('Timer').map(({ name }) => name); // => ['cause', 'due', 'id']
 * eventFields('Quote')[0]; // => { name: 'ask', kind: 'int', nullable: true }
 * ```
 */
export function eventFields(t: EventType): readonly EventField[] {
  const versions = DESCRIPTORS[t];
  const { fields } = versions[versions.length - 1] as (typeof versions)[number];
  return Object.entries<Field>(fields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => shapeOf(name, field));
}
