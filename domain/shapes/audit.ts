/** The audit log, as operators and the owners of API keys see it. */
import { z } from 'zod';
import { auditActors } from '../audit.ts';
import { bulkTrace } from './bulk.ts';
import { count, id, nextCursor, time } from './common.ts';

const auditEntry = z.object({
  id: count,
  at: time,
  actor: z.enum(auditActors),
  actorId: id.nullable(),
  actorEmail: z.string().nullable().meta({ description: 'Null where the account is gone.' }),
  keyId: id.nullable(),
  action: z.string(),
  subjectId: id.nullable().meta({ description: 'The user whom it was about.' }),
  subjectEmail: z.string().nullable(),
  reason: z.string().nullable(),
  outcome: z.string().nullable().meta({ description: '`ok` or the code of the error.' }),
  requestId: id.nullable(),
  bulk: bulkTrace.nullable().meta({ description: 'The bulk operation that it belongs to.' }),
});

export const audit = z.object({ entries: z.array(auditEntry), nextCursor }).meta({ id: 'Audit' });

export const keyCall = auditEntry.pick({
  id: true,
  at: true,
  keyId: true,
  action: true,
  outcome: true,
  requestId: true,
});

/** What the keys of a user did. */
export const keyCalls = z.object({ entries: z.array(keyCall), nextCursor }).meta({ id: 'KeyCalls' });

export type AuditView = z.output<typeof audit>;
