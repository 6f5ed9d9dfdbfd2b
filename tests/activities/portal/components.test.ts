/** Parts of the page that Lightning web components render under synthetic shadow: the real engine, a real browser. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPortal, type Portal, type PortalOptions } from '#tests/portal/server.ts';
import { credentials, useReading } from './reading.ts';

const reading = useReading();

const sites: [string, PortalOptions][] = [
  ['a link of the navigation', { components: ['navigation'], bookingItem: 'invalid' }],
  ['a link in a menu of the navigation', { components: ['overflow'], bookingItem: 'invalid' }],
  ['a status line', { components: ['status'] }],
  ['a whole grid', { components: ['grid'] }],
  ['everything', { components: ['overflow', 'status', 'grid'], bookingItem: 'home' }],
];

describe.each(sites)('%s within components', (_, options) => {
  let portal: Portal;
  beforeAll(async () => void (portal = await startPortal({ users: [{ ...credentials, rentals: 60 }], ...options })));
  afterAll(() => portal.close());

  it('is found, and the whole list is read', async () => {
    const { end, rentals } = await reading.read(portal.url);
    expect(end).toEqual({ kind: 'complete' });
    expect(rentals.map(({ recordId, problem }) => [recordId, problem])).toEqual(
      portal.control.rentals(credentials.username).map(({ recordId }) => [recordId, null]),
    );
    expect(portal.control.counters().goodLogins).toBe(1);
  });
});
