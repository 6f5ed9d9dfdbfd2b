/** Spans for what is asked of workflows, and how they are passed on to them. */
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { inSpan, isTracing } from '#platform/tracing.ts';
import type { SpanStart } from '#platform/tracing.ts';
import { withTrace } from './trace-header.ts';

const call = (name: string, workflowType?: string): SpanStart => ({
  name,
  kind: 'client',
  attributes: { 'temporal.workflow.type': workflowType },
});

const interceptor: WorkflowClientInterceptor = {
  start: (input, next) =>
    inSpan(call(`start ${input.workflowType}`, input.workflowType), () =>
      next({ ...input, headers: withTrace(input.headers) }),
    ),
  startWithDetails: (input, next) =>
    inSpan(call(`start ${input.workflowType}`, input.workflowType), () =>
      next({ ...input, headers: withTrace(input.headers) }),
    ),
  startUpdateWithStart: (input, next) =>
    inSpan(call(`update ${input.updateName}`, input.workflowType), () =>
      next({ ...input, updateHeaders: withTrace(input.updateHeaders) }),
    ),
  signal: (input, next) =>
    inSpan(call(`signal ${input.signalName}`), () => next({ ...input, headers: withTrace(input.headers) })),
  signalWithStart: (input, next) =>
    inSpan(call(`signal ${input.signalName}`, input.workflowType), () =>
      next({ ...input, headers: withTrace(input.headers) }),
    ),
  query: (input, next) => inSpan(call(`query ${input.queryType}`), () => next(input)),
};

/** For a process that traces; none elsewhere. */
export function tracedCalls(): WorkflowClientInterceptor[] {
  return isTracing() ? [interceptor] : [];
}
