/** Everything that the workers register by name. */
export { bulkOperation } from './bulk-operation.ts';
export { deliver } from './deliver.ts';
export { endOrphans } from './end-orphans.ts';
export { ensureSyncs } from './ensure-syncs.ts';
export { pushCalendar } from './push-calendar.ts';
export { retention } from './retention.ts';
export { userSync } from './user-sync.ts';
