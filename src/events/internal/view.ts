/**
 * DataViews over the callers' byte arrays.
 * @module
 */

/** Remembers the view of the last array: making one costs a third of reading a line. */
export interface ViewOf {
  (bytes: Uint8Array): DataView;
}

/** A {@link ViewOf} of its own, so that reading and writing do not evict each other. */
export function viewMemo(): ViewOf {
  let last: Uint8Array | undefined;
  let view: DataView | undefined;
  return (bytes) => {
    if (bytes !== last || view === undefined) {
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      last = bytes;
    }
    return view;
  };
}
