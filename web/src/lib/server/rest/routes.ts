/** Every call of the REST API. A thin layer: each one calls the service function that tRPC calls too. */
import { deleteOwnAccount } from '../account/delete-account.ts';
import { readProfile } from '../account/profile.ts';
import { registerUser } from '../auth/accounts.ts';
import { signIn } from '../auth/sign-in.ts';
import { signOut } from '../auth/sign-out.ts';
import { z } from 'zod';
import * as account from '#domain/shapes/account.ts';
import { flag, id } from '#domain/shapes/common.ts';
import {
  history,
  job as jobAnswer,
  jobLogs,
  jobStatus,
  portalHealth,
  syncSchedule,
  syncStatus,
  timeline,
} from '#domain/shapes/sync.ts';
import { ApiError } from '../errors.ts';
import { readPortalAccount, removePortalAccount, savePortalAccount } from '../portal-account/portal-account.ts';
import { accountDeletion } from '../schemas/account-inputs.ts';
import * as inputs from '../schemas/inputs.ts';
import { cancelJob, cancelSync, pauseSync, requestSync, resumeSync } from '../sync/commands.ts';
import { listHistory, listLogs, readJob } from '../sync/history.ts';
import { readSchedule, syncAgain } from '../sync/schedule.ts';
import { readTimeline } from '../sync/timeline.ts';
import { readStatus } from '../sync/status.ts';
import { accountRoutes } from './account-routes.ts';
import { bookingRoutes } from './booking-routes.ts';
import { changeRoutes } from './change-routes.ts';
import { queryFlag, withFlags } from './query-flags.ts';
import { callSheetRoutes } from './call-sheet-routes.ts';
import { connectionRoutes } from './connection-routes.ts';
import { refusalCodes } from '#domain/sync-client.ts';
import { exportRoute, feedRoutes, pastRoutes } from './calendar-routes.ts';
import { costRoutes } from './cost-routes.ts';
import { groupRoutes } from './group-routes.ts';
import { deliveryRoutes } from './delivery-routes.ts';
import { operateRoutes } from './operate-routes.ts';
import { pushRoutes } from './push-routes.ts';
import { notificationRoutes } from './notification-routes.ts';
import { webhookRoutes } from './webhook-routes.ts';
import { publicRoute, userRoute } from './route.ts';
import type { RestRoute } from './route.ts';

const token = z
  .object({
    accessToken: z.string(),
    tokenType: z.literal('bearer'),
    expiresIn: z.int().meta({ description: 'Seconds; each use prolongs it, hourly at most.' }),
  })
  .meta({ id: 'Token' });

const credentials = account.portalAccount
  .omit({ trialUsername: true })
  .meta({ id: 'SavedPortalCredentials', description: 'Never with the password.' });

const syncAccepted = z.object({ jobId: id, message: z.string(), status: jobStatus }).meta({ id: 'SyncAccepted' });

const status = syncStatus
  .extend({
    portalHeld: flag.meta({
      deprecated: true,
      description: 'The same as the reason `circuit_open`.',
    }),
  })
  .meta({ id: 'SyncStatus' });

const authRoutes = [
  publicRoute({
    method: 'POST',
    path: '/auth/register',
    tag: 'Account',
    summary: 'Make an account',
    body: inputs.registration,
    status: 201,
    answer: account.registered,
    errors: ['email_taken', 'rate_limited'],
    run: ({ services, body, clientAddress }) => registerUser(services, body, clientAddress),
  }),
  publicRoute({
    method: 'POST',
    path: '/auth/token',
    tag: 'Account',
    summary: 'Get a token',
    description:
      'Send it as `Authorization: Bearer`. A wrong password and an unknown account get the same answer. Where two-factor sign-in is on, `code` is asked for too.',
    body: inputs.loginWithCode,
    status: 200,
    answer: token,
    errors: ['invalid_login', 'second_factor_required', 'invalid_code', 'rate_limited'],
    async run({ services, body, headers, clientAddress }) {
      const { token: accessToken, expiresInSeconds } = await signIn(services, body, { headers, clientAddress });
      return { accessToken, tokenType: 'bearer' as const, expiresIn: expiresInSeconds };
    },
  }),
];

