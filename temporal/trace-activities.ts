/** Given to a worker so that each attempt of an activity is a span, and its lines in the log say whose it is. */
import type { Context } from '@temporalio/activity';
import type { ActivityInterceptorsFactory, InjectedSinks, WorkerOptions } from '@temporalio/worker';
import type { SpanAttributes } from '#domain/traces.ts';
import { endScope, inScope } from '#platform/scope.ts';
import { addSpan, inSpan, isTracing, traceIds } from '#platform/tracing.ts';
import type { TraceSinks } from '#workflows/trace-interceptors.ts';
import { tracedCalls } from './trace-calls.ts';
import { traceIn } from './trace-header.ts';

interface Ids {
  userId?: string;
  jobId?: string;
}

const attempts: ActivityInterceptorsFactory = (context) => {
  let ids: Ids = {};
  return {
    inbound: {
      execute(input, next) {
        ids = idsIn(input.args[0]);
        const { info } = context;
        const start = {
          name: `activity ${info.activityType}`,
          kind: 'consumer',
          parent: traceIn(input.headers),
          attributes: attributesOf(context, ids),
        } as const;
        const scope = { ...ids };
        return inScope(scope, () => inSpan(start, () => next(input))).finally(() => endScope(scope));
      },
    },
    // Temporal's logger writes later, when the attempt's own context is gone.
    outbound: { getLogAttributes: (input, next) => next({ ...input, ...ids, ...traceIds() }) },
  };
};

const sinks: InjectedSinks<TraceSinks> = {
  traces: { tell: { fn: (_info, span) => addSpan(span), callDuringReplay: false } },
};

export function tracedWorker(): Pick<WorkerOptions, 'interceptors' | 'sinks'> {
  return {
    interceptors: { activity: [attempts], client: { workflow: tracedCalls() } },
    ...(isTracing() && { sinks }),
  };
}

function attributesOf({ info }: Context, { userId, jobId }: Ids): SpanAttributes {
  const { activityType, workflowType, workflowExecution, attempt, currentAttemptScheduledTimestampMs } = info;
  return {
    'temporal.activity.type': activityType,
    'temporal.workflow.type': workflowType,
    'temporal.run.id': workflowExecution?.runId,
    'temporal.attempt': attempt,
    'temporal.waited_ms': Math.max(0, Date.now() - currentAttemptScheduledTimestampMs),
    'gibney.user.id': userId,
    'gibney.job.id': jobId,
  };
}

/** Only ids: whatever else an input holds is not looked at. */
function idsIn(input: unknown): Ids {
  const { userId, jobId } = (input ?? {}) as Record<string, unknown>;
  return { ...(isId(userId) && { userId }), ...(isId(jobId) && { jobId }) };
}

const isId = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f-]{36}$/i.test(value);
