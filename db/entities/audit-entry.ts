import { defineEntity, p } from '@mikro-orm/core';
import { auditActors, type AuditActor } from '#domain/audit.ts';
import type { BulkTrace } from '#domain/shapes/bulk.ts';
import { timeOfCreation } from './columns.ts';

/**
 * What operators and API keys did. Rows are only added: a trigger refuses everything else, but that retention deletes old ones of
 * keys. Ids are no references, so that what was done outlives the accounts that it was done by and to.
 */
export const AuditEntry = defineEntity({
  name: 'AuditEntry',
  tableName: 'audit_entries',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    at: timeOfCreation(),
    actor: p
      .text()
      .$type<AuditActor>()
      .check(`actor in (${auditActors.map((actor) => `'${actor}'`).join(', ')})`),
    /** The user who acted, or whose key did; null at the server's own console. */
    actorId: p.uuid().nullable(),
    keyId: p.uuid().nullable(),
    action: p.text(),
    /** The user whom it was about. */
    subjectId: p.uuid().nullable(),
    reason: p.text().nullable(),
    /** `ok` or the error's code; null where it was written before it was done. */
    outcome: p.text().nullable(),
    requestId: p.uuid().nullable(),
    /** The bulk operation that it belongs to. */
    bulk: p.json<BulkTrace>().nullable(),
  },
  indexes: [
    { name: 'audit_entries_actor_id_index', properties: ['actorId', 'id'] },
    { name: 'audit_entries_subject_id_index', properties: ['subjectId', 'id'] },
    { name: 'audit_entries_keys_at_index', properties: ['at'], where: `actor = 'key'` },
  ],
});
