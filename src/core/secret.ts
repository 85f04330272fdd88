const SHOWN = '[secret]';

/**
 * Wraps a key or password so that printing, JSON and string building show `[secret]`. Only
 * {@link Secret.reveal} gives the value. Canonical JSON refuses it.
 *
 * @example
 * ```ts
 * import { Secret } from 'quantlaxmi/core';
 *
 * const key = new Secret('k-123');
 * JSON.stringify({ key }); // => '{"key":"[secret]"}'
 * `${key}`; // => '[secret]'
 * key.reveal(); // => 'k-123'
 * ```
 */
export class Secret<T> {
  readonly #value: T;

  /** @param value - what must not leak */
  constructor(value: T) {
    this.#value = value;
  }

  /** The wrapped value: call it where it is used, keep the result nowhere. */
  reveal(): T {
    return this.#value;
  }

  /** `[secret]`, never the value. */
  toString(): string {
    return SHOWN;
  }

  /** `[secret]`, never the value. */
  toJSON(): string {
    return SHOWN;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return SHOWN;
  }
}
