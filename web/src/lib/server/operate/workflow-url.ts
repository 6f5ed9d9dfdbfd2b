import type { Services } from '../services.ts';

/** In the Temporal UI: of the newest run, unless one is named. Null where the UI's address is not configured. */
export function workflowUrl(
  { TEMPORAL_UI_URL, TEMPORAL_NAMESPACE }: Services['config'],
  workflowId: string,
  runId?: string,
): string | null {
  if (!TEMPORAL_UI_URL) return null;
  const workflow = `${TEMPORAL_UI_URL}/namespaces/${encodeURIComponent(TEMPORAL_NAMESPACE)}/workflows/${encodeURIComponent(workflowId)}`;
  return runId ? `${workflow}/${runId}/history` : workflow;
}
