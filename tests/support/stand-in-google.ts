/**
 * Google as far as we use it: the page that asks a person, tokens, and calendars with events, with what its documents say of
 * ids, ETags, deleted events, pages and quotas, and whatever else a test makes it answer.
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { googleEndpoints, type GoogleApp } from '#platform/google.ts';
import { createGoogleCalendars, type StoredCalendar } from './stand-in-google-calendars.ts';

export interface GoogleAsked {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface GoogleQuirks {
  /** Answers in Google's place; true where it did. */
  answer: (asked: GoogleAsked, response: ServerResponse) => boolean | Promise<boolean>;
  /** Scopes that a person leaves out. */
  leavesOut: boolean;
  /** As for an account that said yes before, without `prompt=consent`. */
  withoutRefreshToken: boolean;
  /** A deleted event cannot be brought back, as some report. */
  buriesDeleted: boolean;
  /** Events in one page of a list. */
  pageSize: number;
}

export interface StandInGoogle {
  url: string;
  app: GoogleApp;
  calendars: Map<string, StoredCalendar>;
  asked: GoogleAsked[];
  quirks: GoogleQuirks;
  /** Refresh tokens that open something. */
  refreshTokens: Set<string>;
  /** As when a person has just said yes: a refresh token. */
  grant(): string;
  /** Ends the access that this request came with, as its person can on Google's pages. */
  revoke(asked: GoogleAsked): void;
  /** Requests of this method whose path ends so. */
  count(method: string, part?: string): number;
  close(): Promise<void>;
}

const clientId = 'gibney-sync.apps.example';
const clientSecret = 'GOCSPX-planted-client-secret';
export const googleEnv = (origin: string) => ({
  GOOGLE_CLIENT_ID: clientId,
  GOOGLE_CLIENT_SECRET: clientSecret,
  GOOGLE_ORIGIN: origin,
});

const scope = 'https://www.googleapis.com/auth/calendar.app.created';

export function json(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}) {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...headers })
    .end(JSON.stringify(body));
}

/** An error of the calendar's. */
export function googleError(response: ServerResponse, status: number, reason: string, headers = {}): void {
  const errors = [{ domain: 'calendar', reason, message: reason }];
  json(response, status, { error: { code: status, message: reason, errors } }, headers);
}

interface Question {
  redirectUri: string;
  challenge: string;
}

