import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Accounts } from './accounts.ts';
import { isSlowAsset, scriptAt, sendScript, sendSlowAsset, sendStyles } from './assets.ts';
import { Counting } from './counting.ts';
import * as defaults from './defaults.ts';
import { isListFault, ListView, recordPath } from './list-view.ts';
import { Misbehaviours } from './misbehaviours.ts';
import { strikeNetwork } from './network-faults.ts';
import { scriptRedirectPage, shellPage, verificationPage } from './pages.ts';
import { Presence } from './presence.ts';
import { forEver, pause, redirect, sendHtml, sendJson } from './replies.ts';
import { clientMark, signIn } from './sign-in.ts';
import type { Delays, PortalOptions, Rental } from './types.ts';
import { goneSignal, readVisit, urlOf, type Visit } from './visit.ts';

const listAddress = `/s/booking-item/Booking_Item__c/${defaults.listId}`;
const viewsKept = 500;

/** The stand-in's pages and their data. It owns all of the portal's state; the network is server.ts's. */
export class Site {
  readonly accounts: Accounts;
  readonly counting: Counting;
  readonly misbehaviours: Misbehaviours;
  delays: Delays;
  #options: PortalOptions;
  #presence: Presence;
  #views = new Map<string, ListView>();

  constructor(options: PortalOptions) {
    const { sessionTtlMs = defaults.sessionTtlMs, lockAfter = defaults.lockAfter, today } = options;
    this.#options = options;
    this.delays = { ...defaults.testDelays, ...options.delays };
    this.accounts = new Accounts({ sessionTtlMs, lockAfter, today });
    this.#presence = new Presence((user) => this.counting.touch(user));
    this.counting = new Counting((user) => ({
      sessionsNow: this.accounts.sessions(user),
      pagesNow: this.#presence.open(user),
    }));
    this.misbehaviours = new Misbehaviours((kind, user) => this.counting.fault(kind, user));
    for (const user of options.users ?? []) this.accounts.add(user);
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
    const script = await scriptAt(pathname);
    if (script !== null) return this.#script(res, pathname, script);
    if (pathname === '/s/sfsites/styles/site.css') return sendStyles(res);
    if (isSlowAsset(pathname)) return sendSlowAsset(res, pathname, this.delays.assetMs, goneSignal(res));
    if (pathname.startsWith('/_nc_external/')) return forEver(goneSignal(res));
    const visit = await readVisit(req, res, (id) => this.accounts.sessionOwner(id));
    if (pathname === '/s/cometd/connect') return this.#poll(visit, searchParams.get('tab') ?? '');
    this.counting.request(visit.step, visit.user);
    if (await strikeNetwork(visit, this)) return;
    return visit.action ? this.#data(visit) : this.#page(visit);
  }

