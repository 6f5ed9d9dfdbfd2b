/** The routes of `/api/v1` and the calendars, on Node's own requests and answers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { clientAddressHeader } from '../../../../edge/client-address.ts';
import type { DirectHandler } from '../../../../edge/direct.ts';
import { bodyLimitBytes } from '../../../../edge/rules.ts';
import { answerFeed } from '../calendar/serve-feed.ts';
import { ApiError } from '../errors.ts';
import { asApiError } from '../known-errors.ts';
import { handleRest } from '../rest/handle.ts';
import { problemAnswer } from '../rest/problem.ts';
import type { Services } from '../services.ts';
import { admit } from './admit.ts';
import { headersOf, send } from './exchange.ts';
import type { HttpAnswer, RequestHeaders } from './exchange.ts';
import { securityHeaders } from './security-headers.ts';

interface DirectCall {
  services: Services;
  method: string;
  url: URL;
  headers: RequestHeaders;
  clientAddress: string;
  readText(): Promise<string>;
}

type Route = (call: DirectCall, part: string) => Promise<HttpAnswer>;

const routes: [RegExp, Route][] = [
  [/^\/api\/v1(?!\/openapi\.json$)(?:\/(.*?))?\/?$/, rest],
  [/^\/calendar\/([^/]+)\.ics$/, (call, token) => answerFeed(call.services, { ...call, token })],
];

export function directHandler(getServices: () => Promise<Services>): DirectHandler {
  return (request, response) => {
    const url = URL.parse(request.url!, `${protocolOf(request)}://${request.headers.host ?? 'localhost'}`);
    for (const [pattern, route] of routes) {
      const part = url && partOf(pattern.exec(url.pathname));
      if (part !== null) return answer(getServices, request, response, { url: url!, route, part });
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
  const { method = 'GET' } = request;
  const clientAddress = String(request.headers[clientAddressHeader]);
  const readText = () => textOf(request);
  const given = await route({ services, method, url, headers: headersOf(request), clientAddress, readText }, part);
  const headers = { ...securityHeaders(url.protocol === 'https:', services.config), ...given.headers };
  send(request, response, { ...given, headers });
}

async function rest(call: DirectCall, path: string): Promise<HttpAnswer> {
  try {
    const session = await admit(call.services, call.headers, call.clientAddress);
    return await handleRest({ ...call, session }, path);
  } catch (error) {
    return problemAnswer(asApiError(error));
  }
}

/** The body. Throws `payload_too_large`, and `bad_request` where it ends too early. */
async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      parts.push(part);
      if ((bytes += part.length) > bodyLimitBytes) break;
    }
  } catch (error) {
    throw new ApiError('bad_request', 'The body could not be read to its end.', { cause: error });
  }
  if (bytes > bodyLimitBytes) throw new ApiError('payload_too_large', 'The body is too large.');
  return Buffer.concat(parts).toString('utf8');
}
