/** Writes `docs/errors.md` from the table of codes. */
import { writeFileSync } from 'node:fs';
import { ERROR_CODES } from '../src/core/error-codes.data.js';
import { errorDocs } from './lib/error-docs.js';
import { readSources } from './lib/files.js';

const text = await errorDocs(ERROR_CODES, readSources('src', '.ts'));
writeFileSync('docs/errors.md', text);
console.log(`docs/errors.md: ${Object.keys(ERROR_CODES).length} codes`);
