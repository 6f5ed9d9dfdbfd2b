/** What comes in from operators, for tRPC, REST and forms alike. */
import { z } from 'zod';
import { auditActors } from '#domain/audit.ts';
import { cursor, id, limit } from './inputs.ts';

export const auditList = z.object({
  actor: z.enum(auditActors).optional(),
  actorId: id.optional(),
  subjectId: id.optional(),
  limit: limit(50),
  cursor,
});

export const keyCallList = auditList.pick({ limit: true, cursor: true });
