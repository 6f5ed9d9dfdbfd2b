/** Syncs as people name them: by the beginning of an id, or as the newest one. */
import { exitCodes } from './exit-codes.ts';
import { Refusal } from './refusal.ts';
import type { Session } from './session.ts';

/** The id of which this is the beginning, among the sync under way and the newest ones. */
export async function wholeId({ client, signal }: Session, given: string): Promise<string> {
  if (!/^[0-9a-f-]{8,35}$/.test(given)) return given;
  const [status, history] = await Promise.all([
    client.rest.GET('/user/sync/status', { signal }),
    client.rest.GET('/user/sync/history', { params: { query: { limit: 100 } }, signal }),
  ]);
  const known = [status.data!.job, ...history.data!.jobs];
  return known.find((job) => job?.id.startsWith(given))?.id ?? given;
}

export async function newestJob({ client, signal }: Session): Promise<string> {
  const { data } = await client.rest.GET('/user/sync/status', { signal });
  if (data!.job) return data!.job.id;
  throw new Refusal('Nothing has been synced yet. Run: gibney-sync sync', exitCodes.notFound);
}
