import { defineEntity, p } from '@mikro-orm/core';
import type { FailureKind } from '#domain/failure-kinds.ts';
import { time } from './columns.ts';

/** The one row of the portal-wide circuit breaker: while it is open, scheduled syncs are held back. */
export const PortalCircuit = defineEntity({
  name: 'PortalCircuit',
  tableName: 'portal_circuit',
  properties: {
    /** Always 1. */
    id: p.integer().primary().autoincrement(false).default(1).check('id = 1'),
    /** Null while it is closed. */
    openedAt: time().nullable(),
    /** The kind of the failure that opened it. */
    reason: p.text().$type<FailureKind>().nullable(),
    /** The last time that a success closed it; failures from before count no more. */
    closedAt: time().nullable(),
    /** The last scheduled sync that was let through although it was open. */
    probedAt: time().nullable(),
  },
});
