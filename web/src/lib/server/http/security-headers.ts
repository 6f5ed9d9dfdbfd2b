import type { Config } from '#platform/config.ts';

/** Whoever has the address has what is there: nobody keeps it, lists it or hears of it from the next page. */
const secretLinks = /^\/call\//;
const ofSecretLinks = {
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex, nofollow',
  'cache-control': 'private, no-store',
};

/** What every answer tells a browser, whatever it is. */
export function securityHeaders({ protocol, pathname }: URL, config: Config): Record<string, string> {
  const others = config.HSTS_INCLUDE_SUBDOMAINS ? '; includeSubDomains' : '';
  return {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'strict-origin-when-cross-origin',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
    ...(protocol === 'https:' && { 'strict-transport-security': `max-age=31536000${others}` }),
    ...(secretLinks.test(pathname) && ofSecretLinks),
  };
}
