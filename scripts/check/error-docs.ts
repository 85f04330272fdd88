import { readFileSync } from 'node:fs';
import { ERROR_CODES } from '../../src/core/error-codes.data.js';
import { errorDocs } from '../lib/error-docs.js';
import { readSources } from '../lib/files.js';
import { CheckFailed } from '../lib/run.js';

/** `docs/errors.md` is what the generator writes from the table of codes. */
export const checkErrorDocs = async (): Promise<string> => {
  const wanted = await errorDocs(ERROR_CODES, readSources('src', '.ts'));
  if (readFileSync('docs/errors.md', 'utf8') !== wanted) {
    throw new CheckFailed('docs/errors.md differs from the table of codes: npm run docs:errors');
  }
  return `${Object.keys(ERROR_CODES).length} codes documented`;
};
