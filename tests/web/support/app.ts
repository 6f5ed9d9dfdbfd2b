/**
 * The web's server side over real HTTP: the edge rules, the hooks and the API routes, with SvelteKit's own conversion
 * of requests, real PostgreSQL, and a Temporal part of the test's choice. No pages, so no build.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { afterAll } from 'vitest';
import { getRequest, setResponse } from '@sveltejs/kit/node';
import { isHttpError, isRedirect } from '@sveltejs/kit';
import type { RequestEvent } from '@sveltejs/kit';
import { loadConfig } from '#platform/config.ts';
import { applyEdgeRules, bodyLimitBytes } from '../../../web/edge/rules.ts';
import { handle } from '../../../web/src/hooks.server.ts';
import type {} from '../../../web/src/app.d.ts';
import { directHandler } from '#lib/server/http/direct.ts';
import { signIn } from '#lib/server/auth/sign-in.ts';
import { sessionCookie } from '#lib/server/auth/sessions.ts';
import { createServices, getServices } from '#lib/server/services.ts';
import type { Services, TemporalPart } from '#lib/server/services.ts';
import * as openapi from '../../../web/src/routes/api/v1/openapi.json/+server.ts';
import * as healthz from '../../../web/src/routes/healthz/+server.ts';
import * as metrics from '../../../web/src/routes/metrics/+server.ts';
import * as googleStart from '../../../web/src/routes/(app)/calendar/google/start/+server.ts';
import * as googleCallback from '../../../web/src/routes/calendar/google/callback/+server.ts';
import * as oneClick from '../../../web/src/routes/unsubscribe/[token]/one-click/+server.ts';
import * as readyz from '../../../web/src/routes/readyz/+server.ts';
import { createTestDatabase } from '#tests/support/index.ts';
import { quietTemporal } from './temporal-double.ts';

const directly = directHandler(getServices);

type Endpoint = (event: RequestEvent) => Response | Promise<Response>;

const routes: [RegExp, Record<string, Endpoint>][] = [
  [/^\/healthz$/, healthz],
  [/^\/readyz$/, readyz],
  [/^\/unsubscribe\/(?<token>[^/]+)\/one-click$/, { POST: oneClick.POST }],
  [/^\/metrics$/, metrics],
  [/^\/calendar\/google\/start$/, { GET: googleStart.GET }],
  [/^\/calendar\/google\/callback$/, { GET: googleCallback.GET }],
  [/^\/api\/v1\/openapi\.json$/, openapi],
];

export interface App {
  url: string;
  databaseUrl: string;
  services: Services;
  /** The test's own way to the database. */
  database: pg.Pool;
  /** A call; a body that is not text is sent as JSON. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** A new account of its own and its token. */
  newUser(email?: string): Promise<TestUser>;
  /** A browser's cookie for this user. */
  cookieOf(user: TestUser): Promise<string>;
  /** As if the network broke. */
  cutConnections(): void;
  close(): Promise<void>;
}

export interface CallOptions {
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // Tests say what they expect of it.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  json: any;
}

export interface TestUser {
  id: string;
  email: string;
  password: string;
  token: string;
  calendarUrl: string;
}

export interface AppOptions {
  temporal?: TemporalPart;
  env?: Record<string, string>;
}

