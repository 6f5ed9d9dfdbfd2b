/**
 * What happens to a request before SvelteKit sees it, the same in production and under `vite dev`: headers that only
 * we may set are set, bodies that are too large are refused, and under /api the answers that SvelteKit would give as
 * plain text are given as `problem+json`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from '#lib/server/errors.ts';
import { problemOf, problemType } from '#lib/server/rest/problem.ts';
import { clientAddress, clientAddressHeader } from './client-address.ts';
import { nameRequest } from './request-id.ts';

export interface EdgeOptions {
  /** A proxy of ours stands in front: its `x-forwarded-*` headers count. */
  trustProxy: boolean;
}

/** No call of ours needs more. */
export const bodyLimitBytes = 256 * 1024;

const formTypes = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];
const bodyMethods = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Prepares the request, or answers it: then true, and nothing else may. */
export function applyEdgeRules(request: IncomingMessage, response: ServerResponse, options: EdgeOptions): boolean {
  request.headers['x-forwarded-proto'] = protocolOf(request, options);
  request.headers[clientAddressHeader] = clientAddress(request, options.trustProxy);
  nameRequest(request, response);
  const refusal = refusalOf(request);
  if (refusal) answer(request, response, refusal);
  return refusal !== null;
}

function protocolOf(request: IncomingMessage, { trustProxy }: EdgeOptions): string {
  const forwarded = trustProxy
    ? String(request.headers['x-forwarded-proto'] ?? '')
        .split(',')[0]
        ?.trim()
    : '';
  return forwarded === 'https' ? 'https' : 'http';
}

function refusalOf(request: IncomingMessage): ApiError | null {
  if (Number(request.headers['content-length'] ?? 0) > bodyLimitBytes)
    return new ApiError('payload_too_large', `A body has at most ${bodyLimitBytes / 1024} kB.`);
  // A feed takes no form, and says so itself; what ends mails is sent by mail servers, and its body says nothing.
  if (isFeed(request.url ?? '') || isOneClick(request.url ?? ''))
    request.headers['content-type'] = 'application/octet-stream';
  return isApiCall(request.url ?? '') ? apiRefusalOf(request) : null;
}

function isFeed(url: string): boolean {
  return /^\/calendar\/[^/?]+\.ics(\?|$)/.test(url);
}

function isOneClick(url: string): boolean {
  return /^\/unsubscribe\/[^/?]+\/one-click(\?|$)/.test(url);
}

/** The page about the API is a page. */
function isApiCall(url: string): boolean {
  return url.startsWith('/api/') && !/^\/api\/docs([/?]|$)/.test(url);
}

/** SvelteKit takes a body without a type for a form, and forms of other origins are refused by it as plain text. */
function apiRefusalOf(request: IncomingMessage): ApiError | null {
  if (!isReadable(request.url!)) return new ApiError('bad_request', 'The address cannot be read.');
  if (!bodyMethods.has(request.method ?? '')) return null;
  if (isWithoutBody(request)) request.headers['content-type'] = 'application/json';
  request.headers['content-type'] ??= 'application/json';
  const type = request.headers['content-type'].split(';')[0]!.trim().toLowerCase();
  if (!formTypes.includes(type)) return null;
  return new ApiError('unsupported_media_type', 'Send JSON, with content-type: application/json.');
}

function isWithoutBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
}

/** SvelteKit keeps parameters with its own prefix for itself. */
function isReadable(url: string): boolean {
  try {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    decodeURI(pathname);
    return ![...searchParams.keys()].some((name) => name.startsWith('x-sveltekit-'));
  } catch {
    // That it cannot be decoded is the answer.
    return false;
  }
}

/** How much of a refused body is read and dropped, and how long for, before the connection is cut. */
export const dropBytes = 4 * 1024 * 1024;
const dropMs = 2_000;

/** A client reads the answer once it has sent its body, so as much of that as is sane is taken first. */
function answer(request: IncomingMessage, response: ServerResponse, error: ApiError): void {
  const body = JSON.stringify(problemOf(error));
  const headers = {
    'content-type': problemType,
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
  };
  drop(request, (complete) => {
    // Where some of the body is left, the connection cannot be used again.
    response.writeHead(error.status, { ...headers, ...(!complete && { connection: 'close' }) });
    response.end(body, () => complete || request.destroy());
  });
}

/** Calls `done` once, with whether the body was read to its end. */
function drop(request: IncomingMessage, done: (complete: boolean) => void): void {
  let left = dropBytes;
  const finish = (complete: boolean) => {
    clearTimeout(timer);
    request.removeAllListeners('data').off('end', atEnd).off('close', atClose);
    done(complete);
  };
  const atEnd = () => finish(true);
  const atClose = () => finish(false);
  const timer = setTimeout(finish, dropMs, false);
  request.on('data', (chunk: Buffer) => (left -= chunk.length) < 0 && finish(false));
  request.once('end', atEnd).once('close', atClose);
}
