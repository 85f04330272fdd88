/**
 * Every error code of the package with its one-line meaning, in alphabetical order.
 * `docs/errors.md` is generated from this table.
 * @module
 */

/** Code → meaning. A code that is not here does not compile. */
export const ERROR_CODES = {
  QL_BAD_INPUT: 'An argument is outside the domain that the function documents.',
  QL_FIXED_DIVIDE_BY_ZERO: 'A fixed-point or rational division has a divisor of zero.',
  QL_FIXED_INEXACT: 'A decimal has non-zero digits beyond the exponent, so it would be rounded.',
  QL_FIXED_OVERFLOW: 'A fixed-point result is beyond 2^53-1 in magnitude.',
  QL_FIXED_RANGE: 'An exponent, step or mantissa handed in is not an integer within its range.',
  QL_FIXED_SYNTAX: 'Text is not a plain decimal: -?digits[.digits].',
  QL_GATE_CONFIG: 'A gate was given a configuration that its schema refuses.',
  QL_GATE_REGISTRY: 'A gate id is registered twice, or asked for and not registered.',
  QL_GATE_REPORT: 'A gate report does not have the shape of its format.',
  QL_INVARIANT: 'An internal assumption does not hold; state can not be trusted any more.',
  QL_JSON_DEPTH: 'JSON is nested deeper than allowed.',
  QL_JSON_DUPLICATE_KEY: 'A JSON object holds the same key twice.',
  QL_JSON_KEY: 'A JSON object holds a key that is never allowed (__proto__ and its like).',
  QL_JSON_NUMBER: 'A JSON number is not an integer within plus or minus 2^53-1.',
  QL_JSON_SIZE: 'JSON text is longer than allowed.',
  QL_JSON_SYNTAX: 'Text is not JSON.',
  QL_JSON_VALUE: 'A value has no canonical JSON form.',
  QL_METRIC_DEFINITION: 'A metric definition could not be written in the exposition format.',
  QL_PATH_UNSAFE: 'A path is not a plain relative POSIX path inside its root.',
  QL_UTF8: 'Text or bytes are not well-formed Unicode.',
} as const;
