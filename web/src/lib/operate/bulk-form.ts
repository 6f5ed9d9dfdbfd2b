import type { BulkAction } from '#domain/bulk.ts';
import type { BulkOperationView } from '#domain/shapes/bulk.ts';

/** The form of what is done to many users at once, as texts. */
export const orderNames = ['action', 'state', 'kind', 'rate', 'reason'] as const;

export type BulkTexts = Record<(typeof orderNames)[number], string>;

export const actionNames: Record<BulkAction, string> = {
  sync: 'Sync',
  pause: 'Pause',
  resume: 'Resume',
  retry: 'Retry',
};

export const actionOptions = Object.entries(actionNames).map(([value, label]) => ({ value, label }));

export const bulkStateNames: Record<BulkOperationView['state'], string> = {
  dry_run: 'dry run',
  running: 'running',
  completed: 'finished',
  canceled: 'stopped',
};

export const blankOrder: BulkTexts = { action: 'sync', state: '', kind: '', rate: '60', reason: '' };