const userRoutes = [
  userRoute({
    method: 'DELETE',
    path: '/auth/token',
    scope: 'read',
    tag: 'Account',
    summary: 'Sign out',
    description: 'The token or API key that this call carries opens nothing any more.',
    status: 204,
    run: ({ services, session }) => signOut(services, session),
  }),
  userRoute({
    method: 'GET',
    path: '/user/profile',
    tag: 'Account',
    summary: 'Who am I',
    status: 200,
    answer: account.profile,
    run: ({ services, session }) => readProfile(services, session),
  }),
  userRoute({
    method: 'DELETE',
    path: '/user',
    scope: 'session',
    tag: 'Account',
    summary: 'Delete the account',
    description: 'With all its data: bookings, history, credentials, feeds and sessions. Its syncing ends.',
    body: accountDeletion,
    status: 204,
    errors: ['wrong_password'],
    run: ({ services, user, body }) => deleteOwnAccount(services, user.id, body),
  }),
  userRoute({
    method: 'PUT',
    path: '/user/credentials',
    tag: 'Gibney account',
    summary: 'Store the Gibney sign-in',
    description: 'Sealed, and not tried first. Starts a sync at once.',
    body: inputs.portalCredentials,
    status: 200,
    answer: credentials,
    errors: ['not_found', 'rate_limited'],
    run: ({ services, user, body }) => savePortalAccount(services, user.id, body),
  }),
  userRoute({
    method: 'GET',
    path: '/user/credentials',
    tag: 'Gibney account',
    summary: 'Read which Gibney account is connected',
    status: 200,
    answer: credentials,
    errors: ['not_found'],
    async run({ services, user }) {
      const account = await readPortalAccount(services, user.id);
      if (!account) throw new ApiError('not_found', 'No Gibney account is connected. PUT one here.');
      return account;
    },
  }),
  userRoute({
    method: 'DELETE',
    path: '/user/credentials',
    tag: 'Gibney account',
    summary: 'Forget the Gibney sign-in',
    description: 'Bookings stay; syncing ends until there is a new sign-in.',
    status: 204,
    run: ({ services, user }) => removePortalAccount(services, user.id),
  }),
];

