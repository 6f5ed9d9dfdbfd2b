/** For operators: figures, and which part is away, are nobody's business outside. */
import { isIP } from 'node:net';
import { isPublicAddress } from '#platform/public-addresses.ts';
import type { RequestEvent } from '@sveltejs/kit';
import { hashOfToken } from './auth/tokens.ts';

/** With `METRICS_TOKEN` whoever has it; else who asks from this machine or its network, and not through a proxy. */
export function isInside({ request: { headers }, locals, getClientAddress }: RequestEvent): boolean {
  const { METRICS_TOKEN: token } = locals.services.config;
  // Hashes are compared, so that the time tells nothing of the token.
  if (token) return hashOfToken(headers.get('authorization') ?? '') === hashOfToken(`Bearer ${token}`);
  const address = getClientAddress();
  const forwarded = ['x-forwarded-for', 'forwarded', 'via'].some((name) => headers.has(name));
  return !forwarded && isIP(address) !== 0 && !isPublicAddress(address);
}
