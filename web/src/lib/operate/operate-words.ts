/** What operators read and choose from. */
import type { BulkQuery } from '#domain/shapes/bulk.ts';
import type { SyncState } from '#domain/sync-states.ts';
import { failureNames } from '#lib/sync/history-query.ts';

export const stateNames: Record<SyncState, string> = {
  not_connected: 'Not connected',
  sleeping: 'Waiting for the next sync',
  pending: 'Queued',
  running: 'Syncing',
  paused: 'Paused',
};

const optionsOf = (words: Record<string, string>) => Object.entries(words).map(([value, label]) => ({ value, label }));

export const stateOptions = optionsOf(stateNames);
export const failureOptions = optionsOf(failureNames);

/** A code of a failure or a pause, in words. */
export function reasonName(code: string): string {
  if (code === 'user') return 'By the user or an operator';
  if (code === 'repeated_failure') return 'Failed for days';
  return Object.hasOwn(failureNames, code) ? failureNames[code as keyof typeof failureNames] : code;
}

/** Whom an operation is about. */
export function whomText({ state, errorCode }: BulkQuery): string {
  const parts = [state ? stateNames[state] : '', errorCode ? reasonName(errorCode) : ''];
  return parts.filter(Boolean).join(', ') || 'everybody';
}
