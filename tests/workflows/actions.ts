/**
 * What Temporal Cloud bills of a run, by the events of its history: https://docs.temporal.io/cloud/actions. Not in the
 * history, and counted elsewhere: heartbeats (`tests/activities/portal/progress.test.ts`), queries, rejected updates.
 */
import type { WorkflowHandle } from '@temporalio/client';

type Event = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

/** The actions of a run, in order, each by its name. */
export function billableActions({ events }: { events?: Event[] | null }): string[] {
  const names = new Map<string, string>();
  return (events ?? []).flatMap((event) => {
    const { activityTaskScheduledEventAttributes: scheduled, activityTaskStartedEventAttributes: started } = event;
    if (scheduled) names.set(String(event.eventId), scheduled.activityType!.name!);
    // Each attempt is one.
    if (started) return Array<string>(started.attempt!).fill(names.get(String(started.scheduledEventId))!);
    if (event.workflowExecutionStartedEventAttributes) return ['start'];
    if (event.timerStartedEventAttributes) return ['timer'];
    if (event.workflowExecutionSignaledEventAttributes) return ['signal'];
    if (event.workflowExecutionUpdateAcceptedEventAttributes) return ['update'];
    if (event.markerRecordedEventAttributes?.markerName === 'core_local_activity') return ['local activity'];
    const { indexedFields } = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes ?? {};
    // Those of `patched` are free.
    return Object.keys(indexedFields ?? {}).some((name) => name !== 'TemporalChangeVersion') ? ['attributes'] : [];
  });
}
