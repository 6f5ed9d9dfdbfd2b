/** The routes of `/api/v1`, on Node's own requests and answers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { clientAddressHeader } from '../../../../edge/client-address.ts';
import type { DirectHandler } from '../../../../edge/direct.ts';
import { bodyLimitBytes } from '../../../../edge/rules.ts';
import { ApiError } from '../errors.ts';
import { asApiError } from '../known-errors.ts';
import { handleRest } from '../rest/handle.ts';
import { problemAnswer } from '../rest/problem.ts';
import type { Services } from '../services.ts';
import { admit } from './admit.ts';
import { headersOf, send } from './exchange.ts';
import type { HttpAnswer } from './exchange.ts';
import { securityHeaders } from './security-headers.ts';

const restPath = /^\/api\/v1(?!\/openapi\.json$)(?:\/(.*?))?\/?$/;

export function directHandler(services: () => Promise<Services>): DirectHandler {
  return (request, response) => {
    const url = new URL(request.url!, `${protocolOf(request)}://${request.headers.host ?? 'localhost'}`);
    const found = restPath.exec(url.pathname);
    const path = found?.[1] ?? '';
    return found === null ? null : answerRest(services, request, response, { url, path: decodeURIComponent(path) });
  };
}

/** Set by the edge rules. */
const protocolOf = ({ headers }: IncomingMessage): string => String(headers['x-forwarded-proto']);

async function answerRest(
  getServices: () => Promise<Services>,
  request: IncomingMessage,
  response: ServerResponse,
  { url, path }: { url: URL; path: string },
): Promise<void> {
  const services = await getServices();
  const answer = await rest(services, request, url, path);
  const headers = { ...securityHeaders(url.protocol === 'https:', services.config), ...answer.headers };
  send(request, response, { ...answer, headers });
}

async function rest(services: Services, request: IncomingMessage, url: URL, path: string): Promise<HttpAnswer> {
  const headers = headersOf(request);
  const clientAddress = String(request.headers[clientAddressHeader]);
  try {
    const session = await admit(services, headers, clientAddress);
    const { method = 'GET' } = request;
    return await handleRest(
      { services, session, method, url, headers, clientAddress, readText: () => textOf(request) },
      path,
    );
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
