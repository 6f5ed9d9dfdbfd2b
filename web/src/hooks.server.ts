import { randomUUID } from 'node:crypto';
import { isHttpError, isRedirect, redirect } from '@sveltejs/kit';
import type { RequestEvent } from '@sveltejs/kit';
import type { Handle, HandleServerError, ResolveOptions, ServerInit } from '@sveltejs/kit/hooks';
import { noteScope } from '#platform/scope.ts';
import { signInPath } from '#lib/account/sign-in-path.ts';
import { authenticate, credentialOf } from '#lib/server/auth/authenticate.ts';
import { forgetSessionCookie } from '#lib/server/auth/browser-session.ts';
import type { Session } from '#lib/server/auth/session.ts';
import { ensureDemoAccount } from '#lib/server/demo.ts';
import { directHandler } from '#lib/server/http/direct.ts';
import { countAnswer } from '#lib/server/metrics.ts';
import { securityHeaders } from '#lib/server/http/security-headers.ts';
import { closeServices, getServices } from '#lib/server/services.ts';
import { createCaller } from '#lib/server/trpc/router.ts';
import { setDirectHandler } from '../edge/direct.ts';
import { themeCookie, themeOf, withTheme } from '#lib/shell/theme.ts';

export const init: ServerInit = async () => {
  const services = await getServices();
  setDirectHandler(directHandler(getServices));
  process.once('sveltekit:shutdown' as 'disconnect', () => {
    closeServices().catch((error: unknown) => services.log.error({ err: error }, 'could not close everything'));
  });
  try {
    await ensureDemoAccount(services);
  } catch (error) {
    // The service is of use without it.
    services.log.error({ err: error }, 'could not make the demo account');
  }
};

/** Paths that are asked by machines and have no user. */
const withoutSession = /^\/(healthz|readyz|metrics)/;

export const handle: Handle = async ({ event, resolve }) => {
  const { locals } = event;
  if (event.route.id !== null) noteScope({ route: event.route.id });
  locals.services = await getServices();
  try {
    const response = await answer(event, resolve);
    count(event, response.status);
    return response;
  } catch (error) {
    count(event, isRedirect(error) || isHttpError(error) ? error.status : 500);
    throw error;
  }
};

/** Data for a page arrives with 200 also where it only tells of an error. */
function count({ url, locals }: RequestEvent, status: number): void {
  if (withoutSession.test(url.pathname)) return;
  countAnswer(locals.services.metrics, 'page', Math.max(status, locals.failedWith ?? 0));
}

async function answer(event: RequestEvent, resolve: Parameters<Handle>[0]['resolve']): Promise<Response> {
  const { locals } = event;
  locals.session = null;
  if (!withoutSession.test(event.url.pathname)) locals.session = await findSession(event);
  locals.user = locals.session?.user ?? null;
  if (locals.user) noteScope({ userId: locals.user.id });
  requireUser(event);
  locals.api = createCaller({
    services: locals.services,
    session: locals.session,
    clientAddress: event.getClientAddress(),
  });
  const response = withSecurityHeaders(await resolve(event, themed(event)), event);
  // What is somebody's own is kept by nothing on the way, nor shown by Back to whoever has the computer next.
  if (locals.user && !response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store');
  return response;
}

/**
 * Every page and form under `(app)` is for who is signed in; anybody else goes to the sign-in page and comes back
 * afterwards. Here and not in a layout, which Kit leaves out for data requests and form actions.
 */
function requireUser({ route, locals, url, request }: RequestEvent): void {
  if (locals.user || !route.id?.startsWith('/(app)')) return;
  // What a form wanted to do is not an address to come back to.
  const wanted = request.method === 'GET' ? url.pathname + url.search : url.pathname;
  redirect(303, signInPath(wanted, credentialOf(request.headers)?.via === 'cookie'));
}

/** The first HTML is in the visitor's theme, so that nothing flashes. */
function themed({ cookies }: RequestEvent): ResolveOptions {
  return { transformPageChunk: ({ html }) => withTheme(html, themeOf(cookies.get(themeCookie))) };
}

/** Pages are for people who signed in: an API key opens the API only. */
async function findSession(event: RequestEvent): Promise<Session | null> {
  const { headers } = event.request;
  const session = await authenticate(event.locals.services, headers);
  if (!session && credentialOf(headers)?.via === 'cookie') forgetSessionCookie(event);
  return session?.via === 'api_key' ? null : session;
}

function withSecurityHeaders(response: Response, { url, locals }: RequestEvent): Response {
  const headers = securityHeaders(url, locals.services.config);
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

export const handleError: HandleServerError = ({ kind, error, event }) => {
  event.locals.failedWith = kind === 'unknown' ? 500 : (error as { status: number }).status;
  if (kind !== 'unknown') return;
  const id = randomUUID();
  event.locals.services?.log.error({ err: error, id, route: event.route.id }, 'a request failed');
  return { message: 'Something went wrong on our side.', id };
};
