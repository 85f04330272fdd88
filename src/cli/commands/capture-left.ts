/**
 * What a failed capture of recordings leaves in its folder, told to whoever runs the command.
 * @module
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isQuantlaxmiError, QuantlaxmiError } from '../../core/index.js';

const MANIFEST = 'session_manifest.json';

/**
 * Runs a capture of recordings into `out`. Where it fails after it began a session there, the error
 * says that the folder is to be deleted: the files are read again, nothing is gone on with. It is
 * not deleted here, as what came so far may show what is wrong with the recording.
 *
 * @throws QuantlaxmiError what the capture throws, with that remedy
 */
export const tellingWhatIsLeft = async <T>(out: string, work: () => Promise<T>): Promise<T> => {
  const dir = resolve(out);
  const before = existsSync(join(dir, MANIFEST));
  try {
    return await work();
  } catch (error) {
    if (before || !existsSync(join(dir, MANIFEST)) || !isQuantlaxmiError(error)) throw error;
    const { code, context, message } = error;
    const remedy = `${dir} holds an unfinished session: delete the folder before the next attempt`;
    throw new QuantlaxmiError(code, `${message} (${remedy})`, { cause: error, context });
  }
};
