/** Who is calling, as far as the network tells. Set by our own server only; what a client sends there is overwritten. */
import type { IncomingMessage } from 'node:http';

export const clientAddressHeader = 'x-client-ip';

/** The peer's address; behind a trusted proxy the one that the proxy saw, which it appends last. */
export function clientAddress(request: IncomingMessage, trustProxy: boolean): string {
  const forwarded = trustProxy ? lastOf(request.headers['x-forwarded-for']) : undefined;
  return forwarded || request.socket.remoteAddress || '0.0.0.0';
}

function lastOf(header: string | string[] | undefined): string | undefined {
  return [header].flat().join(',').split(',').at(-1)?.trim();
}
