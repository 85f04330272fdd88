/**
 * Faults of a local venue, as data: what goes wrong, and after what.
 * @module
 */

/**
 * When a fault takes effect: after so many of something, so that `0` is from the start. `frames`
 * played, `us` of playback time since the first frame, REST `requests` received, connection
 * `attempts` seen, `messages` received from clients.
 */
export type FaultAt =
  | { readonly frames: number }
  | { readonly us: number }
  | { readonly requests: number }
  | { readonly attempts: number }
  | { readonly messages: number };

/** Which frames or connections a fault is for; without them, all. */
export interface FaultTarget {
  /** Only the connection of this number (1 is the first the venue accepted). */
  readonly conn?: number;
  /** Only frames of streams whose name contains this text. */
  readonly stream?: string;
}

/** How a frame is damaged. */
export type Damage =
  /** Its end is cut off. */
  | 'truncate'
  /** One of the lower seven bits of a byte is the other way round: text stays valid UTF-8. */
  | 'bitFlip'
  /** Random bytes of the same length; in a text frame, random printable characters. */
  | 'garbage'
  /** A text frame holds a byte that UTF-8 does not know; a client must close with 1007. */
  | 'notUtf8';

/** Frames that do not come as they should; each is for the next `count` frames. */
export type FrameFault = FaultTarget &
  (
    | { readonly kind: 'duplicate' | 'drop'; readonly count: number }
    /** The next `count` frames (at least 2) are held and sent in another order. */
    | { readonly kind: 'reorder'; readonly count: number }
    | { readonly kind: 'malform'; readonly how: Damage; readonly count: number }
  );

/** Connections that do not do as they should. */
export type ConnectionFault = FaultTarget &
  /** Closed: with a close frame of `code`, or by TCP reset when `code` is `reset`. */
  (
    | { readonly kind: 'disconnect'; readonly code: number | 'reset'; readonly reason?: string }
    /** The socket stays open; nothing is sent, read or answered any more. */
    | { readonly kind: 'halfOpen' }
    /** The venue stops reading from the socket; what it sends still flows. */
    | { readonly kind: 'stallReads' }
    /**
     * The end of a connection's 24 hours: `serverShutdown` first where `announce` is set, closed
     * after `noticeFrames` more frames. Connections made in between stay.
     */
    | { readonly kind: 'close24h'; readonly announce: boolean; readonly noticeFrames: number }
  );

/** REST answers that are not what was asked for; each is for the next `count` requests. */
export type RequestFault = {
  /** Only requests whose path contains this text. */
  readonly path?: string;
  readonly count: number;
} & (
  | { readonly kind: 'http429' | 'http418'; readonly retryAfterS: number }
  | { readonly kind: 'http5xx'; readonly status: number }
  /** The answer waits; it is the book at the time of the request, older when it arrives. */
  | { readonly kind: 'slowSnapshot'; readonly delayMs: number }
  /** The answer is the book as it was when the fault took effect. */
  | { readonly kind: 'staleSnapshot' }
);

/** Everything else. */
export type OtherFault =
  /** The next `count` attempts to connect are answered with `status`, or reset. */
  | { readonly kind: 'refuseConnect'; readonly count: number; readonly status: number | 'reset' }
  /** The acknowledgements of the next `count` commands are not sent; the commands are done. */
  | { readonly kind: 'ackLost'; readonly count: number }
  /** The next `count` commands are answered with an error and not done. */
  | {
      readonly kind: 'subscribeError';
      readonly count: number;
      readonly code: number;
      readonly message: string;
    }
  /** Kite: the access token ended, as it does each morning; sockets that are open stay. */
  | { readonly kind: 'tokenExpired' }
  /** The venue's clock is off by `us` from here: event times and `/time`. */
  | { readonly kind: 'clockDrift'; readonly us: number }
  /** The next `frames` frames are sent as fast as the sockets take them, whatever the speed. */
  | { readonly kind: 'burst'; readonly frames: number };

/** Anything that a local venue does wrong on request; narrow on `kind`. */
export type Fault = FrameFault | ConnectionFault | RequestFault | OtherFault;

/** Name of a fault. */
export type FaultKind = Fault['kind'];

/** One line of a script. */
export interface ScriptedFault {
  readonly at: FaultAt;
  readonly fault: Fault;
}

/** How often each fault really happened: once for each frame, connection, request or attempt. */
export type FaultCounts = Readonly<Partial<Record<FaultKind, number>>>;
