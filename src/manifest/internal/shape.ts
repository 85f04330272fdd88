/** Holds a value against the schema that its `fmt` names. */
import { escapeControl, QuantlaxmiError } from '../../core/index.js';
import type { RunManifest } from '../run-manifest.js';
import { RUN_MANIFEST_FORMAT } from '../run-manifest.js';
import { runManifestSchema } from '../run-schema.js';
import type { SessionManifest } from '../session-manifest.js';
import { SESSION_MANIFEST_FORMAT } from '../session-manifest.js';
import { sessionManifestSchema } from '../session-schema.js';

const KNOWN = /^(quantlaxmi-(?:session|run))\/([0-9]{1,9})$/;

/** Refuses a format this code does not know; a newer one is named as such. */
export function checkFormat(value: unknown, label: string): void {
  const fmt = (value as { fmt?: unknown } | null)?.fmt;
  if (fmt === SESSION_MANIFEST_FORMAT || fmt === RUN_MANIFEST_FORMAT) return;
  const shown = typeof fmt === 'string' ? escapeControl(fmt.slice(0, 80)) : String(typeof fmt);
  const match = typeof fmt === 'string' ? KNOWN.exec(fmt) : null;
  const advice =
    match === null
      ? 'this is not a manifest of quantlaxmi'
      : 'it was written by another version of quantlaxmi: use that version';
  throw new QuantlaxmiError(
    'QL_MANIFEST_VERSION',
    `${label}: fmt is ${shown}; expected ${SESSION_MANIFEST_FORMAT} or ${RUN_MANIFEST_FORMAT}; ${advice}`,
    { context: { fmt: shown } },
  );
}

// Building a schema costs some 10 ms, checking with it 0.1 ms.
let runSchema: ReturnType<typeof runManifestSchema> | undefined;
let sessionSchema: ReturnType<typeof sessionManifestSchema> | undefined;

function schemaFor(
  fmt: string,
): ReturnType<typeof runManifestSchema> | ReturnType<typeof sessionManifestSchema> {
  if (fmt === RUN_MANIFEST_FORMAT) {
    runSchema ??= runManifestSchema();
    return runSchema;
  }
  sessionSchema ??= sessionManifestSchema();
  return sessionSchema;
}

/** Refuses a value that its schema refuses, naming the first field. */
export function checkShape(
  value: unknown,
  label: string,
): asserts value is SessionManifest | RunManifest {
  checkFormat(value, label);
  const schema = schemaFor((value as { fmt: string }).fmt);
  const outcome = schema.safeParse(value);
  if (outcome.success) return;
  const issue = outcome.error.issues[0];
  const field = issue === undefined || issue.path.length === 0 ? 'manifest' : issue.path.join('.');
  const shown = escapeControl(field.slice(0, 200));
  const why = escapeControl((issue?.message ?? 'invalid').slice(0, 200));
  throw new QuantlaxmiError('QL_MANIFEST_SCHEMA', `${label}: field ${shown}: ${why}`, {
    context: { field: shown, issue: why, code: issue?.code ?? 'unknown' },
  });
}
