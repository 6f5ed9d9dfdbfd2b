/**
 * What is answered before SvelteKit, whose way from Node's request to a route and back costs more than most calls of the
 * API. The built app brings the handler with it, since it owns the services.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Answers the request and resolves then, or returns null where it is not one of its own. */
export type DirectHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | null;

const holder = globalThis as typeof globalThis & { gibneyDirectHandler?: DirectHandler };

export function setDirectHandler(handler: DirectHandler): void {
  holder.gibneyDirectHandler = handler;
}

export const handleDirectly: DirectHandler = (request, response) =>
  holder.gibneyDirectHandler?.(request, response) ?? null;
