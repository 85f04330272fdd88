/**
 * What a local venue uses of a client's socket: declarations must not need the types of `ws`.
 * @module
 */

/** The server's end of one connection. */
export interface VenueSocket {
  readonly readyState: number;
  readonly OPEN: number;
  readonly bufferedAmount: number;
  send(data: string | Uint8Array): void;
  send(data: string | Uint8Array, options: { readonly binary: boolean }): void;
  ping(data?: string | Uint8Array): void;
  pong(data?: Uint8Array): void;
  close(code?: number, reason?: string): void;
  on(event: 'close', listener: (code: number, reason: Buffer) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'ping' | 'pong', listener: (data: Buffer) => void): unknown;
  on(
    event: 'message',
    listener: (data: Buffer | ArrayBuffer | Buffer[], binary: boolean) => void,
  ): unknown;
}
