/** What is being worked on right now: known to every line of the log that is written meanwhile, and to the request's span. */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface Scope {
  requestId?: string;
  userId?: string;
  jobId?: string;
  /** The pattern that the request's path fits; never the path. */
  route?: string;
  /** The answer is a stream that stays open: the request is answered all the same. */
  onStream?: () => void;
}

// The built web app has a copy of this module of its own, in the same process as the server around it.
const holder = globalThis as typeof globalThis & { gibneyScope?: AsyncLocalStorage<Scope> };
const scopes = (holder.gibneyScope ??= new AsyncLocalStorage());

export function inScope<Result>(scope: Scope, work: () => Result): Result {
  return scopes.run(scope, work);
}

/** What was begun under it, such as timers and connections, goes on without it. */
export function endScope(scope: Scope): void {
  for (const name of Object.keys(scope)) delete scope[name as keyof Scope];
}

/** Adds to what is known about it. */
export function noteScope(known: Scope): void {
  const scope = scopes.getStore();
  if (scope) Object.assign(scope, known);
}

export function currentScope(): Scope | undefined {
  return scopes.getStore();
}