export async function startApp({ temporal = quietTemporal(), env = {} }: AppOptions = {}): Promise<App> {
  const database = await createTestDatabase();
  const config = loadConfig({
    DATABASE_URL: env.DATABASE_URL ?? database.url,
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    PORTAL_URL: 'http://127.0.0.1:1',
    CREDENTIALS_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    RATE_LIMIT_SCALE: '0',
    LOG_LEVEL: 'error',
    ...env,
  });
  const services = await createServices(config, temporal);
  const pool = new pg.Pool({ connectionString: config.DATABASE_URL, max: 2 });
  pool.on('error', () => undefined); // a test may break its connections
  (globalThis as { gibneyServices?: Promise<Services> }).gibneyServices = Promise.resolve(services);
  const server = createServer((request, response) => {
    serve(request, response, config.TRUST_PROXY).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const call = (method: string, path: string, options?: CallOptions) => {
    services.feeds.forgetVersions(); // tests write past the service, and look at once
    return callAt(url, method, path, options);
  };
  return {
    url,
    databaseUrl: database.url,
    services,
    database: pool,
    call,
    newUser: (email) => newUser(call, email),
    cookieOf: (user) => cookieOf(services, user),
    cutConnections: () => server.closeAllConnections(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await services.close();
      await pool.end();
      await database.drop();
    },
  };
}

/** An app for the whole file, closed after its last test. */
export async function useApp(options?: AppOptions): Promise<App> {
  const app = await startApp(options);
  afterAll(() => app.close());
  return app;
}

async function serve(incoming: IncomingMessage, outgoing: ServerResponse, trustProxy: boolean): Promise<void> {
  if (applyEdgeRules(incoming, outgoing, { trustProxy })) return;
  const answered = directly(incoming, outgoing);
  if (answered) return answered;
  const request = getRequest({
    base: `http://${incoming.headers.host}`,
    request: incoming,
    response: outgoing,
    bodySizeLimit: bodyLimitBytes,
  });
  const url = new URL(request.url);
  const cookies = new Headers();
  const event = {
    request,
    url,
    locals: {},
    params: {} as Record<string, string>,
    route: { id: null },
    getClientAddress: () => incoming.headers['x-client-ip'],
    cookies: {
      set: (name: string, value: string) => cookies.append('set-cookie', `${name}=${encodeURIComponent(value)}`),
      delete: (name: string) => cookies.append('set-cookie', `${name}=; Max-Age=0`),
    },
  };
  const response = await handle({
    event: event as unknown as RequestEvent,
    async resolve(given) {
      for (const [pattern, endpoints] of routes) {
        const found = pattern.exec(url.pathname);
        const endpoint = endpoints[request.method] ?? endpoints.fallback;
        if (!found || !endpoint) continue;
        event.params = { ...found.groups };
        return Promise.resolve(endpoint(given)).catch(asResponse);
      }
      // Stands for a page: whom it would be shown to.
      if (url.pathname === '/whoami') return new Response(given.locals.user?.email ?? 'nobody');
      return new Response('no such route', { status: 404 });
    },
  });
  for (const cookie of cookies.getSetCookie()) response.headers.append('set-cookie', cookie);
  setResponse(outgoing, response);
}

/** What SvelteKit makes of a redirect or an error that is thrown. */
function asResponse(thrown: unknown): Response {
  if (isRedirect(thrown)) return new Response(null, { status: thrown.status, headers: { location: thrown.location } });
  if (isHttpError(thrown)) return new Response(thrown.body.message, { status: thrown.status });
  throw thrown;
}

async function callAt(base: string, method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  const { token, body, headers = {} } = options;
  const isText = typeof body === 'string';
  const response = await fetch(base + path, {
    method,
    redirect: 'manual',
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson && text ? JSON.parse(text) : undefined,
  };
}

async function cookieOf(services: Services, { email, password }: TestUser): Promise<string> {
  const { token } = await signIn(services, { email, password }, { headers: new Headers(), clientAddress: '::1' });
  return `${sessionCookie}=${encodeURIComponent(token)}`;
}

let users = 0;

async function newUser(call: App['call'], email = `dancer-${process.pid}-${++users}@example.com`): Promise<TestUser> {
  const password = 'correct horse battery';
  const registered = await call('POST', '/api/v1/auth/register', { body: { email, password } });
  if (registered.status !== 201) throw new Error(`could not register: ${registered.text}`);
  const signedIn = await call('POST', '/api/v1/auth/token', { body: { email, password } });
  return {
    id: registered.json.id,
    email,
    password,
    token: signedIn.json.access_token,
    calendarUrl: registered.json.calendar_url,
  };
}
