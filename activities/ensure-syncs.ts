import { Context } from '@temporalio/activity';
import { userIdOf, userSyncType } from '../temporal/names.ts';
import type { SyncActivities } from './contract.ts';
import type { SyncDeps } from './deps.ts';

/**
 * Holds the workflows against the users: starts a workflow for each connected user without one, and stops workflows
 * whose user is gone. So a start or a stop that failed because Temporal was away is made up for within minutes.
 */
export function createEnsureSyncs({ orm, temporal }: SyncDeps): SyncActivities['ensureSyncs'] {
  return async () => {
    const connection = orm.em.fork().getConnection();
    const users = await connection.execute<{ id: string; connected: boolean }[]>(
      `select u.id, coalesce(a.state = 'connected', false) as connected
         from users u left join portal_accounts a on a.user_id = u.id`,
    );
    const running = await runningUserIds(temporal.client);
    const known = new Set(users.map(({ id }) => id));
    const missing = users.filter(({ id, connected }) => connected && !running.has(id)).map(({ id }) => id);
    const orphaned = [...running].filter((id) => !known.has(id));
    await eachInTurn(missing, temporal.settingsChanged);
    await eachInTurn(orphaned, temporal.stop);
    return { started: missing.length, stopped: orphaned.length };
  };
}

async function runningUserIds(client: SyncDeps['temporal']['client']): Promise<Set<string>> {
  const running = new Set<string>();
  const query = `WorkflowType = '${userSyncType}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId } of client.workflow.list({ query })) {
    const userId = userIdOf(workflowId);
    if (userId !== null) running.add(userId);
  }
  return running;
}

/** One after the other: after a loss of all workflows this must not become a load of its own. */
async function eachInTurn(userIds: string[], act: (userId: string) => Promise<void>): Promise<void> {
  const { heartbeat } = Context.current();
  for (const userId of userIds) {
    await act(userId);
    heartbeat();
  }
}
