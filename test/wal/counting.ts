import type { WalStore } from 'quantlaxmi/wal';

/** What a reader took from a store. */
export interface Counted {
  readonly store: WalStore;
  /** Bytes read, all files together. */
  bytes: number;
  /** Names opened, in order. */
  readonly opened: string[];
}

/** A store that counts what is read from it. */
export function countingStore(inner: WalStore): Counted {
  const counted: Counted = {
    bytes: 0,
    opened: [],
    store: {
      ...inner,
      async open(name) {
        counted.opened.push(name);
        const file = await inner.open(name);
        return {
          ...file,
          async read(into, position) {
            const got = await file.read(into, position);
            counted.bytes += got;
            return got;
          },
        };
      },
    },
  };
  return counted;
}
