import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Accounts } from './accounts.ts';
import { isSlowAsset, scriptAt, sendScript, sendSlowAsset, sendStyles } from './assets.ts';
import { Counting } from './counting.ts';
import * as defaults from './defaults.ts';
import { ListRequests } from './list-requests.ts';
import { Misbehaviours } from './misbehaviours.ts';
import { NetworkFaults } from './network-faults.ts';
import { PageRequests } from './page-requests.ts';
import { Presence } from './presence.ts';
import { forEver, pause, sendJson } from './replies.ts';
import { clientMark, signIn } from './sign-in.ts';
import type { Delays, PortalOptions } from './types.ts';
import { goneSignal, readVisit, urlOf, type Visit } from './visit.ts';

const invalidSession = { exceptionEvent: true, event: { descriptor: 'markup://aura:invalidSession' } };

/** The stand-in portal without its network: it owns all of the state and answers every request. */
export class Site {
  readonly accounts: Accounts;
  readonly counting: Counting;
  readonly misbehaviours: Misbehaviours;
  delays: Delays;
  #options: PortalOptions;
  #presence: Presence;
  #faults: NetworkFaults;
  #pages: PageRequests;
  #list: ListRequests;

  constructor(options: PortalOptions) {
    const { sessionTtlMs = defaults.sessionTtlMs, lockAfter = defaults.lockAfter, today } = options;
    const touch = (user: string): void => this.counting.touch(user);
    this.#options = options;
    this.delays = { ...defaults.testDelays, ...options.delays };
    this.accounts = new Accounts({ sessionTtlMs, lockAfter, today, onSessions: touch });
    this.#presence = new Presence(touch);
    this.counting = new Counting((user) => ({
      sessionsNow: this.accounts.sessions(user),
      pagesNow: this.#presence.open(user),
    }));
    this.misbehaviours = new Misbehaviours((kind, user) => this.counting.fault(kind, user));
    this.#faults = new NetworkFaults(this);
    this.#pages = new PageRequests(this.accounts, options);
    this.#list = new ListRequests(this, options.batchSize ?? defaults.batchSize);
    for (const user of options.users ?? []) this.accounts.add(user);
  }

  /** To be called for each new connection. */
  opened(socket: Socket): void {
    this.#faults.opened(socket);
  }

  /** Everything as it was when the portal started: users, rentals, delays; no session, no fault, no count. */
  reset(): void {
    this.accounts.clear();
    this.misbehaviours.remove();
    this.delays = { ...defaults.testDelays, ...this.#options.delays };
    for (const user of this.#options.users ?? []) this.accounts.add(user);
    this.counting.reset();
  }

  async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { pathname, searchParams } = urlOf(req);
    const isReused = this.#faults.isReused(req.socket);
    if (pathname === '/s/sfsites/styles/site.css') return sendStyles(res);
    if (isSlowAsset(pathname)) return sendSlowAsset(res, pathname, this.delays.assetMs, goneSignal(res));
    if (pathname.startsWith('/_nc_external/')) return forEver(goneSignal(res));
    const visit = await readVisit(req, res, (id) => this.accounts.sessionOwner(id));
    if (pathname === '/s/cometd/connect') return this.#poll(visit, searchParams.get('tab') ?? '');
    this.counting.request(visit.step, visit.user);
    if (await this.#faults.apply(visit, isReused)) return;
    if (visit.step === 'script') return this.#script(visit);
    return visit.action ? this.#data(visit) : this.#page(visit);
  }

  async #script({ url, res, gone }: Visit): Promise<void> {
    const script = await scriptAt(url.pathname);
    const ms = url.pathname.endsWith('/login.js') ? this.delays.loginScriptMs : 0;
    if (await pause(ms, gone)) sendScript(res, script);
  }

  async #poll(visit: Visit, tab: string): Promise<void> {
    const ended = visit.user === null ? null : this.#presence.polling(tab, visit.user);
    await forEver(visit.gone);
    ended?.();
  }

  async #data(visit: Visit): Promise<void> {
    const delays = this.#delaysOf(visit.user);
    if (visit.step === 'sign-in') {
      if (await pause(delays.signInMs, visit.gone)) signIn(visit, this);
      return;
    }
    if (!this.#isSignedIn(visit)) return sendJson(visit.res, invalidSession);
    const tab = visit.url.searchParams.get('tab');
    if (tab !== null) this.#presence.seen(tab, visit.user!, visit.req.socket);
    if (visit.step === 'other') return sendJson(visit.res, { actions: [{ state: 'ERROR', returnValue: null }] });
    if (await pause(visit.step === 'rows' ? delays.gridMs : delays.batchMs, visit.gone)) await this.#list.answer(visit);
  }

  async #page(visit: Visit): Promise<void> {
    if (await pause(this.#delaysOf(visit.user).shellMs, visit.gone)) this.#pages.answer(visit, this.#isSignedIn(visit));
  }

  #isSignedIn({ sessionId, cookies }: Visit): boolean {
    const marked = sessionId !== undefined && cookies.sid_Client === clientMark(sessionId);
    return marked && this.accounts.isSignedIn(sessionId);
  }

  #delaysOf(user: string | null): Delays {
    return { ...this.delays, ...this.accounts.delaysOf(user) };
  }
}
