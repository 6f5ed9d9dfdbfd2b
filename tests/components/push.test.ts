/** What a browser shows of a push, and what it is told where it cannot have any. */
import { describe, expect, it } from 'vitest';
import { pushObstacle, type BrowserTraits } from '#lib/notifications/push-obstacle.ts';
import { shownOf } from '#lib/notifications/pushed.ts';

describe('what is in the way', () => {
  const fine: BrowserTraits = {
    ...{ isSecure: true, hasPush: true, isApple: false, isInstalled: false, permission: 'default' },
  };
  const said = (traits: Partial<BrowserTraits>) => pushObstacle({ ...fine, ...traits });

  it('is nothing where the browser can, before and after it was allowed', () => {
    expect([said({}), said({ permission: 'granted' })]).toEqual([null, null]);
    expect(said({ isApple: true, isInstalled: true })).toBeNull();
  });
  it('is the Home Screen on an iPhone, whatever else its browser lacks', () =>
    expect(said({ isApple: true, hasPush: false, permission: null })).toContain('Add to Home Screen'));
  it('is an address without https', () => expect(said({ isSecure: false, hasPush: false })).toContain('https://'));
  it('is a browser that has none', () => expect(said({ hasPush: false })).toContain('Try another one'));
  it('is a person who blocked it, and how that is undone', () =>
    expect(said({ permission: 'denied' })).toContain('Allow them in its settings'));
});

describe('what is shown', () => {
  const scope = 'https://rentals.test/';
  const payload = (notification: object) => JSON.stringify({ web_push: 8030, notification }) + ' '.repeat(100);

  it('is what the push says', () => {
    const given = {
      title: 'Moved',
      body: '7 PM',
      navigate: 'https://rentals.test/bookings/1',
      tag: 'a',
      lang: 'en-US',
    };
    expect(shownOf(payload({ ...given, data: { id: 'x' } }), scope)).toMatchObject({
      title: 'Moved',
      options: { body: '7 PM', tag: 'a', data: { id: 'x', url: 'https://rentals.test/bookings/1' } },
    });
  });
  it.each([null, '', 'not JSON', '{}', '[]', '{"notification":{"title":7}}', 'null'])('is something for %j', (text) => {
    expect(shownOf(text, scope)).toMatchObject({ title: 'Your rentals changed', options: { tag: 'rentals' } });
  });
  it('leads to no other site', () =>
    expect(shownOf(payload({ title: 'x', navigate: 'https://evil.test/' }), scope)).toMatchObject({
      options: { data: { url: scope } },
    }));
});
