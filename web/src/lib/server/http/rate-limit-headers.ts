/** What is left of the limits that a request counted towards, as answers say it (draft-ietf-httpapi-ratelimit-headers-10). */
import { LimitReachedError } from '../limits.ts';
import type { Quota, RateLimits } from '../limits.ts';

export interface NotedLimits {
  limits: RateLimits;
  /** Of all that was used so far. */
  headers(): Record<string, string>;
}

/** The same limits for one request, which notes what it uses. */
export function noteQuotas(limits: RateLimits): NotedLimits {
  const noted = new Map<string, Quota>();
  const note = (quota: Quota | null) => void (quota && noted.set(quota.name, quota));
  return {
    limits: {
      ...limits,
      async take(...use) {
        try {
          const quota = await limits.take(...use);
          note(quota);
          return quota;
        } catch (error) {
          if (error instanceof LimitReachedError) note(error.quota);
          throw error;
        }
      },
    },
    headers: () => headersOf([...noted.values()]),
  };
}

function headersOf(quotas: Quota[]): Record<string, string> {
  if (quotas.length === 0) return {};
  const list = (item: (quota: Quota) => string) => quotas.map(item).join(', ');
  return {
    'ratelimit-policy': list(({ name, points, seconds }) => `"${name}";q=${points};w=${seconds}`),
    ratelimit: list(({ name, left, resetSeconds }) => `"${name}";r=${left};t=${resetSeconds}`),
  };
}
