/** What the activities count for operators. What is rare begins with 0, so that the first one is a rise. */
import { Context } from '@temporalio/activity';
import type { EnsuredSyncs } from '#domain/activities.ts';
import { channels } from '#domain/deliveries.ts';
import { deliveryQueue, maintenanceQueue, syncQueue } from '#workflows/names.ts';

export interface Counted {
  name: string;
  unit: string;
  help: string;
  /** Where it is counted; the SDK says both with the figure. */
  taskQueue: string;
  activityType: string;
  /** The labels of those that begin with 0. */
  zeros: Record<string, string>[];
}

export const nothingEnsured: Readonly<EnsuredSyncs> = {
  started: 0,
  told: 0,
  replaced: 0,
  stuck: 0,
  unreachable: 0,
  interrupted: 0,
  delivering: 0,
};

/** The status of an answer that did not come. */
export const noStatus = 'none';

export const counters = {
  reconciled: {
    name: 'gibney_reconciled',
    unit: 'user',
    help: 'What the reconciler had to do, by action',
    taskQueue: maintenanceQueue,
    activityType: 'ensureSyncs',
    zeros: Object.keys(nothingEnsured).map((action) => ({ action })),
  },
  reconcilerRuns: {
    name: 'gibney_reconciler_runs',
    unit: 'run',
    help: 'Runs of the reconciler that came to their end; one is due every five minutes',
    taskQueue: maintenanceQueue,
    activityType: 'ensureSyncs',
    zeros: [{}],
  },
  syncsFinished: {
    name: 'gibney_syncs_finished',
    unit: 'sync',
    help: 'How syncs ended, by the kind of their failure and by who asked for them',
    taskQueue: syncQueue,
    activityType: 'closeSyncJob',
    zeros: ['schedule', 'manual'].map((trigger) => ({ status: 'failed', error_code: 'portal_changed', trigger })),
  },
  deliveriesRefused: {
    name: 'gibney_deliveries_refused',
    unit: 'delivery',
    help: 'Deliveries that failed for what is ours (keys, sender, message, or no answer: none), by channel and status',
    taskQueue: deliveryQueue,
    activityType: 'deliverDue',
    zeros: channels.map((channel) => ({ channel, status: noStatus })),
  },
} satisfies Record<string, Counted>;

/** Only within an activity. */
export function count({ name, unit, help }: Counted, labels: Record<string, string>, many = 1): void {
  Context.current().metricMeter.createCounter(name, unit, help).add(many, labels);
}
