/** Stops a sync in exactly one moment, and lets it go on. */
import type { Moment } from '../cases.ts';
import type { Dancer } from './dancer.ts';
import { until } from '#tests/support/until.ts';
import type { TestContext } from './test-context.ts';

export interface Gate {
  /** Resolves when the sync stands there. */
  reached(): Promise<void>;
  open(): Promise<void>;
}

const closed = new WeakMap<TestContext, Set<Gate>>();

/** Whatever a case that broke off has left closed. */
export async function openAllGates(context: TestContext): Promise<void> {
  for (const gate of closed.get(context) ?? []) await gate.open();
  closed.delete(context);
}

/** A sync that comes by is stopped once; another attempt passes. To be called before the sync begins. */
export async function closeGate(
  context: TestContext,
  dancer: Dancer,
  moment: Moment,
  reading: Reading = 'batch',
): Promise<Gate> {
  const at = moment === 'reading' ? reading : 'sign-in';
  const gate = moment === 'storing' ? await storingGate(context, dancer) : portalGate(context, dancer, at);
  closed.set(context, (closed.get(context) ?? new Set()).add(gate));
  return gate;
}

/** In the middle of the list, or before its first row. */
type Reading = 'batch' | 'rows';

/** The portal keeps a request waiting. */
function portalGate({ portal: { control } }: TestContext, { username }: Dancer, at: 'sign-in' | Reading): Gate {
  const before = control.counters(username).faults.hold ?? 0;
  const id = control.misbehave({ kind: 'hold', at, user: username, times: 1 });
  return {
    async reached() {
      await control.waitFor(({ faults }) => (faults.hold ?? 0) > before, { user: username, timeoutMs: 120_000 });
    },
    open() {
      control.behave(id);
      return Promise.resolve();
    },
  };
}

/**
 * A transaction of ours has one of the new rentals already, so the reconcile waits in the middle of its writing:
 * what is gone is marked, what changed is written, the new ones are not all there, and nothing is committed.
 */
async function storingGate({ db, portal }: TestContext, { id, username, stored }: Dancer): Promise<Gate> {
  const fresh = portal.control.rentals(username).find(({ recordId }) => !stored.has(recordId));
  if (!fresh) throw new Error('a sync without a new rental cannot be stopped while it stores');
  const client = await db.connect();
  await client.query('begin');
  await client.query(
    `insert into bookings (user_id, record_id, name, starts_at, ends_at, studio, location, status, record_url,
       first_seen_at, last_seen_at, updated_at)
     values ($1, $2, '', now(), now(), '', '', '', '', now(), now(), now())`,
    [id, fresh.recordId],
  );
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const pid = rows[0]!.pid;
  return {
    async reached() {
      await until('a reconcile that waits for the rental', async () => {
        const waiting = await db.rows('select 1 from pg_stat_activity where $1 = any(pg_blocking_pids(pid))', [pid]);
        return waiting.length > 0;
      });
    },
    async open() {
      await client.end().catch(() => undefined); // its server may have been killed: then the lock is gone as well
    },
  };
}
