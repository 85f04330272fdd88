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
  QL_MANIFEST_CANONICAL: 'A manifest file is not the canonical bytes of its content.',
  QL_MANIFEST_HASH: 'A manifest or bound file does not hash to the value stated for it.',
  QL_MANIFEST_PATH: 'A manifest names a path outside its own folder.',
  QL_MANIFEST_REVISION:
    'A manifest may not replace the one that stands: it changes sealed evidence.',
  QL_MANIFEST_SCHEMA:
    'A manifest lacks a field, has an unknown one, or holds a value out of its domain.',
  QL_MANIFEST_SIZE: 'A manifest file is larger than allowed.',
  QL_MANIFEST_VERSION: 'A manifest is of another kind or format version than expected.',
  QL_METRIC_DEFINITION: 'A metric definition could not be written in the exposition format.',
  QL_PATH_UNSAFE: 'A path is not a plain relative POSIX path inside its root.',
  QL_RUN_CONFIG:
    'A run configuration, risk policy or venue description has no canonical integer form.',
  QL_UTF8: 'Text or bytes are not well-formed Unicode.',
  WAL_BACKPRESSURE:
    'Too much is appended and not yet flushed; await ready() before the next append.',
  WAL_BATCH_TOO_LARGE: 'One batch is larger than a commit may be; split it.',
  WAL_CHAIN: 'A hash of the log does not follow from the bytes before it: the log was edited.',
  WAL_CLOSED: 'The writer is closed and takes nothing any more.',
  WAL_CORRUPT: 'Bytes of the log that had been durable are damaged; this is data loss.',
  WAL_FOREIGN: 'A segment belongs to another log.',
  WAL_IO: 'The platform refused to read or list the log; the bytes themselves are not judged.',
  WAL_LINE_TOO_LONG: 'A line of the log is longer than allowed.',
  WAL_LOCKED: 'Another writer holds the log.',
  WAL_LOW_SPACE: 'There is not enough free space to start writing a log.',
  WAL_NON_CANONICAL: 'A line with a good checksum is not in the canonical form of its type.',
  WAL_OPTIONS: 'An option of the log is missing or outside its domain.',
  WAL_POISONED: 'A write or sync failed; the writer is closed for good, restart to recover.',
  WAL_ROLLBACK: 'The log ends before a sequence number that is known to have been durable.',
  WAL_RX_ORDER: 'An event was received earlier than the one before it in the log.',
  WAL_SEGMENT_MISSING: 'A segment of the log is missing, renamed or there twice.',
  WAL_SEQ: 'A sequence number of the log is missing, repeated or out of order.',
  WAL_TORN_TAIL: 'The log ends in bytes that were never committed; open it for writing to recover.',
  WAL_UNKNOWN_TYPE: 'An event type or schema version has no decoder or upcaster here.',
  WAL_UNSEALED: 'A segment that is not the last one has no footer.',
  WAL_VERSION: 'The log is of a newer format than this release reads.',
} as const;
