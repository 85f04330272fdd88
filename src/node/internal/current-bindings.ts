/** Bindings of what is there now, to explain why a replay differs. */
import {
  bindingsOf,
  bindUpcasters,
  type RunBindings,
  type RunManifest,
} from '../../manifest/index.js';
import { codeHash } from '../code-hash.js';
import { runtimeVersions } from '../runtime.js';
import type { Session } from '../session.js';

async function currentCode(
  manifest: RunManifest,
  strategyModule: string | null,
): Promise<string | undefined> {
  const upcasters = bindUpcasters();
  const code = await codeHash({ strategyModule, upcastersSha256: upcasters.sha256 });
  const current = bindingsOf({ ...manifest, code, upcasters }).code;
  const packageDiffers = code.package.codeHash !== manifest.code.package.codeHash;
  // Unless the strategy's module is bound and at hand, only the package itself can be compared.
  const comparable = strategyModule !== null && manifest.code.strategy !== null;
  return comparable || packageDiffers ? current : undefined;
}

/** Verifies the session's log, hashes the code and looks at the machine. */
export async function currentBindings(
  manifest: RunManifest,
  options: {
    readonly session: Session;
    readonly strategyModule: string | null;
    readonly dir: string;
  },
): Promise<Partial<RunBindings>> {
  const { wal } = await options.session.verify();
  const inputs = {
    ...manifest.inputs,
    chainHead: wal.chainHead,
    walId: wal.walId ?? '',
    walSha256: wal.segments.map((segment) => segment.sha256 ?? ''),
  };
  const env = await runtimeVersions(options.dir);
  const { inputs: inputsHash, config, env: envHash } = bindingsOf({ ...manifest, inputs, env });
  const code = await currentCode(manifest, options.strategyModule);
  const found = { inputs: inputsHash, config, env: envHash };
  return code === undefined ? found : { ...found, code };
}
