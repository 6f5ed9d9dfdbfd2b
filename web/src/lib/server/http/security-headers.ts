import type { Config } from '#platform/config.ts';

/** What every answer tells a browser, whatever it is. */
export function securityHeaders(isHttps: boolean, config: Config): Record<string, string> {
  const others = config.HSTS_INCLUDE_SUBDOMAINS ? '; includeSubDomains' : '';
  return {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'strict-origin-when-cross-origin',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
    ...(isHttps && { 'strict-transport-security': `max-age=31536000${others}` }),
  };
}