export async function startStandInGoogle(): Promise<StandInGoogle> {
  const asked: GoogleAsked[] = [];
  const questions = new Map<string, Question>();
  const refreshTokens = new Set<string>();
  /** Access tokens by the refresh token that they came with. */
  const accessTokens = new Map<string, string>();
  const quirks: GoogleQuirks = {
    answer: () => false,
    leavesOut: false,
    withoutRefreshToken: false,
    buriesDeleted: false,
    pageSize: 2_500,
  };
  const calendars = createGoogleCalendars(quirks);
  const random = (prefix: string) => `${prefix}${randomBytes(16).toString('base64url')}`;

  function grant(): string {
    const token = random('1//planted-refresh-token-');
    refreshTokens.add(token);
    return token;
  }

  function access(refreshToken: string): string {
    const token = random('ya29.planted-access-token-');
    accessTokens.set(token, refreshToken);
    return token;
  }

  /** What a person sees: our question, and two answers. */
  function ask({ query }: GoogleAsked, response: ServerResponse): void {
    const wanted = {
      client_id: clientId,
      response_type: 'code',
      scope,
      access_type: 'offline',
      prompt: 'consent',
      code_challenge_method: 'S256',
    };
    const wrong = Object.entries(wanted).filter(([name, value]) => query.get(name) !== value);
    const [redirectUri, state, challenge] = ['redirect_uri', 'state', 'code_challenge'].map((name) => query.get(name));
    if (wrong.length > 0 || !redirectUri || !state || !challenge)
      return void response.writeHead(400).end(`Error 400: invalid_request ${wrong.join()}`);
    const code = random('4/');
    questions.set(code, { redirectUri, challenge });
    const to = (answer: Record<string, string>) =>
      `${redirectUri}?${new URLSearchParams({ state, ...answer }).toString()}`;
    const link = (text: string, href: string) => `<p><a href="${href.replaceAll('&', '&amp;')}">${text}</a></p>`;
    const granted = quirks.leavesOut ? 'openid' : scope;
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(
        `<!doctype html><html lang="en"><title>Sign in</title><h1>gibney-sync wants access</h1>${link('Allow', to({ code, scope: granted }))}${link('Cancel', to({ error: 'access_denied' }))}</html>`,
      );
  }

  function exchange(form: URLSearchParams, response: ServerResponse): void {
    const question = questions.get(form.get('code') ?? '');
    const hash = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    questions.delete(form.get('code') ?? '');
    if (!question || question.challenge !== hash || question.redirectUri !== form.get('redirect_uri'))
      return json(response, 400, { error: 'invalid_grant', error_description: 'Bad Request' });
    const refreshToken = grant();
    json(response, 200, {
      access_token: access(refreshToken),
      expires_in: 3_599,
      token_type: 'Bearer',
      scope: quirks.leavesOut ? 'openid' : scope,
      ...(!quirks.withoutRefreshToken && { refresh_token: refreshToken }),
    });
  }

  function token({ body }: GoogleAsked, response: ServerResponse): void {
    const form = new URLSearchParams(body);
    if (form.get('client_id') !== clientId || form.get('client_secret') !== clientSecret)
      return json(response, 401, { error: 'invalid_client' });
    if (form.get('grant_type') === 'authorization_code') return exchange(form, response);
    const refreshToken = form.get('refresh_token') ?? '';
    if (!refreshTokens.has(refreshToken))
      return json(response, 400, { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' });
    json(response, 200, { access_token: access(refreshToken), expires_in: 3_599, scope, token_type: 'Bearer' });
  }

  function revoke({ body }: GoogleAsked, response: ServerResponse): void {
    const given = new URLSearchParams(body).get('token') ?? '';
    const known = refreshTokens.delete(accessTokens.get(given) ?? given);
    json(response, known ? 200 : 400, known ? {} : { error: 'invalid_token' });
  }

  /** For tests in another process: what is there, and whether all access is over or one page leaves our question out. */
  function control({ method, query }: GoogleAsked, response: ServerResponse): void {
    if (method === 'POST' && query.has('revoke')) refreshTokens.clear();
    if (method === 'POST' && query.has('leaves_out')) quirks.leavesOut = query.get('leaves_out') === '1';
    const events = [...calendars.all.values()].flatMap((one) => [...one.events.values()]);
    json(response, 200, { calendars: calendars.all.size, refreshTokens: refreshTokens.size, events });
  }

  const accessOf = ({ authorization = '' }: GoogleAsked['headers']) =>
    accessTokens.get(/^Bearer (.*)$/.exec(authorization)?.[1] ?? '') ?? '';

  function serve(request: GoogleAsked, response: ServerResponse): void {
    const { method, path, headers } = request;
    if (path === '/control') return control(request, response);
    if (method === 'GET' && path === '/o/oauth2/v2/auth') return ask(request, response);
    if (method === 'POST' && path === '/token') return token(request, response);
    if (method === 'POST' && path === '/revoke') return revoke(request, response);
    const refreshToken = accessOf(headers);
    if (!refreshTokens.has(refreshToken)) return googleError(response, 401, 'authError');
    calendars.serve(request, response);
  }

  const server = createServer((incoming, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
      const { pathname: path, searchParams: query } = new URL(incoming.url!, 'http://google.test');
      const { headers } = incoming;
      const request = { method: incoming.method!, path, query, headers, body: Buffer.concat(chunks).toString('utf8') };
      asked.push(request);
      if (!(await quirks.answer(request, response))) serve(request, response);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    app: { clientId, clientSecret, endpoints: googleEndpoints(url) },
    calendars: calendars.all,
    asked,
    quirks,
    refreshTokens,
    grant,
    revoke: ({ headers }) => void refreshTokens.delete(accessOf(headers)),
    count: (method, part = '') => asked.filter((one) => one.method === method && one.path.includes(part)).length,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