const syncRoutes = [
  userRoute({
    method: 'POST',
    path: '/user/sync',
    scope: 'sync',
    tag: 'Sync',
    summary: 'Sync now',
    description:
      'Joins the sync that is pending or running where that one does all that `options` ask for, else comes after it. A sync of a part never marks the rest as removed; a dry run has its `changes` in the logs of its job.',
    body: inputs.syncRequest,
    status: 202,
    answer: syncAccepted,
    errors: [...refusalCodes, 'rate_limited', 'temporal_unavailable'],
    async run({ services, user, body }) {
      const result = await requestSync(services, user.id, body);
      const message = result.queuedAfter
        ? 'Sync comes after the one in progress'
        : result.joined
          ? 'Sync already in progress'
          : 'Sync started successfully';
      return { jobId: result.jobId, message, status: result.status };
    },
  }),
  userRoute({
    method: 'DELETE',
    path: '/user/sync',
    scope: 'sync',
    tag: 'Sync',
    summary: 'Cancel the sync',
    description:
      'Stops the pending or running sync; no effect where there is none. With `job_id` only that one, also while it waits for another: 409 where it has ended, whatever runs meanwhile.',
    query: inputs.cancelRequest,
    status: 204,
    errors: ['not_found', 'not_under_way', 'temporal_unavailable'],
    run: ({ services, user, query: { jobId } }) =>
      jobId ? cancelJob(services, user.id, jobId) : cancelSync(services, user.id),
  }),
  userRoute({
    method: 'POST',
    path: '/user/sync/pause',
    scope: 'sync',
    tag: 'Sync',
    summary: 'Pause syncing',
    description:
      'No more syncs until it is resumed, or until a time; one that runs goes on to its end. While paused: `until` counts anew.',
    body: inputs.pauseRequest,
    status: 204,
    errors: ['temporal_unavailable'],
    run: ({ services, user, body }) => pauseSync(services, user.id, body),
  }),
  userRoute({
    method: 'POST',
    path: '/user/sync/resume',
    scope: 'sync',
    tag: 'Sync',
    summary: 'Resume syncing',
    description: 'Ends a pause of any reason. The next sync follows at once.',
    status: 204,
    errors: ['temporal_unavailable'],
    run: ({ services, user }) => resumeSync(services, user.id),
  }),
  userRoute({
    method: 'GET',
    path: '/user/sync/schedule',
    tag: 'Sync',
    summary: 'The next syncs',
    description: 'The next five that come by themselves, if all goes well, and why.',
    status: 200,
    answer: syncSchedule,
    run: ({ services, user }) => readSchedule(services, user.id),
  }),
  userRoute({
    method: 'PUT',
    path: '/user/sync/again',
    scope: 'sync',
    tag: 'Sync',
    summary: 'Sync once more at a time',
    description:
      'In the next seven days, also in quiet hours, beside the syncs of the interval. There is one at most: another takes its place.',
    body: inputs.againRequest,
    status: 200,
    answer: syncSchedule,
    errors: [...refusalCodes],
    run: ({ services, user, body }) => syncAgain(services, user.id, body.at),
  }),
  userRoute({
    method: 'DELETE',
    path: '/user/sync/again',
    scope: 'sync',
    tag: 'Sync',
    summary: 'No longer sync once more',
    description: 'No effect where none was asked for.',
    status: 200,
    answer: syncSchedule,
    run: ({ services, user }) => syncAgain(services, user.id, null),
  }),
  userRoute({
    method: 'GET',
    path: '/user/sync/status',
    tag: 'Sync',
    summary: 'Where the sync stands',
    description: 'One consistent snapshot: what it calls final is final.',
    status: 200,
    answer: status,
    async run({ services, user }) {
      const found = await readStatus(services, user.id);
      return { ...found, portalHeld: found.scheduleReason === 'circuit_open' };
    },
  }),
  userRoute({
    method: 'GET',
    path: '/user/sync/portal',
    tag: 'Sync',
    summary: "How Gibney's portal does for everybody",
    description: "From all users' syncs, to half a minute.",
    status: 200,
    answer: portalHealth,
    run: ({ services }) => services.portalHealth.read(),
  }),
  userRoute({
    method: 'GET',
    path: '/user/sync/history',
    tag: 'Sync',
    summary: 'Past syncs, newest first',
    query: inputs.jobList.extend({
      partial: queryFlag.optional().meta({ description: 'With gaps or a large loss, or without.' }),
      triggeredManually: queryFlag.optional().meta({ description: 'Asked for, or begun by themselves.' }),
    }),
    status: 200,
    answer: history,
    errors: ['bad_cursor'],
    run: ({ services, user, query }) =>
      listHistory(services, user.id, withFlags(query, 'partial', 'triggeredManually')),
  }),
  userRoute({
    method: 'GET',
    path: '/user/sync/job/{id}',
    tag: 'Sync',
    summary: 'One sync',
    description: 'Not found while it waits: the status has it then.',
    params: inputs.ref,
    status: 200,
    answer: jobAnswer,
    errors: ['not_found'],
    run: ({ services, user, params }) => readJob(services, user.id, params.id),
  }),
  userRoute({
    method: 'GET',
    path: '/user/sync/job/{id}/timeline',
    tag: 'Sync',
    summary: 'How long each step of one sync took',
    description: 'Attempts that failed and the waits after them, and the phases of the last one, beside what is usual.',
    params: inputs.ref,
    status: 200,
    answer: timeline,
    errors: ['not_found'],
    run: ({ services, session, params }) => readTimeline(services, session, params.id),
  }),
  userRoute({
    method: 'GET',
    path: '/user/sync/job/{id}/logs',
    tag: 'Sync',
    summary: 'What one sync wrote down, oldest first',
    params: inputs.ref,
    query: inputs.jobLogList.omit({ jobId: true }),
    status: 200,
    answer: jobLogs,
    errors: ['not_found', 'bad_cursor'],
    run: ({ services, user, params, query }) => listLogs(services, user.id, { jobId: params.id, ...query }),
  }),
];

export const restRoutes: RestRoute[] = [
  ...authRoutes,
  ...userRoutes,
  ...accountRoutes,
  ...syncRoutes,
  ...bookingRoutes,
  ...changeRoutes,
  exportRoute,
  ...pastRoutes,
  ...costRoutes,
  ...groupRoutes,
  ...feedRoutes,
  ...deliveryRoutes,
  ...connectionRoutes,
  ...callSheetRoutes,
  ...webhookRoutes,
  ...notificationRoutes,
  ...pushRoutes,
  ...operateRoutes,
];
