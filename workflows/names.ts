/** Names by which Temporal, the operators and the scripts know the parts. */
import { defineSearchAttributeKey } from '@temporalio/common';

export const syncQueue = 'sync';
export const portalQueue = 'portal';
/** Activities that look after all users. Served by the workers of `sync`. */
export const maintenanceQueue = 'maintenance';
/** Activities that speak to receivers. Served by the workers that have the keys. */
export const deliveryQueue = 'delivery';
export const deliverType = 'deliver';
/** Activities that write into people's calendars elsewhere. Served by the workers that have the keys. */
export const calendarsQueue = 'calendars';
export const userSyncType = 'userSync';
export const bulkOperationType = 'bulkOperation';
/** After what is due, which comes after what somebody waits for: see `activity-options.ts`. */
export const bulkPriority = 4;
export const pushCalendarType = 'pushCalendar';
export const ensureSyncsType = 'ensureSyncs';
export const ensureSyncsScheduleId = 'ensure-syncs';
export const endOrphansType = 'endOrphans';
export const endOrphansScheduleId = 'end-orphans';
export const retentionType = 'retention';
export const retentionScheduleId = 'retention';

export function userSyncId(userId: string): string {
  return `sync:${userId}`;
}

export function deliverId(targetId: string): string {
  return `deliver:${targetId}`;
}

export function pushCalendarId(connectionId: string): string {
  return `push-calendar:${connectionId}`;
}

export function bulkOperationId(bulkId: string): string {
  return `bulk:${bulkId}`;
}

/** The user of a workflow id, or null where the id is not of a user's sync. */
export function userIdOf(workflowId: string): string | null {
  return workflowId.startsWith('sync:') ? workflowId.slice('sync:'.length) : null;
}

/** Search attributes, by which operators filter and count runs. They must be registered on the server. */
export const searchAttributes = {
  syncStatus: defineSearchAttributeKey('SyncStatus', 'KEYWORD'),
  syncErrorCode: defineSearchAttributeKey('SyncErrorCode', 'KEYWORD'),
  syncFailures: defineSearchAttributeKey('SyncFailures', 'INT'),
  nextSyncAt: defineSearchAttributeKey('NextSyncAt', 'DATETIME'),
};
