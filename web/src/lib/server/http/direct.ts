/** The routes of the API, of assistants and of the calendars, on Node's own requests and answers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { noteScope } from '#platform/scope.ts';
import { clientAddressHeader } from '../../../../edge/client-address.ts';
import type { DirectHandler } from '../../../../edge/direct.ts';
import { answerSheetCalendar } from '../call-sheets/calendar.ts';
import { answerFeed } from '../calendar/serve-feed.ts';
import { asApiError } from '../known-errors.ts';
import { answerMcp } from '../mcp/answer-mcp.ts';
import { countAnswer, type Answered } from '../metrics.ts';
import { answerCodec } from '../operate/codec.ts';
import { handleRest } from '../rest/handle.ts';
import { problemAnswer } from '../rest/problem.ts';
import type { Services } from '../services.ts';
import { answerTrpc } from '../trpc/answer-calls.ts';
import { admit } from './admit.ts';
import { readRequest, send } from './exchange.ts';
import type { DirectCall, HttpAnswer } from './exchange.ts';
import { noteQuotas } from './rate-limit-headers.ts';
import { securityHeaders } from './security-headers.ts';

type Route = (call: DirectCall, part: string) => Promise<HttpAnswer>;

/** Each with the names that traces and figures give it. */
const routes: [RegExp, string, Answered, Route][] = [
  [/^\/api\/v1(?!\/openapi\.json$)(?:\/(.*?))?\/?$/, '/api/v1', 'rest', rest],
  [/^\/api\/trpc\/(.*)$/, '/api/trpc/[calls]', 'trpc', answerTrpc],
  [/^\/mcp\/?$/, '/mcp', 'mcp', answerMcp],
  [/^\/operate\/codec\/(decode|encode)$/, '/operate/codec', 'codec', answerCodec],
  [
    /^\/calendar\/([^/]+)\.ics$/,
    '/calendar/[token].ics',
    'feed',
    (call, token) => answerFeed(call.services, { ...call, token }),
  ],
  [/^\/call\/([^/]+)\.ics$/, '/call/[token].ics', 'feed', answerSheetCalendar],
];

export function directHandler(getServices: () => Promise<Services>): DirectHandler {
  return (request, response) => {
    const url = URL.parse(request.url!, `${protocolOf(request)}://${request.headers.host ?? 'localhost'}`);
    for (const [pattern, name, api, route] of routes) {
      const part = url && partOf(pattern.exec(url.pathname), api);
      if (part === null) continue;
      noteScope({ route: name });
      return answer(getServices, request, response, { url: url!, api, route, part });
    }
    return null;
  };
}

/** Null also where it cannot be decoded: SvelteKit has a page for that. REST splits its path first, and decodes the parts. */
function partOf(found: RegExpExecArray | null, api: Answered): string | null {
  if (!found) return null;
  try {
    const given = found[1] ?? '';
    const decoded = decodeURIComponent(given);
    return api === 'rest' ? given : decoded;
  } catch {
    return null;
  }
}

/** Set by the edge rules. */
const protocolOf = ({ headers }: IncomingMessage): string => String(headers['x-forwarded-proto']);

async function answer(
  getServices: () => Promise<Services>,
  request: IncomingMessage,
  response: ServerResponse,
  { url, api, route, part }: { url: URL; api: Answered; route: Route; part: string },
): Promise<void> {
  const services = await getServices();
  const clientAddress = String(request.headers[clientAddressHeader]);
  const noted = noteQuotas(services.limits);
  const call = {
    services: { ...services, limits: noted.limits },
    clientAddress,
    ...readRequest(request, response, url),
  };
  const given = await route(call, part).catch((error: unknown) => {
    countAnswer(services.metrics, api, 500);
    throw error;
  });
  countAnswer(services.metrics, api, given.status);
  const headers = {
    ...securityHeaders(url, services.config),
    ...noted.headers(),
    ...given.headers,
  };
  await send(request, response, { ...given, headers });
}

async function rest(call: DirectCall, path: string): Promise<HttpAnswer> {
  try {
    const session = await admit(call.services, call.headers, call.clientAddress);
    return await handleRest({ ...call, session }, path);
  } catch (error) {
    return problemAnswer(asApiError(error));
  }
}
