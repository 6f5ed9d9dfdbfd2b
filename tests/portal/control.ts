import type { Site } from './site.ts';
import type { Counters, Delays, Misbehaviour, PortalUser, Rental } from './types.ts';

const waitLimitMs = 30_000;

/** Everything that a test can do to a running portal. `user` left out means everybody. */
export interface PortalControl {
  addUser(user: PortalUser): void;
  removeUser(username: string): void;
  users(): string[];
  setPassword(username: string, password: string): void;
  lock(username: string): void;
  unlock(username: string): void;

  /** The rentals as the page lists them, newest start first. */
  rentals(username: string): Rental[];
  /** Replaces them all; a number makes up so many, from `seed` (default: the username). */
  setRentals(username: string, rentals: Rental[] | number, seed?: string): void;
  /** What is left out is made up. Answers the whole rental. */
  addRental(username: string, rental?: Partial<Rental>): Rental;
  updateRental(username: string, recordId: string, patch: Partial<Rental>): void;
  vanish(username: string, recordId: string): void;
  reappear(username: string, recordId: string): void;
  /** Gives another user a copy of a rental, record id included. */
  share(from: string, to: string, recordId: string): void;

  /** Switches a misbehaviour on; the id switches it off. */
  misbehave(what: Misbehaviour): string;
  /** Switches one misbehaviour off, or all of them. */
  behave(id?: string): void;
  misbehaviours(): (Misbehaviour & { id: string })[];

  setDelays(delays: Partial<Delays>, username?: string): void;
  /** Ends the sessions: the cookies that are out there are worth nothing any more. */
  endSessions(username?: string): void;

  counters(username?: string): Counters;
  resetCounters(): void;
  /** Resolves as soon as the counters are as wanted; rejects after `timeoutMs` (30 s) with what they were. */
  waitFor(met: (counters: Counters) => boolean, options?: { user?: string; timeoutMs?: number }): Promise<Counters>;
  /** Back to the start: users, rentals and delays of the options, no session, no misbehaviour, no count. */
  reset(): void;
}

/** The control of a site in the same process. */
export function controlOf(site: Site): PortalControl {
  const { accounts, counting, misbehaviours } = site;
  return {
    addUser: (user) => accounts.add(user),
    removeUser: (username) => accounts.remove(username),
    users: () => accounts.names(),
    setPassword: (username, password) => accounts.setPassword(username, password),
    lock: (username) => accounts.setLocked(username, true),
    unlock: (username) => accounts.setLocked(username, false),
    rentals: (username) => accounts.rentals(username).map((rental) => ({ ...rental })),
    setRentals: (username, rentals, seed) => accounts.setRentals(username, rentals, seed),
    addRental: (username, rental = {}) => accounts.addRental(username, rental),
    updateRental: (username, recordId, patch) => accounts.updateRental(username, recordId, patch),
    vanish: (username, recordId) => accounts.vanish(username, recordId),
    reappear: (username, recordId) => accounts.reappear(username, recordId),
    share: (from, to, recordId) => accounts.share(from, to, recordId),
    misbehave: (what) => misbehaviours.add(what),
    behave: (id) => void misbehaviours.remove(id),
    misbehaviours: () => misbehaviours.list(),
    setDelays: (delays, username) => setDelays(site, delays, username),
    endSessions: (username) => accounts.endSessions(username),
    counters: (username) => counting.read(username ?? null),
    resetCounters: () => counting.reset(),
    waitFor: (met, options = {}) => waitFor(site, met, options),
    reset: () => site.reset(),
  };
}

function setDelays(site: Site, delays: Partial<Delays>, username?: string): void {
  if (username === undefined) site.delays = { ...site.delays, ...delays };
  else site.accounts.setDelays(username, delays);
}

async function waitFor(
  site: Site,
  met: (counters: Counters) => boolean,
  { user, timeoutMs = waitLimitMs }: { user?: string; timeoutMs?: number },
): Promise<Counters> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await site.counting.waitFor(met, user ?? null, signal);
  } catch (cause) {
    const seen = JSON.stringify(site.counting.read(user ?? null));
    throw new Error(`the portal's counters did not become as wanted within ${timeoutMs} ms: ${seen}`, { cause });
  }
}
