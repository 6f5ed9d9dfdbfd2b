import { expect, it } from 'vitest';
import { portalHealthOf } from '#domain/portal-health.ts';
import { portalHealthText } from '#lib/sync/portal-health-words.ts';

const since = new Date('2026-11-23T14:10:00Z');
const now = Date.parse('2026-11-23T14:20:00Z');
const fine = { users: 40, slow: 0, since: null };

it.each([
  ['down where syncs are held back', since, fine, 'down'],
  ['slow where it is for five users and half of all', null, { users: 10, slow: 5, since }, 'slow'],
  ['fine where it is slow for a few', null, { users: 4, slow: 4, since }, 'fine'],
  ['fine where it is slow for fewer than half', null, { users: 11, slow: 5, since }, 'fine'],
  ['fine', null, fine, 'fine'],
])('the portal is %s', (_, openedAt, slow, state) => {
  expect(portalHealthOf({ openedAt }, slow).state).toBe(state);
});

it('is said with when it is tried again, and nothing is said where all is fine', () => {
  const at = since.toISOString();
  const next = { nextSyncAt: '2026-11-23T14:40:00.000Z' };
  expect(portalHealthText({ state: 'down', since: at }, next, now)).toBe(
    'Gibney has been failing since 9:10 AM for everybody; yours tries again at 9:40 AM.',
  );
  expect(portalHealthText({ state: 'down', since: at }, { nextSyncAt: null }, now)).toBe(
    'Gibney has been failing since 9:10 AM for everybody.',
  );
  expect(portalHealthText({ state: 'slow', since: at }, next, now)).toBe(
    'Gibney has been slow since 9:10 AM for everybody; yours tries again at 9:40 AM.',
  );
  expect(portalHealthText({ state: 'fine', since: null }, next, now)).toBeNull();
});
