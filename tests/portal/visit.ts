import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Step } from './types.ts';

/** What a page's script asks for: Aura's form-encoded `message`, already read. */
export interface AuraAction {
  name: string;
  params: Record<string, unknown>;
}

/** One request to a page or to a page's data. */
export interface Visit {
  req: IncomingMessage;
  res: ServerResponse;
  url: URL;
  step: Step;
  cookies: Record<string, string>;
  sessionId: string | undefined;
  /** Who this is: the session's owner (a dead session's as well), or the name in the sign-in form. */
  user: string | null;
  action: AuraAction | null;
  /** Aborts when the visitor has gone. */
  gone: AbortSignal;
}

const bodyLimit = 1_000_000;

/** Reads the request; `ownerOf` says whose session a session id is or was. */
export async function readVisit(
  req: IncomingMessage,
  res: ServerResponse,
  ownerOf: (sessionId: string | undefined) => string | null,
): Promise<Visit> {
  const url = urlOf(req);
  const cookies = readCookies(req.headers.cookie);
  const action = isAura(url) && req.method === 'POST' ? readAction(await readBody(req)) : null;
  const step = action ? stepOfAction(action) : stepOfPage(url.pathname);
  const named = step === 'sign-in' ? textParam(action, 'username') : null;
  const user = named || ownerOf(cookies.sid);
  return { req, res, url, step, cookies, sessionId: cookies.sid, user, action, gone: goneSignal(res) };
}

/** A parameter of an action; empty where it is not a text. */
export function textParam(action: AuraAction | null, name: string): string {
  const value = action?.params[name];
  return typeof value === 'string' ? value : '';
}

/** The whole address of a request, as the visitor wrote it. */
export function urlOf(req: IncomingMessage): URL {
  return new URL(req.url ?? '/', `http://${req.headers.host ?? 'portal'}`);
}

export async function readBody(req: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of req as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > bodyLimit) throw new Error('the request body is too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

export function readCookies(header = ''): Record<string, string> {
  const pairs = header.split(/;\s*/).filter((pair) => pair.includes('='));
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

export function goneSignal(res: ServerResponse): AbortSignal {
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  return gone.signal;
}

function isAura(url: URL): boolean {
  return url.pathname === '/s/sfsites/aura';
}

function readAction(body: string): AuraAction | null {
  try {
    const message = JSON.parse(new URLSearchParams(body).get('message') ?? '') as {
      actions: { descriptor: string; params: Record<string, unknown> }[];
    };
    const [first] = message.actions;
    return first ? { name: first.descriptor.split('$').at(-1)!, params: first.params } : null;
  } catch {
    // Whatever else was posted here is no action; it is answered like an unknown page.
    return null;
  }
}

function stepOfAction({ name, params }: AuraAction): Step {
  if (name === 'login') return 'sign-in';
  if (name === 'getItems') return Number(params.offset) > 0 ? 'batch' : 'rows';
  return 'other';
}

function stepOfPage(path: string): Step {
  if (path.startsWith('/s/sfsites/scripts/')) return 'script';
  if (path === '/s/login' || path === '/s/login/') return 'login-page';
  if (path === '/s/' || path === '/s') return 'home';
  if (/^\/s\/booking-item(\/Booking_Item__c\/[^/]+)?\/?$/.test(path)) return 'list';
  if (path.startsWith('/s/booking-item/')) return 'record';
  return path.startsWith('/_ui/identity/verification/') ? 'verification' : 'other';
}
