import { Context } from '@temporalio/activity';
import { interruptJobOfRun } from '#db/queries/left-over-jobs.ts';
import type { EnsuredSyncs } from '#domain/activities.ts';
import type { StuckRun } from '#domain/sync-client.ts';
import type { SyncDeps } from './deps.ts';
import type { ReconcilerLimits } from './ensure-syncs.ts';

/** What one run of the reconciler does about runs that never go on by themselves. */
export interface Replacements {
  /** Everything that the run knew is in the database, so its replacement keeps the schedule. */
  replace(userId: string, run: StuckRun): Promise<void>;
}

type Limits = Pick<ReconcilerLimits, 'stuckAfterMs' | 'replacedAgainAfterMs' | 'replacedAtOnce' | 'freshStartMs'>;

/** They speak for the others of their wave. */
const asked = 3;

/**
 * Many are stuck at once after a roll-back, whose code does not know what the newer version wrote into their histories:
 * a fresh start helps them all. If code fails from the first task on, it helps none. So they are replaced in waves,
 * and the next one begins when some of the last one have answered. Counts into `done`.
 */
export function createReplacements({ orm, temporal }: SyncDeps, limits: Limits, done: EnsuredSyncs): Replacements {
  const { log } = Context.current();
  /** In order, counted before they are done, since others are looked after meanwhile. */
  const begun: { userId: string; replaced: Promise<boolean> }[] = [];
  const waves = new Map<number, Promise<boolean>>();

  async function helped(wave: number): Promise<boolean> {
    const from = wave * limits.replacedAtOnce;
    const answers = begun.slice(from, from + asked).map(async ({ userId, replaced }) => {
      // One that could not be reached, or ended by itself, says nothing about the others.
      const isNew = await replaced.catch(() => false);
      return !isNew || temporal.answers(userId, limits.freshStartMs);
    });
    return (await Promise.all(answers)).every(Boolean);
  }

  /** Whether the wave before has helped, which is asked once; null in the first. */
  function hasHelped(): Promise<boolean> | null {
    const before = Math.floor(begun.length / limits.replacedAtOnce) - 1;
    if (before < 0) return null;
    const known = waves.get(before) ?? helped(before);
    waves.set(before, known);
    return known;
  }

  return {
    async replace(userId, run) {
      const { runId, reason, since, replacedAt } = run;
      if (Date.now() - since.getTime() < limits.stuckAfterMs) return;
      const about = { userId, runId, reason, since: since.toISOString() };
      const again = replacedAt !== null && Date.now() - replacedAt.getTime() < limits.replacedAgainAfterMs;
      const wave = again ? null : hasHelped();
      if (again || (wave && !(await wave))) {
        done.stuck += 1;
        log.error('The workflow tasks of a run fail', { ...about, replaced: again ? 'lately' : 'later' });
        return;
      }
      const replaced = temporal.replaceRun(userId, run);
      begun.push({ userId, replaced });
      if (!(await replaced)) return;
      done.replaced += 1;
      // The sync that it was in may be one that somebody asked for, hours before the next one is due.
      if (await interruptJobOfRun(orm.em.fork(), userId, runId)) await temporal.syncInBackground(userId);
      log.error('The workflow tasks of a run failed, and it was started anew from the database', about);
    },
  };
}
