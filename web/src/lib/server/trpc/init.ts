/** The one tRPC instance: what a procedure knows of its caller, and what a caller learns of an error. */
import { inSpan } from '#platform/tracing.ts';
import { initTRPC } from '@trpc/server';
import { assertScope } from '../auth/scopes.ts';
import type { NeededScope } from '../auth/scopes.ts';
import type { Session } from '../auth/session.ts';
import type { Services } from '../services.ts';
import { ApiError } from '../errors.ts';
import type { ApiErrorData } from '../errors.ts';
import { knownError, toTrpcError, trpcErrorOf } from './errors.ts';

export interface Context {
  services: Services;
  session: Session | null;
  /** From the socket, or from a proxy of ours. */
  clientAddress: string;
  /** Told of a stream that cannot begin for now, since its answer would be 200 with an event that says so. */
  onStreamRefused?(error: ApiError): void;
}

export interface Meta {
  /** What an API key must be allowed; `session`: no key may; `operate`: only operators. Left out: `read` for a question, `manage` for a change. */
  scope?: NeededScope;
}

const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    isDev: false,
    sse: {
      ping: { enabled: true, intervalMs: 10_000 },
      client: { reconnectAfterInactivityMs: 25_000 },
    },
    errorFormatter({ shape, error }) {
      const { message, data } = toTrpcError(error);
      return { ...shape, message, data: data satisfies ApiErrorData };
    },
  });

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

/** Our own errors reach a caller in the same process with their code too, not only over HTTP. */
export const publicProcedure = t.procedure.use(async ({ ctx, type, path, next }) => {
  // The calls of a batch come with one session: what is noted of each must not be said of another.
  const session = ctx.session && { ...ctx.session };
  const result = await inSpan({ name: `trpc ${path}` }, async (span) => {
    const answered = await next({ ctx: { session } });
    if (!answered.ok) span.fail(knownError(answered.error).reason);
    return answered;
  });
  const isChange = type === 'mutation';
  const note = (outcome: string) => ctx.services.keyCalls.note(session, { action: path, outcome, isChange });
  if (result.ok) {
    note('ok');
    return result;
  }
  const known = knownError(result.error);
  note(known.reason);
  if (type === 'subscription' && known.reason === 'rate_limited') ctx.onStreamRefused?.(known);
  throw trpcErrorOf(known);
});

/** What a procedure wants of an API key. */
export function neededScope(type: 'query' | 'mutation' | 'subscription', meta: Meta | undefined): NeededScope {
  return meta?.scope ?? (type === 'mutation' ? 'manage' : 'read');
}

/** Only for who is signed in; `ctx.user` is then set, and every service function takes its id from there. */
export const userProcedure = publicProcedure.use(({ ctx, type, meta, next }) => {
  const { session } = ctx;
  if (!session) throw new ApiError('unauthorized', 'Sign in first.');
  assertScope(session, neededScope(type, meta));
  const call = () => next({ ctx: { ...ctx, session, user: session.user } });
  return type === 'subscription' ? call() : ctx.services.calls.run(session.user.id, call);
});

/** The same, and never with an API key: what could lock the owner out or make more keys. */
export const sessionProcedure = userProcedure.meta({ scope: 'session' });

/** Only for who looks after the service, with a key too. */
export const operatorProcedure = userProcedure.meta({ scope: 'operate' });
