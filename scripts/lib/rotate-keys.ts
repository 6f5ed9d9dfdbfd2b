/** Seals all values with the current key, and says when an older key is no longer needed. */
import type { MikroORM } from '@mikro-orm/postgresql';
import { countByKey, rotateBatch, sealedColumns, type SealedColumn } from '#db/queries/key-rotation.ts';
import type { Secrets } from '#db/secrets.ts';

export interface RotateKeysOptions {
  orm: MikroORM;
  secrets: Secrets;
  /** When aborted, stops after the batch at hand; what is sealed anew stays so. */
  signal: AbortSignal;
  say: (line: string) => void;
  batchSize?: number;
  /** AUTH_SECRET is set, so that sessions do not hang on a key. */
  hasAuthSecret: boolean;
}

export interface RotatedKeys {
  resealed: number;
  unreadable: number;
  /** Values that are sealed with another key than the current one. */
  left: number;
}

export async function rotateKeys(options: RotateKeysOptions): Promise<RotatedKeys> {
  const { orm, secrets, signal, say } = options;
  let [resealed, unreadable] = [0, 0];
  for (const column of sealedColumns) {
    if (signal.aborted) break;
    const done = await rotateColumn(options, column);
    resealed += done.resealed;
    unreadable += done.unreadable;
    say(`${column.name}: ${done.resealed} sealed anew with key "${secrets.currentKeyId}"`);
  }
  const left = tellWhatIsLeft(await countByKey(orm.em.fork()), options);
  if (signal.aborted) say('interrupted; run it again to go on');
  return { resealed, unreadable, left };
}

async function rotateColumn({ orm, secrets, signal, say, batchSize = 200 }: RotateKeysOptions, column: SealedColumn) {
  const done = { resealed: 0, unreadable: 0 };
  for (let after: string | null = null; ;) {
    const batch = await rotateBatch(orm.em.fork(), secrets, column, { after, limit: batchSize });
    done.resealed += batch.resealed;
    done.unreadable += batch.unreadable.length;
    for (const id of batch.unreadable)
      say(`${column.name}: row ${id} cannot be opened with the configured keys; left as it is`);
    if (batch.next === null || signal.aborted) return done;
    after = batch.next;
  }
}

function tellWhatIsLeft(counts: Map<string, number>, { secrets, say, hasAuthSecret }: RotateKeysOptions): number {
  const current = secrets.currentKeyId;
  const older = [...counts].filter(([key]) => key !== current);
  say(`key "${current}" (current): ${counts.get(current) ?? 0} values`);
  for (const [key, count] of older) say(`key "${key}": ${count} values left; keep it`);
  if (older.length === 0) {
    say('no value in the database needs an older key');
    say('keep older keys in CREDENTIALS_KEYS for 30 days from when every web and worker seals with the current one:');
    say('the links in mails already sent by which people unsubscribe need them');
    if (!hasAuthSecret)
      say(
        'AUTH_SECRET is not set here: a service without it signs sessions by its oldest key, and dropping that key signs everybody out',
      );
  }
  return older.reduce((sum, [, count]) => sum + count, 0);
}
