/** The routes of the API, of assistants and of the calendars, on Node's own requests and answers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { noteScope } from '#platform/scope.ts';
import { clientAddressHeader } from '../../../../edge/client-address.ts';
import type { DirectHandler } from '../../../../edge/direct.ts';
import { answerSheetCalendar } from '../call-sheets/calendar.ts';
import { answerFeed } from '../calendar/serve-feed.ts';
import { asApiError } from '../known-errors.ts';
import { answerMcp } from '../mcp/answer-mcp.ts';
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

/** Each with the name that traces give it. */
const routes: [RegExp, string, Route][] = [
  [/^\/api\/v1(?!\/openapi\.json$)(?:\/(.*?))?\/?$/, '/api/v1', rest],
  [/^\/api\/trpc\/(.*)$/, '/api/trpc/[calls]', answerTrpc],
  [/^\/mcp\/?$/, '/mcp', answerMcp],
  [/^\/operate\/codec\/(decode|encode)$/, '/operate/codec', answerCodec],
  [
    /^\/calendar\/([^/]+)\.ics$/,
    '/calendar/[token].ics',
    (call, token) => answerFeed(call.services, { ...call, token }),
  ],
  [/^\/call\/([^/]+)\.ics$/, '/call/[token].ics', answerSheetCalendar],
];

export function directHandler(getServices: () => Promise<Services>): DirectHandler {
  return (request, response) => {
    const url = URL.parse(request.url!, `${protocolOf(request)}://${request.headers.host ?? 'localhost'}`);
    for (const [pattern, name, route] of routes) {
      const part = url && partOf(pattern.exec(url.pathname));
      if (part === null) continue;
      noteScope({ route: name });
      return answer(getServices, request, response, { url: url!, route, part });
    }
    return null;
  };
}

/** Null also where it cannot be decoded: SvelteKit has a page for that. */
function partOf(found: RegExpExecArray | null): string | null {
  try {
    return found && decodeURIComponent(found[1] ?? '');
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
  { url, route, part }: { url: URL; route: Route; part: string },
): Promise<void> {
  const services = await getServices();
  const clientAddress = String(request.headers[clientAddressHeader]);
  const noted = noteQuotas(services.limits);
  const call = {
    services: { ...services, limits: noted.limits },
    clientAddress,
    ...readRequest(request, response, url),
  };
  const given = await route(call, part);
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
