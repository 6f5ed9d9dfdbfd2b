/** The read floor's other end: starts its process, lets it know whoever asks, and gives it bytes to send. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import pg from 'pg';
import { inProject } from '#platform/paths.ts';
import type { FromFloor, StaticAnswer, ToFloor } from './floor-process.ts';

export interface ReadFloor {
  url: string;
  pid: number;
  /** From now on this token opens this user's rows here too. */
  know(token: string, email: string): Promise<void>;
  /** From now on these bytes are what the path answers. */
  keep(path: string, answer: StaticAnswer): Promise<void>;
  close(): Promise<void>;
}

/** A table of the floor's own, so that the look-up is the same whatever the service does with its sessions. */
const sessions = `create schema if not exists bench;
  create table if not exists bench.sessions
    (token text primary key, user_id uuid not null, expires_at timestamptz not null)`;

export async function startReadFloor(databaseUrl: string): Promise<ReadFloor> {
  const database = new pg.Client({ connectionString: databaseUrl });
  database.on('error', () => {}); // it ends with the service, which may be first
  await database.connect();
  await database.query(sessions);
  const child = fork(inProject('tests', 'bench', 'reads', 'floor-process.ts'), { serialization: 'advanced' });
  const answered = async (): Promise<FromFloor> => ((await once(child, 'message')) as [FromFloor])[0];
  const asked = async (message: ToFloor): Promise<FromFloor> => {
    const answer = answered();
    child.send(message);
    return answer;
  };
  await answered();
  const ready = await asked({ type: 'open', databaseUrl });
  return {
    url: (ready as FromFloor & { type: 'ready' }).url,
    pid: child.pid!,
    async know(token, email) {
      const insert = `insert into bench.sessions select $1, id, now() + interval '1 day' from users where email = $2`;
      const { rowCount } = await database.query(`${insert} on conflict do nothing`, [token, email]);
      if (rowCount !== 1) throw new Error(`there is no account ${email} for the floor`);
    },
    async keep(path, answer) {
      await asked({ type: 'keep', path, answer });
    },
    async close() {
      child.kill();
      await database.end().catch(() => {}); // as above
    },
  };
}
