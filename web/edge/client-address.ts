/** Who is calling, as far as the network tells. Set by our own server only; what a client sends there is overwritten. */
import type { IncomingMessage } from 'node:http';
import { isIP, SocketAddress } from 'node:net';

export const clientAddressHeader = 'x-client-ip';

/** What cannot be read as an address counts as one client, whatever it says. */
export const unknownAddress = 'unknown';

/** The peer's address; behind a trusted proxy the one that the proxy saw, which it appends last. */
export function clientAddress(request: IncomingMessage, trustProxy: boolean): string {
  const forwarded = trustProxy ? lastOf(request.headers['x-forwarded-for']) : undefined;
  return readAddress(forwarded || request.socket.remoteAddress || '');
}

function lastOf(header: string | string[] | undefined): string | undefined {
  return [header].flat().join(',').split(',').at(-1)?.trim();
}

/** The address in its usual form: without port, brackets and zone, an IPv4 address in IPv6's clothes as itself. */
export function readAddress(text: string): string {
  const address = bareAddress(text.trim()).replace(/%.*$/, '');
  const family = isIP(address);
  if (family !== 6) return family === 4 ? address : unknownAddress;
  const usual = new SocketAddress({ address, family: 'ipv6' }).address;
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(usual)?.[1] ?? usual;
}

/** `[2001:db8::1]:443`, `2001:db8::1` and `203.0.113.9:443` without what is round the address. */
function bareAddress(text: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
}

/** Whom limits count as one client: an IPv4 address, or the /64 that an IPv6 subscriber has for himself. */
export function clientNetwork(address: string): string {
  const usual = readAddress(address);
  if (isIP(usual) !== 6) return usual;
  const [head = '', tail] = usual.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [...groups, ...Array<string>(missing).fill('0'), ...(tail ? tail.split(':') : [])];
  return `${all.slice(0, 4).join(':')}::/64`;
}
