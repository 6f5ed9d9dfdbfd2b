import { randomBytes } from 'node:crypto';
import { recordIdFor, makeRentals } from './rental-seed.ts';
import type { Delays, PortalUser, Rental } from './types.ts';
import { wallClockOrder } from './wall-clock.ts';

interface Account {
  username: string;
  password: string;
  failures: number;
  locked: boolean;
  delays: Partial<Delays>;
  viewer: Record<string, string> | null;
  rentals: Rental[];
  /** Rentals that are hidden at the moment and can come back. */
  vanished: Rental[];
}

interface Settings {
  sessionTtlMs: number;
  lockAfter: number;
  today: Date | undefined;
  /** Called when a session of this user began or ended. */
  onSessions: (username: string) => void;
}

interface Session {
  username: string;
  endsAt: number;
}

export type SignInOutcome = 'welcome' | 'wrong' | 'locked';

/** The portal's accounts, their rentals and their sessions, all in memory. */
export class Accounts {
  #accounts = new Map<string, Account>();
  #sessions = new Map<string, Session>();
  #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Adds an account, or replaces the one of that name. */
  add({ username, password, rentals = [], seed = username, delays = {}, viewer = {} }: PortalUser): void {
    const account = { username, password, failures: 0, locked: false, delays, viewer, rentals: [], vanished: [] };
    this.#accounts.set(username, account);
    this.setRentals(username, rentals, seed);
  }

  remove(username: string): void {
    this.#accounts.delete(username);
    this.endSessions(username);
  }

  clear(): void {
    this.#accounts.clear();
    this.endSessions();
  }

  names(): string[] {
    return [...this.#accounts.keys()];
  }

  delaysOf(username: string | null): Partial<Delays> {
    return (username !== null && this.#accounts.get(username)?.delays) || {};
  }

  viewerOf(username: string): Account['viewer'] {
    return this.#get(username).viewer;
  }

  setDelays(username: string, delays: Partial<Delays>): void {
    this.#get(username).delays = delays;
  }

  setPassword(username: string, password: string): void {
    this.#get(username).password = password;
  }

  setLocked(username: string, locked: boolean): void {
    Object.assign(this.#get(username), { locked, failures: 0 });
  }

  /** Compares the password; wrong ones in a row lock the account. */
  trySignIn(username: string, password: string): SignInOutcome {
    const account = this.#accounts.get(username);
    if (!account) return 'wrong';
    if (account.locked) return 'locked';
    if (account.password === password) {
      account.failures = 0;
      return 'welcome';
    }
    account.failures += 1;
    account.locked = account.failures >= this.#settings.lockAfter;
    return account.locked ? 'locked' : 'wrong';
  }

  /** A new session; the answer is its id. */
  openSession(username: string): string {
    const id = randomBytes(24).toString('base64url');
    const { sessionTtlMs, onSessions } = this.#settings;
    this.#sessions.set(id, { username, endsAt: Date.now() + sessionTtlMs });
    onSessions(username);
    setTimeout(() => onSessions(username), sessionTtlMs + 1).unref();
    return id;
  }

  /** Whose session this is or was. */
  sessionOwner(id: string | undefined): string | null {
    return (id !== undefined && this.#sessions.get(id)?.username) || null;
  }

  isSignedIn(id: string | undefined): boolean {
    const session = id === undefined ? undefined : this.#sessions.get(id);
    return session !== undefined && isAlive(session) && this.#accounts.has(session.username);
  }

  sessions(username: string | null): number {
    const alive = [...this.#sessions.values()].filter(isAlive);
    return alive.filter((session) => username === null || session.username === username).length;
  }

  endSession(id: string): void {
    const session = this.#sessions.get(id);
    if (session) this.#end(session);
  }

  endSessions(username?: string): void {
    for (const session of this.#sessions.values()) {
      if (username === undefined || session.username === username) this.#end(session);
    }
  }

  #end(session: Session): void {
    if (!isAlive(session)) return;
    session.endsAt = 0;
    this.#settings.onSessions(session.username);
  }

  /** The rentals as the page lists them: newest start first. */
  rentals(username: string): Rental[] {
    return this.#get(username).rentals.toSorted((a, b) => compare(wallClockOrder(b.start), wallClockOrder(a.start)));
  }

  /** Replaces all rentals by these, or by so many made-up ones. */
  setRentals(username: string, rentals: Rental[] | number, seed = username): void {
    const account = this.#get(username);
    const list = typeof rentals === 'number' ? makeRentals(rentals, seed, this.#settings.today) : rentals;
    account.rentals = list.map((rental) => ({ ...rental }));
    account.vanished = [];
  }

  /** Adds a rental; what is not said is made up. Answers the whole rental. */
  addRental(username: string, rental: Partial<Rental>): Rental {
    const account = this.#get(username);
    const seed = `${username}|added|${account.rentals.length}|${account.vanished.length}`;
    const whole = { ...makeRentals(1, seed, this.#settings.today)[0]!, recordId: recordIdFor(seed), ...rental };
    account.rentals.push(whole);
    return { ...whole };
  }

  updateRental(username: string, recordId: string, patch: Partial<Rental>): void {
    Object.assign(this.#rental(username, recordId), patch);
  }

  vanish(username: string, recordId: string): void {
    const account = this.#get(username);
    account.vanished.push(this.#rental(username, recordId));
    account.rentals = account.rentals.filter((rental) => rental.recordId !== recordId);
  }

  reappear(username: string, recordId: string): void {
    const account = this.#get(username);
    const rental = account.vanished.find((candidate) => candidate.recordId === recordId);
    if (!rental) throw new Error(`no rental ${recordId} vanished from ${username}'s list`);
    account.vanished = account.vanished.filter((candidate) => candidate !== rental);
    account.rentals.push(rental);
  }

  /** Shows a copy of one user's rental, record id included, to another user. */
  share(from: string, to: string, recordId: string): void {
    this.#get(to).rentals.push({ ...this.#rental(from, recordId) });
  }

  #rental(username: string, recordId: string): Rental {
    const rental = this.#get(username).rentals.find((candidate) => candidate.recordId === recordId);
    if (!rental) throw new Error(`${username} has no rental ${recordId}`);
    return rental;
  }

  #get(username: string): Account {
    const account = this.#accounts.get(username);
    if (!account) throw new Error(`the portal has no user ${username}`);
    return account;
  }
}

function isAlive(session: Session): boolean {
  return session.endsAt > Date.now();
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
