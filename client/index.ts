export { createClient } from './client.ts';
export type { GibneySyncClient, SyncOptions } from './client.ts';
export { errorOf, GibneySyncError } from './errors.ts';
export type { ErrorDetails, ErrorKind } from './errors.ts';
export type { ConnectOptions } from './transport.ts';
export type { WatchOptions } from './watch.ts';
export type * from './contract/rest.ts';
export type { AppRouter } from './contract/router.ts';
