/** What people do before and after a backup; each is another way for two databases to disagree. */
import { changeList, noteRest, settledDancer, untilOver, type Dancer } from './dancer.ts';
import { standIn, type Held } from './inject-fault.ts';
import { arm, beginCase, toldDancer, untilTold, type Told } from './receivers.ts';
import type { TestContext } from './test-context.ts';

/**
 * `busy` syncs in the moment of the backup and `late` in that of the loss, `newcomer` comes and `leaver` goes between them;
 * `pauser` pauses then, and `resumer` resumes; the timer of `early` is soon over in the backup, and hours away later; `told` is
 * being told of changes in the moment of the backup, and of others later.
 */
export type Role = 'sleeper' | 'busy' | 'late' | 'newcomer' | 'leaver' | 'pauser' | 'resumer' | 'early' | 'told';

export interface Story {
  dancers: Record<Role, Dancer>;
  told: Told;
  late: Held;
  /** The syncs that were cut off. */
  jobs: { busy: string; late: string };
  /** Of what is under way in the moment of the backup. */
  release(): void;
  busyHeld: Held;
}

const rentals = 60;

/** Until the moment of the backup, in which it stands. */
export async function tellStory(context: TestContext): Promise<Story> {
  const told = await toldDancer(context, 'backups', rentals);
  const names = ['sleeper', 'busy', 'late', 'leaver', 'pauser', 'resumer', 'early'] as const;
  const settled = await Promise.all(names.map(() => settledDancer(context, rentals)));
  const known = Object.fromEntries(names.map((name, index) => [name, settled[index]!]));
  const dancers = { ...known, told: told.dancer } as Record<Role, Dancer>;
  const { pauser, resumer, early } = dancers;
  for (const dancer of [pauser, resumer, early]) await everyMinutes(context, dancer, 1);
  await pause(resumer);
  await beginCase(context, told);
  const { promise: hold, resolve: release } = Promise.withResolvers<void>();
  const isTelling = arm(told, { way: 'webhook', nth: 1, hold });
  await syncWithNews(context, told.dancer);
  await isTelling;
  const busyHeld = await standIn(context, 'sign-in', dancers.busy);
  return { dancers, told, jobs: { busy: busyHeld.jobId, late: '' }, release, busyHeld, late: busyHeld };
}

/** From the backup to the moment of the loss. */
export async function goOn(context: TestContext, story: Story): Promise<void> {
  const { dancers, told, release, busyHeld } = story;
  const { busy, leaver, pauser, resumer, early, late } = dancers;
  release();
  await busyHeld.gate.open();
  await untilOver(context, busy, busy.jobs);
  await untilTold(context, told);
  dancers.newcomer = await settledDancer(context, rentals);
  await leave(leaver);
  await pause(pauser);
  await resumer.call('POST', '/user/sync/resume');
  await resumer.statusWhen(({ state }) => state !== 'paused');
  await everyMinutes(context, early, 120);
  await syncWithNews(context, told.dancer);
  await untilTold(context, told);
  story.late = await standIn(context, 'sign-in', late);
  story.jobs.late = story.late.jobId;
}

/** Nobody of it meets another case. */
export async function endStory(context: TestContext, { dancers }: Story): Promise<void> {
  const { late } = dancers;
  await late.finished(undefined, 120_000);
  for (const dancer of Object.values(dancers)) if (dancer !== dancers.leaver) await leave(dancer);
}

/** The schedule follows with the next sync. */
async function everyMinutes(context: TestContext, dancer: Dancer, minutes: number): Promise<void> {
  await context.db.rows('update users set interval_minutes = $2 where id = $1', [dancer.id, minutes]);
  await dancer.finished(await dancer.sync());
}

async function pause(dancer: Dancer): Promise<void> {
  await dancer.call('POST', '/user/sync/pause');
  await dancer.statusWhen(({ state }) => state === 'paused');
}

async function syncWithNews(context: TestContext, dancer: Dancer): Promise<void> {
  changeList(context, dancer);
  await dancer.finished(await dancer.sync());
  noteRest(context, dancer);
}

async function leave({ call, password }: Dancer): Promise<void> {
  const { status, body } = await call('DELETE', '/user', { password });
  if (status !== 204) throw new Error(`the account was not deleted: ${status} ${JSON.stringify(body)}`);
}
