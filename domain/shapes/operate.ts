/** What operators see of all users, and of one. */
import { z } from 'zod';
import { channels } from '../deliveries.ts';
import { failureKindNames } from '../failure-kinds.ts';
import { pausedReasons, syncStates } from '../sync-states.ts';
import { count, flag, id, nextCursor, time } from './common.ts';
import { job, syncStatus } from './sync.ts';

const state = z.enum(syncStates);
const errorCode = z.enum(failureKindNames);
const pausedReason = z.enum(pausedReasons);

const circuit = z.object({
  openedAt: time.nullable().meta({ description: 'Since when scheduled syncs are held back; null: they are not.' }),
  reason: errorCode.nullable(),
  closedAt: time.nullable(),
  probedAt: time.nullable(),
});

export const closedCircuit = circuit.meta({ id: 'PortalCircuit' });

export const overview = z
  .object({
    total: count,
    states: z.array(z.object({ state, count })),
    pausedReasons: z.array(z.object({ reason: pausedReason, count })),
    errorCodes: z.array(z.object({ errorCode, count })).meta({ description: 'By what the last sync failed as.' }),
    circuit,
  })
  .meta({ id: 'OperatorOverview' });

const ms = count.nullable().meta({ description: 'Milliseconds; null where there was nothing to measure.' });

export const health = z
  .object({
    hours: z
      .array(
        z.object({
          at: time,
          completed: count,
          partial: count.meta({
            description: 'Of those that completed, how many could not read all, or found many rentals missing.',
          }),
          failed: count.meta({ description: 'None that somebody canceled.' }),
          medianMs: ms,
          p95Ms: ms,
          waitP95Ms: ms,
          delivered: count,
          givenUp: count,
          deliveryP95Ms: ms,
        }),
      )
      .meta({ description: '24, the last of which goes on.' }),
    failures: z.array(z.object({ errorCode, count })),
    running: count,
    waiting: count,
    waitingSince: time.nullable().meta({ description: 'When the sync that waits longest was opened.' }),
    syncedAgo: z
      .array(z.object({ quantile: z.number(), seconds: z.number() }))
      .meta({ description: 'Since the last sync that completed, of those who are synced.' }),
    circuit,
  })
  .meta({ id: 'OperatorHealth' });

const operatedUser = z.object({
  id,
  email: z.string(),
  createdAt: time,
  state,
  pausedReason: pausedReason.nullable(),
  errorCode: errorCode.nullable().meta({ description: 'Of the last sync that ended.' }),
  consecutiveFailures: count,
  lastSyncAt: time.nullable(),
  nextSyncAt: time.nullable(),
});

export const operatedUsers = z.object({ users: z.array(operatedUser), nextCursor }).meta({ id: 'OperatedUsers' });

const url = z.url().nullable().meta({ description: 'In the Temporal UI; null where its address is not configured.' });

export const operatedUserDetail = operatedUser
  .extend({
    status: syncStatus,
    workflow: z.object({ id: z.string(), url }),
    jobs: z.array(job.extend({ attempts: count, runUrl: url })),
    deliveryTrouble: z.array(
      z.object({
        id,
        channel: z.enum(channels),
        failures: count,
        failingSince: time.nullable(),
        disabledReason: z.string().nullable(),
        lastError: z.string().nullable(),
      }),
    ),
    circuit,
  })
  .meta({ id: 'OperatedUser' });

export const retriedDeliveries = z
  .object({ count: count.meta({ description: 'How many are sent again.' }) })
  .meta({ id: 'RetriedDeliveries' });

export const failurePages = z
  .object({
    pages: z.array(
      z.object({
        id,
        at: time,
        kind: errorCode,
        userId: id,
        email: z.string(),
        jobId: id,
        attempt: count,
        hasPicture: flag,
      }),
    ),
    nextCursor,
  })
  .meta({ id: 'FailurePages' });

export const operatorSync = z.object({ jobId: id, status: z.string(), joined: flag }).meta({ id: 'OperatorSync' });

export type HealthView = z.output<typeof health>;
export type OverviewView = z.output<typeof overview>;
export type OperatedUserView = z.output<typeof operatedUser>;
export type OperatedUserDetailView = z.output<typeof operatedUserDetail>;
