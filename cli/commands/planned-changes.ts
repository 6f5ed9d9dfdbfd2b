/** What a dry run found: the log of its job has it. */
import type { Logs } from '#client/contract/rest.ts';
import { changeSentence } from '#lib/changes/change-messages.ts';
import { plain } from '../output/text.ts';
import { all, pagesOf } from '../pages.ts';
import type { Session } from '../session.ts';

type PlannedChange = NonNullable<Logs['logs'][number]['changes']>[number];

export interface Planned {
  /** How many changes there would be, in words. */
  summary: string;
  /** The service keeps the first five hundred. */
  changes: PlannedChange[];
}

export async function readPlanned({ client, signal }: Session, id: string): Promise<Planned> {
  const logs = await all(
    pagesOf(Infinity, async (limit, cursor) => {
      const asked = { params: { path: { id }, query: { limit, cursor } }, signal };
      const { data } = await client.rest.GET('/user/sync/job/{id}/logs', asked);
      return { rows: data!.logs, next: data!.next_cursor };
    }),
  );
  const found = logs.find(({ changes }) => changes);
  return { summary: found?.message ?? '', changes: found?.changes ?? [] };
}

export function plannedLines({ summary, changes }: Planned): string[] {
  const lines = changes.map((change) => `  ${plain(`${change.name}: ${changeSentence(change as never)}`)}`);
  return [...(summary ? [plain(summary)] : []), ...lines];
}
