import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PortalControl } from './control.ts';
import { sendJson } from './replies.ts';
import type { Delays, Misbehaviour, NumericCounter, PortalUser, Rental } from './types.ts';
import { readBody, urlOf } from './visit.ts';

interface Call {
  control: PortalControl;
  query: URLSearchParams;
  body: unknown;
  /** The parts of the path that the route's pattern caught. */
  names: string[];
}

type Route = [method: string, path: RegExp, answer: (call: Call) => unknown];

const users = '/__control/users';
const routes: Route[] = [
  ['GET', path(users), ({ control }) => control.users()],
  ['POST', path(users), ({ control, body }) => control.addUser(body as PortalUser)],
  ['DELETE', path(`${users}/:`), ({ control, names }) => control.removeUser(names[0]!)],
  ['PUT', path(`${users}/:/password`), ({ control, names, body }) => control.setPassword(names[0]!, body as string)],
  ['POST', path(`${users}/:/lock`), ({ control, names }) => control.lock(names[0]!)],
  ['POST', path(`${users}/:/unlock`), ({ control, names }) => control.unlock(names[0]!)],
  ['GET', path(`${users}/:/rentals`), ({ control, names }) => control.rentals(names[0]!)],
  ['PUT', path(`${users}/:/rentals`), setRentals],
  ['POST', path(`${users}/:/rentals`), ({ control, names, body }) => control.addRental(names[0]!, body as Rental)],
  ['PATCH', path(`${users}/:/rentals/:`), updateRental],
  ['POST', path(`${users}/:/rentals/:/vanish`), ({ control, names }) => control.vanish(names[0]!, names[1]!)],
  ['POST', path(`${users}/:/rentals/:/reappear`), ({ control, names }) => control.reappear(names[0]!, names[1]!)],
  ['POST', path(`${users}/:/rentals/:/share`), share],
  ['GET', path('/__control/misbehaviours'), ({ control }) => control.misbehaviours()],
  ['POST', path('/__control/misbehaviours'), ({ control, body }) => ({ id: control.misbehave(body as Misbehaviour) })],
  ['DELETE', path('/__control/misbehaviours'), ({ control }) => control.behave()],
  ['DELETE', path('/__control/misbehaviours/:'), ({ control, names }) => control.behave(names[0])],
  ['PUT', path('/__control/delays'), setDelays],
  ['DELETE', path('/__control/sessions'), ({ control, query }) => control.endSessions(query.get('user') ?? undefined)],
  ['GET', path('/__control/counters'), ({ control, query }) => control.counters(query.get('user') ?? undefined)],
  ['DELETE', path('/__control/counters'), ({ control }) => control.resetCounters()],
  ['GET', path('/__control/wait'), wait],
  ['POST', path('/__control/reset'), ({ control }) => control.reset()],
];

/**
 * Answers one call of the control API: JSON in, JSON out, `{"error"}` with 400 or 404 where it makes no sense,
 * with 403 to other machines and to a page in somebody's browser.
 */
export async function handleControl(req: IncomingMessage, res: ServerResponse, control: PortalControl): Promise<void> {
  const { pathname, searchParams: query } = urlOf(req);
  if (!isAllowed(req)) return sendJson(res, { error: 'the control is for programs on this machine' }, 403);
  const route = routes.find(([method, pattern]) => method === req.method && pattern.test(pathname));
  if (!route) return sendJson(res, { error: `the portal has no control ${req.method} ${pathname}` }, 404);
  try {
    const names = route[1].exec(pathname)!.slice(1).map(decodeURIComponent);
    const text = await readBody(req);
    const answer = await route[2]({ control, query, names, body: text ? JSON.parse(text) : undefined });
    sendJson(res, answer ?? { ok: true });
  } catch (error) {
    sendJson(res, { error: error instanceof Error ? error.message : String(error) }, 400);
  }
}

function isAllowed({ headers, socket }: IncomingMessage): boolean {
  return headers.origin === undefined && /^(::1$|(::ffff:)?127\.)/.test(socket.remoteAddress ?? '');
}

function setRentals({ control, names, body }: Call): void {
  const { rentals, seed } = body as { rentals: Rental[] | number; seed?: string };
  control.setRentals(names[0]!, rentals, seed);
}

function updateRental({ control, names, body }: Call): void {
  control.updateRental(names[0]!, names[1]!, body as Partial<Rental>);
}

function share({ control, names, body }: Call): void {
  control.share(names[0]!, (body as { to: string }).to, names[1]!);
}

function setDelays({ control, query, body }: Call): void {
  control.setDelays(body as Partial<Delays>, query.get('user') ?? undefined);
}

function wait({ control, query }: Call): Promise<unknown> {
  const counter = query.get('counter') as NumericCounter;
  if (typeof control.counters()[counter] !== 'number') throw new Error(`there is no counter ${counter} to wait for`);
  const atLeast = Number(query.get('atLeast') ?? -Infinity);
  const atMost = Number(query.get('atMost') ?? Infinity);
  return control.waitFor((counters) => counters[counter] >= atLeast && counters[counter] <= atMost, {
    ...(query.has('user') && { user: query.get('user')! }),
    ...(query.has('timeoutMs') && { timeoutMs: Number(query.get('timeoutMs')) }),
  });
}

function path(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll(':', '([^/]+)')}$`);
}
