/** The file store of `quantlaxmi/node`. */
export type { FileStoreOptions } from './file-store.js';
export { fileStore } from './file-store.js';
