/** What the bench and its load generator, a process of its own, say to each other. */

export interface LoadRequest {
  /** Origin and path. */
  url: string;
  headers?: Record<string, string>;
  /** GET where left out. */
  method?: 'GET' | 'POST';
  body?: string;
  connections: number;
  /** How long; without it, until `stop`. */
  ms?: number;
  /** At most so many requests over all connections. */
  requests?: number;
  /** What each answer must be. */
  status: number;
  /** The answers are streams without an end: the first chunk is the answer, and each is asked on a new connection. */
  firstChunkOnly?: boolean;
}

export interface LoadResult {
  seconds: number;
  /** Milliseconds from sending to the last byte of each answer, in the order in which the answers came. */
  latencies: Float64Array;
  /** When each was sent, in milliseconds since 1970. */
  sentAt: Float64Array;
  /** Of the bodies, as they came over the wire. */
  bytes: number;
  contentEncoding: string | null;
}

export type ToGenerator = { type: 'load'; request: LoadRequest } | { type: 'stop' };
export type FromGenerator =
  { type: 'ready' } | { type: 'begun' } | { type: 'result'; result: LoadResult } | { type: 'error'; message: string };
