/**
 * A file that appears under its name only when it is whole, and never replaces another.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type FileHandle, link, open, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { QuantlaxmiError } from '../../core/index.js';
import { syncDirectory } from '../atomic-write.js';

const FILE_MODE = 0o640;

function exists(path: string, cause?: unknown): QuantlaxmiError {
  return new QuantlaxmiError(
    'QL_FILE_EXISTS',
    `${path} exists; nothing was overwritten, give another folder`,
    { cause, context: { path } },
  );
}

function failure(path: string, cause: unknown): QuantlaxmiError {
  const code = (cause as { code?: unknown } | null)?.code;
  if (code === 'EEXIST') return exists(path, cause);
  const errno = typeof code === 'string' ? code : String(cause);
  return new QuantlaxmiError(
    'QL_FILE_WRITE',
    `${path}: ${errno}; no file was made, free space or permissions and export again`,
    { cause, context: { path, errno } },
  );
}

/** A file being written under a temporary name. */
export class OutputFile {
  readonly path: string;
  bytes = 0;
  readonly #temporary: string;
  #handle: FileHandle | null;
  /** True once the file at `path` is this one. */
  #named = false;

  private constructor(path: string, temporary: string, handle: FileHandle) {
    this.path = path;
    this.#temporary = temporary;
    this.#handle = handle;
  }

  static async create(path: string): Promise<OutputFile> {
    if (existsSync(path)) throw exists(path);
    const name = `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`;
    const temporary = join(dirname(path), name);
    try {
      return new OutputFile(path, temporary, await open(temporary, 'wx', FILE_MODE));
    } catch (cause) {
      throw failure(path, cause);
    }
  }

  async write(chunk: Uint8Array): Promise<void> {
    try {
      // A short write is carried on by writeFile; what can not be written is an error.
      await this.#handle?.writeFile(chunk);
      this.bytes += chunk.length;
    } catch (cause) {
      throw failure(this.path, cause);
    }
  }

  /** Makes the content durable, so that only the name is missing. */
  async settle(): Promise<void> {
    try {
      await this.#handle?.sync();
      await this.#handle?.close();
      this.#handle = null;
    } catch (cause) {
      throw failure(this.path, cause);
    }
  }

  /** Gives a settled file its name; until its folder is synced `abandon` takes it back. */
  async publish(): Promise<void> {
    try {
      await link(this.#temporary, this.path);
      this.#named = true;
      await unlink(this.#temporary);
    } catch (cause) {
      throw failure(this.path, cause);
    }
  }

  /** Makes the names in the folder of this file durable. */
  async syncFolder(): Promise<void> {
    try {
      await syncDirectory(dirname(this.path));
    } catch (cause) {
      throw failure(this.path, cause);
    }
  }

  /** Removes what was written, under whatever name it stands. */
  async abandon(): Promise<void> {
    await this.#handle?.close().catch(() => undefined);
    this.#handle = null;
    if (this.#named) await unlink(this.path).catch(() => undefined);
    this.#named = false;
    await unlink(this.#temporary).catch(() => undefined);
  }
}
