import type { Socket } from 'node:net';
import type { Accounts } from './accounts.ts';
import { isNetworkFault } from './fault-kinds.ts';
import type { Misbehaviours } from './misbehaviours.ts';
import { errorPage, maintenancePage, outagePage, tooManyRequestsPage } from './pages.ts';
import { forEver, pause, redirect, sendHtml } from './replies.ts';
import type { Fault, NetworkFault } from './types.ts';
import type { Visit } from './visit.ts';

/** A browser repeats a request by itself, at once, where the connection that was reset was not made for it. */
const ownRepeatMs = 1_000;
/** A connection without a request for so long was not made for the one that comes now. */
const idleMs = 100;

interface Parts {
  misbehaviours: Misbehaviours;
  accounts: Accounts;
}

/** Lets the faults of the network strike. */
export class NetworkFaults {
  #parts: Parts;
  /** When each connection was made; 0 once it has carried a request. */
  #opened = new WeakMap<Socket, number>();
  /** Requests that were reset, by address, with the time until which the same one is the browser's own repetition. */
  #resets = new Map<string, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** To be called for each new connection. */
  opened(socket: Socket): void {
    this.#opened.set(socket, Date.now());
  }

  /** To be called for each request of any kind: whether this connection was there before it. */
  isReused(socket: Socket): boolean {
    const idle = Date.now() - (this.#opened.get(socket) ?? 0);
    this.#opened.set(socket, 0);
    return idle > idleMs;
  }

  /** True where the visit is over by a fault. */
  async apply(visit: Visit, isReused: boolean): Promise<boolean> {
    if (this.#isRepeated(visit)) return this.#reset(visit, isReused);
    const here = (fault: Fault): fault is NetworkFault => isNetworkFault(fault) && matches(fault.at, visit);
    for (const fault of this.#parts.misbehaviours.take(visit.user, here)) {
      if (fault.kind === 'reset') return this.#reset(visit, isReused);
      if (await this.#apply(fault, visit)) return true;
    }
    return false;
  }

  async #apply(fault: NetworkFault, visit: Visit): Promise<boolean> {
    if (fault.kind === 'slow') return !(await pause(fault.ms, visit.gone));
    if (fault.kind === 'hold') return !(await this.#parts.misbehaviours.untilOff(fault, visit.gone));
    if (fault.kind === 'sessionDies') {
      if (visit.sessionId !== undefined) this.#parts.accounts.endSession(visit.sessionId);
      return false;
    }
    if (fault.kind === 'hang') await forEver(visit.gone);
    else spoil(fault, visit);
    return true;
  }

  #reset(visit: Visit, isReused: boolean): true {
    // Each request of a page's script has an address of its own, so its repetitions are never mistaken.
    if (isReused || visit.action !== null) this.#resets.set(keyOf(visit), Date.now() + ownRepeatMs);
    visit.req.socket.resetAndDestroy();
    return true;
  }

  #isRepeated(visit: Visit): boolean {
    const until = this.#resets.get(keyOf(visit)) ?? 0;
    this.#resets.delete(keyOf(visit));
    return until > Date.now();
  }
}

function keyOf({ req, user }: Visit): string {
  return `${user} ${req.method} ${req.url}`;
}

function matches(at: string | undefined, visit: Visit): boolean {
  const everywhere = at === undefined || at === 'any';
  return everywhere ? visit.step !== 'script' : at === visit.step;
}

function spoil(fault: NetworkFault, { res, url }: Visit): void {
  switch (fault.kind) {
    case 'rateLimit':
      return sendHtml(res, tooManyRequestsPage(), 429, { 'retry-after': String(fault.retryAfterSeconds ?? 30) });
    case 'serverError':
      return sendHtml(res, errorPage(), 500);
    case 'outage':
      return sendHtml(res, outagePage(fault.text));
    case 'redirectLoop':
      return redirect(res, `${url.pathname}?loop=${Number(url.searchParams.get('loop') ?? 0) + 1}`);
    default:
      return sendHtml(res, maintenancePage(), 503, { 'retry-after': '120' });
  }
}
