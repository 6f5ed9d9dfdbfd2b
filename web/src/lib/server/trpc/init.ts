/** The one tRPC instance: what a procedure knows of its caller, and what a caller learns of an error. */
import { initTRPC } from '@trpc/server';
import type { ApiErrorData } from '../../api-types.ts';
import type { SessionUser } from '../auth/session.ts';
import type { Services } from '../services.ts';
import { ApiError } from '../errors.ts';
import { knownError, toTrpcError, trpcErrorOf } from './errors.ts';

export interface Context {
  services: Services;
  user: SessionUser | null;
}

const t = initTRPC.context<Context>().create({
  isDev: false,
  sse: {
    ping: { enabled: true, intervalMs: 15_000 },
    client: { reconnectAfterInactivityMs: 40_000 },
  },
  errorFormatter({ shape, error }) {
    const { message, data } = toTrpcError(error);
    return { ...shape, message, data: data satisfies ApiErrorData };
  },
});

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

/** Our own errors reach a caller in the same process with their code too, not only over HTTP. */
export const publicProcedure = t.procedure.use(async ({ next }) => {
  const result = await next();
  if (!result.ok) throw trpcErrorOf(knownError(result.error));
  return result;
});

/** Only for who is signed in; `ctx.user` is then set, and every service function takes its id from there. */
export const userProcedure = publicProcedure.use(({ ctx, next }) => {
  if (!ctx.user) throw new ApiError('unauthorized', 'Sign in first.');
  return next({ ctx: { ...ctx, user: ctx.user } });
});