  async #script(res: ServerResponse, path: string, script: string): Promise<void> {
    const ms = path.endsWith('/login.js') ? this.delays.loginScriptMs : 0;
    if (await pause(ms, goneSignal(res))) sendScript(res, script);
  }

  async #poll(visit: Visit, tab: string): Promise<void> {
    const ended = visit.user === null ? null : this.#presence.polling(tab, visit.user);
    await forEver(visit.gone);
    ended?.();
  }

  async #data(visit: Visit): Promise<void> {
    const tab = visit.url.searchParams.get('tab');
    const delays = this.#delaysOf(visit.user);
    if (visit.step === 'sign-in') {
      if (await pause(delays.signInMs, visit.gone)) signIn(visit, this);
      return;
    }
    if (!this.#isSignedIn(visit)) return sendJson(visit.res, invalidSession);
    if (tab !== null) this.#presence.seen(tab, visit.user!, visit.req.socket);
    if (visit.step === 'other') return sendJson(visit.res, { actions: [{ state: 'ERROR', returnValue: null }] });
    if (await pause(visit.step === 'rows' ? delays.gridMs : delays.batchMs, visit.gone)) await this.#rows(visit);
  }

  async #rows(visit: Visit): Promise<void> {
    const offset = Number(visit.action?.params.offset ?? 0);
    const view = this.#views.get(String(visit.action?.params.view)) ?? this.#newView(visit.user!);
    if (offset > 0) {
      const late = view.batchDelay;
      if (late === null) return forEver(visit.gone);
      if (!(await pause(late, visit.gone))) return;
    }
    const answer = view.answer(this.accounts.rentals(visit.user!), offset);
    this.counting.add('batches', visit.user);
    if (offset === 0) this.counting.add('listLoads', visit.user);
    sendJson(visit.res, { actions: [{ state: 'SUCCESS', returnValue: answer }] });
  }

  #newView(user: string): ListView {
    const faults = this.misbehaviours.take(user, isListFault);
    const { batchSize = defaults.batchSize } = this.#options;
    const view = new ListView({ id: randomUUID(), user, faults, batchSize });
    this.#views.set(view.id, view);
    if (this.#views.size > viewsKept) this.#views.delete(this.#views.keys().next().value!);
    return view;
  }

  async #page(visit: Visit): Promise<void> {
    const path = visit.url.pathname;
    if (!(await pause(this.#delaysOf(visit.user).shellMs, visit.gone))) return;
    if (visit.step === 'verification') return sendHtml(visit.res, verificationPage());
    if (visit.step === 'login-page') return this.#loginPage(visit);
    if (path === '/secur/logout.jsp') return this.#signOut(visit);
    if (!path.startsWith('/s')) return redirect(visit.res, '/s/');
    if (!this.#isSignedIn(visit)) return this.#toSignIn(visit);
    sendHtml(visit.res, shellPage({ title: 'Gibney', script: 'site', data: this.#pageData(visit) }));
  }

  #loginPage(visit: Visit): void {
    const messageRole = this.#options.loginMessage === 'plain' ? null : 'alert';
    sendHtml(visit.res, shellPage({ title: 'Login', script: 'login', data: { signedIn: false, messageRole } }));
  }

  #signOut(visit: Visit): void {
    if (visit.sessionId !== undefined) this.accounts.endSession(visit.sessionId);
    this.counting.touch(visit.user);
    redirect(visit.res, '/s/login', { 'set-cookie': ['sid=; Path=/; Max-Age=0', 'sid_Client=; Path=/; Max-Age=0'] });
  }

  #toSignIn(visit: Visit): void {
    const to = `/s/login?ec=302&startURL=${encodeURIComponent(visit.url.pathname)}`;
    if (this.#options.redirect === 'script') return sendHtml(visit.res, scriptRedirectPage(to));
    redirect(visit.res, to);
  }

  #pageData(visit: Visit): Record<string, unknown> {
    const common = { signedIn: true, username: visit.user, listAddress, emptyList: this.#options.emptyList ?? 'table' };
    if (visit.step === 'list') return { ...common, page: this.#listPage(visit.url.pathname) };
    if (visit.step === 'home') return { ...common, page: 'home' };
    const rental = visit.step === 'record' ? this.#rentalAt(visit) : undefined;
    return rental ? { ...common, page: 'record', record: recordFields(rental) } : { ...common, page: 'invalid' };
  }

  #listPage(path: string): string {
    if (path.startsWith(listAddress)) return 'list';
    return path.startsWith('/s/booking-item/Booking_Item__c') ? 'invalid' : (this.#options.bookingItem ?? 'list');
  }

  #rentalAt({ user, url }: Visit): Rental | undefined {
    return this.accounts.rentals(user!).find((rental) => recordPath(rental) === url.pathname);
  }

  #isSignedIn({ sessionId, cookies }: Visit): boolean {
    const marked = sessionId !== undefined && cookies.sid_Client === clientMark(sessionId);
    return marked && this.accounts.isSignedIn(sessionId);
  }

  #delaysOf(user: string | null): Delays {
    return { ...this.delays, ...this.accounts.delaysOf(user) };
  }
}

const invalidSession = { exceptionEvent: true, event: { descriptor: 'markup://aura:invalidSession' } };

function recordFields(rental: Rental): Record<string, string> {
  return Object.fromEntries(
    defaults.columns.flatMap(({ key, label }) => {
      const text = (rental as unknown as Record<string, string | undefined>)[key];
      return text === undefined ? [] : [[label, text]];
    }),
  );
}
