/** What operators may see of the service, and nobody outside. */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '#platform/config.ts';
import { useApp } from './support/app.ts';

const token = 'planted-operators-token';
const app = await useApp();

const see = async (headers: Record<string, string> = {}) => {
  const [metrics, ready] = [
    await app.call('GET', '/metrics', { headers }),
    await app.call('GET', '/readyz', { headers }),
  ];
  return [metrics.status, ready.status, 'parts' in ready.json];
};

describe('figures and the names of parts', () => {
  it('are for this machine and its network', async () => {
    expect(await see()).toEqual([200, 200, true]);
  });

  it.each<Record<string, string>>([
    { 'x-forwarded-for': '198.51.100.7' },
    { 'x-forwarded-for': '10.0.0.1' },
    { forwarded: 'for=_x' },
    { via: '1.1 p' },
  ])('are not for who comes through a proxy: %o', async (headers) => {
    expect(await see(headers)).toEqual([404, 200, false]);
  });

  it('are for whoever has the token where there is one, from wherever, and for nobody else', async () => {
    Object.assign(app.services.config, { METRICS_TOKEN: token });
    expect(await see({ authorization: `Bearer ${token}`, 'x-forwarded-for': '198.51.100.7' })).toEqual([
      200,
      200,
      true,
    ]);
    expect(await see()).toEqual([404, 200, false]);
    expect(await see({ authorization: `Bearer ${token}x` })).toEqual([404, 200, false]);
    Object.assign(app.services.config, { METRICS_TOKEN: undefined });
  });
});

it('a short token stops the start', () => {
  expect(() => loadConfig({ METRICS_TOKEN: 'short' })).toThrow('METRICS_TOKEN wants at least 16 characters');
});
