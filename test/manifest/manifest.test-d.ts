import {
  type Manifest,
  parseManifest,
  type RunManifest,
  type SessionManifest,
  sealManifest,
} from 'quantlaxmi/manifest';
import { expectTypeOf } from 'vitest';
import { runBody, sessionBody } from './samples.js';

declare const bytes: Uint8Array;
declare const run: RunManifest;
const manifest = parseManifest(bytes);

// A format name tells the two kinds apart.
if (manifest.fmt === 'quantlaxmi-run/1') expectTypeOf(manifest).toEqualTypeOf<RunManifest>();
else expectTypeOf(manifest).toEqualTypeOf<SessionManifest>();

expectTypeOf(sealManifest(runBody())).toExtend<RunManifest>();
expectTypeOf(sealManifest(sessionBody())).toExtend<SessionManifest>();
expectTypeOf<SessionManifest>().toExtend<Manifest>();

// A body is not a manifest until it is sealed.
// @ts-expect-error -- manifestHash is missing
export const unsealed: RunManifest = runBody();
// @ts-expect-error -- nothing in a manifest is written in place
run.mode = 'live';
// @ts-expect-error -- nor deep inside
run.decisions.traceHash = '';
// @ts-expect-error -- PnL is decimal digits, never a float
run.result.pnl.map((money) => money.realized * 2);
