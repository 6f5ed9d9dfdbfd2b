/** `cancel`. */
import type { Command } from 'commander';
import { errorOf } from '#client/errors.ts';
import { isActive } from '#domain/sync-states.ts';
import { wholeId } from '../job-ids.ts';
import { addCommand, openSession } from '../session.ts';
import type { CommonOptions, Session, Shell } from '../session.ts';

export function addCancelCommand(program: Command, shell: Shell): void {
  addCommand(program, 'cancel', 'Stop the sync under way; your rentals stay as they are', ['cancel', 'cancel 6d1c0f4e'])
    .argument('[job-id]', 'only this sync; the one under way if left out')
    .action(async (id: string | undefined, options: CommonOptions) => cancel(await openSession(shell, options), id));
}

async function cancel(session: Session, given: string | undefined): Promise<void> {
  if (given !== undefined) await cancelJob(session, await wholeId(session, given));
  else await cancelActive(session);
}

async function cancelJob({ client, print, signal }: Session, job_id: string): Promise<void> {
  await client.rest.DELETE('/user/sync', { params: { query: { job_id } }, signal });
  print(`Canceled sync ${job_id}.`);
}

/** By its id, so that none is canceled that begins meanwhile. */
async function cancelActive(session: Session): Promise<void> {
  const { client, environment, signal } = session;
  const { data } = await client.rest.GET('/user/sync/status', { signal });
  const job = isActive(data!.job) ? data!.job : null;
  const isOver = (thrown: unknown) => errorOf(thrown)?.code === 'not_under_way';
  if (!job) return void environment.err.write('No sync is under way.\n');
  await cancelJob(session, job.id).catch((thrown: unknown) => {
    if (!isOver(thrown)) throw thrown;
    environment.err.write('The sync has just ended.\n');
  });
}
