/** Which events a target is told of. */
import { sql, type RawBuilder } from 'kysely';
import { alsoOfKind } from '#domain/notifications.ts';

/** Whether the target `t` is told of `event`, the alias of a row of events: webhooks choose events, people kinds of them. */
export function isChosen(event: string): RawBuilder<boolean> {
  const type = sql.ref(`${event}.type`);
  return sql<boolean>`(t.events = '{}' or ${type} = any(t.events)
    or t.channel in ('mail', 'push') and ${JSON.stringify(alsoOfKind)}::jsonb ->> ${type} = any(t.events))`;
}
